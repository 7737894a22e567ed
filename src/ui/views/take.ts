import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { carryWords } from "../i18n/carry.ts";
import type { App } from "../models/app.ts";
import { language, t } from "../models/i18n.ts";
import type { Problem } from "../models/problem.ts";
import type { TakingState } from "../models/taking.ts";
import { closeDialog, Dialog, DialogButtons } from "./dialog.ts";
import { Field } from "./field.ts";
import { Icon } from "./icon.ts";
import { ProblemText } from "./problem.ts";

/** Asks before this browser goes on under a name from another device; nothing while there is none. */
export function TakeDialog({ app }: { app: App }) {
  const state = app.taking.state.value;
  const question = app.taking.question.value;
  if (state.state === "none" || state.state === "waiting") return null;
  // A dialog that was closed a moment ago may not have said so yet.
  return html`<${Dialog} key=${question} title=${titleOf(state)} onClose=${() => app.taking.cancel(question)}>
    ${draw(app, state)}
  <//>`;
}

function titleOf(state: TakingState): string {
  const words = carryWords[language.value];
  if (state.state === "found") return words.found(state.name);
  if (state.state === "same") return words.same(state.name);
  return words.paste;
}

function draw(app: App, state: TakingState) {
  const words = carryWords[language.value];
  switch (state.state) {
    case "none":
    case "waiting":
      return null;
    case "pasting":
      return html`<${Paste} app=${app} />`;
    case "asking":
      return html`<p class="quiet" role="status">${words.asking}</p>`;
    case "found":
      return html`<${Found} app=${app} found=${state} />`;
    case "same":
      return html`<div class="carry">
        <p class="quiet">${words.sameWhat}</p>
        <${Close} />
      </div>`;
    case "failed":
      return html`<div class="carry">
        <div role="alert"><${ProblemText} problem=${state.problem} /></div>
        ${
          state.mayRetry
            ? html`<form onSubmit=${answer(() => app.taking.retry())}>
                <${DialogButtons} label=${t("line.retry")} />
              </form>`
            : html`<${Close} />`
        }
      </div>`;
  }
}

function Paste({ app }: { app: App }) {
  const text = useSignal("");
  const failed = useSignal<{ text: string; problem: Problem } | null>(null);
  const words = carryWords[language.value];
  const follow = () => {
    const problem = app.taking.follow(text.value);
    failed.value = problem && { text: text.value, problem };
  };
  return html`<form onSubmit=${answer(follow)}>
    <${Field}
      label=${words.link}
      value=${text}
      problem=${failed.value?.text === text.value ? failed.value.problem : null}
      hint=${words.linkWhat}
      isFirst
    />
    <${DialogButtons} label=${words.goOn} />
  </form>`;
}

function Found({ app, found }: { app: App; found: Extract<TakingState, { state: "found" }> }) {
  const { name, before } = found;
  const words = carryWords[language.value];
  return html`<form onSubmit=${answer(() => app.taking.accept())}>
    <p>${words.foundWhat(name)}</p>
    ${
      before &&
      html`<div class="carry-before">
        <${Icon} name="alert" />
        <div>
          <p><strong>${words.before(before.name)}</strong></p>
          <p>${words.beforeWhat(before.name)}</p>
          ${before.unsent > 0 && html`<p>${words.unsent(before.unsent)}</p>`}
        </div>
      </div>`
    }
    <p class="quiet">${words.ownOnly}</p>
    <${DialogButtons} label=${before ? words.replace(name) : words.accept(name)} />
  </form>`;
}

function Close() {
  return html`<div class="dialog-buttons">
    <button type="button" class="button" onClick=${closeDialog}>${t("do.close")}</button>
  </div>`;
}

function answer(take: () => void) {
  return (event: Event) => {
    event.preventDefault();
    take();
  };
}
