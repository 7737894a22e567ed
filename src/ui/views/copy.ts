import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { t } from "../models/i18n.ts";
import { Icon } from "./icon.ts";

const SHOWN_MS = 2000;

/** Copies a text, and says that it did. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const copiedAt = useSignal(0);
  const isCopied = copiedAt.value > 0;
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => {
      copiedAt.value = 0;
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copiedAt.value]);

  async function copy() {
    if (await copyText(text)) copiedAt.value = performance.now();
  }
  return html`<button type="button" class="copy button small" aria-label=${label} onClick=${copy}>
    <${Icon} name=${isCopied ? "check" : "copy"} />
    <span aria-live="polite">${isCopied ? t("copy.done") : t("copy")}</span>
  </button>`;
}

/** Copies; where the browser lets only secure pages use the clipboard, in the way from before. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    // In the dialog or popover that is open, outside of which nothing can be selected.
    const around = document.activeElement?.parentElement ?? document.body;
    const before = document.activeElement;
    around.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    if (before instanceof HTMLElement) before.focus();
    return isCopied;
  }
}
