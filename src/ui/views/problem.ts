import { html } from "htm/preact";
import { t } from "../models/i18n.ts";
import type { Problem } from "../models/problem.ts";
import { Icon } from "./icon.ts";

/** What went wrong, as a sentence; and the suggestion, as a button that takes it. */
export function ProblemText({ problem, take }: { problem: Problem; take?: (() => void) | undefined }) {
  return html`<p class="problem">
    <${Icon} name="alert" />
    <span>
      ${t(problem.key, problem.values)}
      ${
        problem.suggestion &&
        take &&
        html`${" "}<button type="button" class="link" onClick=${take}>${t("do.take", { name: problem.suggestion })}</button>`
      }
    </span>
  </p>`;
}
