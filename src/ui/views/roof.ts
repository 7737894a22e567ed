import { html } from "htm/preact";

/** The sign: a roof, and three who meet under it. public/icon.svg is the same. */
export function Mark() {
  return html`<svg class="mark" viewBox="0 0 64 64" aria-hidden="true">
    <rect width="64" height="64" rx="15" />
    <path d="M26.5 12q5.5 1 11 0l4.5 12.5h-20ZM20.5 27h23l12 10c1 .9.600 2-.7 2H9.2c-1.3 0-1.7-1.1-.7-2Z" />
    <path d="M16 48.5a4.5 4.5 0 1 0 9 0 4.5 4.5 0 1 0-9 0M27.5 48.5a4.5 4.5 0 1 0 9 0 4.5 4.5 0 1 0-9 0M39 48.5a4.5 4.5 0 1 0 9 0 4.5 4.5 0 1 0-9 0" />
  </svg>`;
}

/** The pavilion above the pages on which one arrives. */
export function Roof() {
  return html`<svg class="roof" viewBox="0 0 320 132" aria-hidden="true">
    <path class="roof-pillars" d="M50 92v34M118 92v34M202 92v34M270 92v34" />
    <path class="roof-tiles" d="M122 10q38 7 76 0l22 38H100ZM96 53h128l76 35q6 4-1 4H21q-7 0-1-4Z" />
    <path class="roof-floor" d="M26 129h268" />
  </svg>`;
}
