import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../models/i18n.ts";
import { Icon } from "./icon.ts";
import { close } from "./opened.ts";

/**
 * A modal dialog that is open for as long as it is mounted. Native, so that Esc closes it, nothing behind it can
 * be reached, and the focus goes back to where it was.
 */
export function Dialog(props: {
  title: string;
  kind?: "wide" | "viewer";
  onClose?: () => void;
  children?: ComponentChildren;
}) {
  const { title, kind = "", onClose, children } = props;
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => element.current?.showModal(), []);
  return html`<dialog
    class="dialog ${kind}"
    ref=${element}
    aria-labelledby=${id}
    closedby="any"
    onClose=${() => {
      close();
      onClose?.();
    }}
  >
    <header class="dialog-head">
      <h2 id=${id} dir="auto">${title}</h2>
      <${CloseButton} />
    </header>
    ${children}
  </dialog>`;
}

/** Closes the dialog that it stands in. */
function CloseButton() {
  return html`<button type="button" class="icon-button" aria-label=${t("do.close")} onClick=${closeDialog}>
    <${Icon} name="close" />
  </button>`;
}

/** The lower line of a dialog: away again, or the one thing that it is for. */
export function DialogButtons(props: { label: string; isBusy?: boolean; isFinal?: boolean }) {
  // What cannot be taken back is not what Enter does at once.
  const { label, isBusy = false, isFinal = false } = props;
  return html`<div class="dialog-buttons">
    <button type="button" class="button" autofocus=${isFinal} onClick=${closeDialog}>${t("do.cancel")}</button>
    <button type="submit" class="button main" aria-disabled=${isBusy}>${label}</button>
  </div>`;
}

/** Whether an answer is awaited, and a way to await one; a second press meanwhile does nothing. */
export function useBusy() {
  const isBusy = useSignal(false);
  async function during(work: () => Promise<void>) {
    if (isBusy.value) return;
    isBusy.value = true;
    try {
      await work();
    } finally {
      isBusy.value = false;
    }
  }
  return { isBusy, during };
}

/** Closes the open dialog as Esc would: its close event does the rest. */
export function closeDialog(): void {
  document.querySelector<HTMLDialogElement>("dialog[open]")?.close();
}
