import { html } from "htm/preact";
import type { Key } from "../models/i18n.ts";
import { t } from "../models/i18n.ts";

const shortcuts: [Key, string[]][] = [
  ["keys.send", ["Enter"]],
  ["keys.newline", ["Shift", "Enter"]],
  ["keys.previous", ["Alt", "↑"]],
  ["keys.next", ["Alt", "↓"]],
  ["keys.close", ["Esc"]],
];

/** What the keyboard does here. */
export function Shortcuts() {
  return html`<dl class="shortcuts">
    ${shortcuts.map(
      ([key, keys]) => html`<div key=${key}>
        <dt>${t(key)}</dt>
        <dd>${keys.map((one) => html`<kbd key=${one}>${one}</kbd>`)}</dd>
      </div>`,
    )}
  </dl>`;
}
