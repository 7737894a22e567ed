import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { ComponentChildren } from "preact";

/** A panel that a button with popovertarget=id opens. Native: Esc or a press elsewhere closes it. */
export function Popover(props: { id: string; label: string; draw: () => ComponentChildren }) {
  const { id, label, draw } = props;
  const isOpen = useSignal(false);
  // What is inside is made when it is opened: a list of 500 people costs nothing before.
  return html`<div
    class="popover"
    id=${id}
    popover="auto"
    role="dialog"
    aria-label=${label}
    onBeforeToggle=${(event: ToggleEvent) => {
      if (event.newState === "open") isOpen.value = true;
    }}
    onToggle=${(event: ToggleEvent) => {
      // Not before it has closed: the browser gives the focus back only while it still is inside.
      isOpen.value = event.newState === "open";
    }}
  >
    ${isOpen.value && draw()}
  </div>`;
}
