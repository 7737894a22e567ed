import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { BridgeState } from "../../wire/bridge-state.ts";
import { securityWords } from "../i18n/security.ts";
import type { App } from "../models/app.ts";
import { language } from "../models/i18n.ts";
import type { Problem } from "../models/problem.ts";
import { Dialog, useBusy } from "./dialog.ts";
import { serverName } from "./login.ts";
import { ProblemText } from "./problem.ts";

/** The warning that somebody else may have taken the server's place; again whenever it was tried again. */
export function ChangedServer({ app, bridge }: { app: App; bridge: BridgeState }) {
  const seen = useSignal<BridgeState["change"]>(undefined);
  const { change } = bridge;
  if (!change || seen.value === change) return null;
  const words = securityWords[language.value];
  const onClose = () => {
    seen.value = change;
  };
  return html`<${Dialog} title=${words.changed} onClose=${onClose}>
    <div class="changed" role="alert">
      <p>${words.changedWhat.replace("{server}", () => serverName(bridge))}</p>
      <dl>
        <dt>${words.known}</dt>
        <dd><code class="fingerprint">${change.known}</code></dd>
        <dt>${words.shown}</dt>
        <dd>${change.shown ? html`<code class="fingerprint">${change.shown}</code>` : words.plain}</dd>
      </dl>
    </div>
    ${change.mayAccept ? html`<${Accept} app=${app} />` : html`<p class="quiet">${words.final}</p>`}
  <//>`;
}

/** Two steps: nobody accepts by pressing what is in the way. */
function Accept({ app }: { app: App }) {
  const isSure = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const { isBusy, during } = useBusy();
  const words = securityWords[language.value];
  return html`<form
    onSubmit=${(event: Event) => {
      event.preventDefault();
      if (!isSure.value) return;
      during(async () => {
        problem.value = await app.acceptServer();
      });
    }}
  >
    <label class="sure">
      <input
        type="checkbox"
        checked=${isSure.value}
        onChange=${(event: Event) => {
          isSure.value = (event.currentTarget as HTMLInputElement).checked;
        }}
      />
      <span>${words.sure}</span>
    </label>
    ${problem.value && html`<${ProblemText} problem=${problem.value} />`}
    <button type="submit" class="button wide" disabled=${!isSure.value} aria-disabled=${isBusy.value}>
      ${words.accept}
    </button>
  </form>`;
}
