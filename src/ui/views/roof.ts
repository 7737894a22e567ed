import { html } from "htm/preact";

/** The sign: a roof, and three who meet under it. public/icon.svg is the same. */
export function Mark() {
  return html`<svg class="mark" viewBox="0 0 64 64" aria-hidden="true">
    <rect width="64" height="64" rx="15" />
    <path d="M23 11.5q9 1.8 18 0l4.5 11h-27ZM17.5 25h29l11.2 9.3c1 .9.5 2.2-.7 2.2H7c-1.2 0-1.7-1.3-.7-2.2Z" />
    <path d="M11.5 36h4v16h33V36h4v16h2.7a1.7 1.7 0 0 1 0 3.5H8.8a1.7 1.7 0 0 1 0-3.5h2.7Z" />
    <path class="mark-people" d="M19.7 45.7a3.3 3.3 0 1 0 6.6 0 3.3 3.3 0 1 0-6.6 0M28.7 45.7a3.3 3.3 0 1 0 6.6 0 3.3 3.3 0 1 0-6.6 0M37.7 45.7a3.3 3.3 0 1 0 6.6 0 3.3 3.3 0 1 0-6.6 0" />
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
