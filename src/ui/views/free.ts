import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import type { Problem } from "../models/problem.ts";
import { closeDialog, Dialog, DialogButtons, useBusy } from "./dialog.ts";
import { nameToFree } from "./opened.ts";
import { ProblemText } from "./problem.ts";

/** Says what it means to free somebody's name, and frees it. */
export function FreeThisName({ app, name }: { app: App; name: string }) {
  const { isBusy, during } = useBusy();
  const problem = useSignal<Problem | null>(null);
  const isFree = useSignal(false);
  useEffect(
    () => () => {
      nameToFree.value = null;
    },
    [],
  );
  if (isFree.value) {
    return html`<${Dialog} title=${t("me.free")}>
      <p role="status">${t("me.free.done", { name })}</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick=${closeDialog}>${t("do.close")}</button>
      </div>
    <//>`;
  }
  return html`<${Dialog} title=${t("people.free.title", { name })}>
    <form
      onSubmit=${(event: Event) => {
        event.preventDefault();
        during(async () => {
          problem.value = await app.me.freeName(name);
          isFree.value = problem.value === null;
        });
      }}
    >
      <p>${t("people.free.what", { name })}</p>
      <p class="quiet">${t("people.free.kept", { name })}</p>
      ${problem.value && html`<div role="alert"><${ProblemText} problem=${problem.value} /></div>`}
      <${DialogButtons} label=${t("me.free.do")} isBusy=${isBusy.value} />
    </form>
  <//>`;
}
