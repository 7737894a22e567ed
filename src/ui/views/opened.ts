import { signal } from "@preact/signals";

/** The dialogs, of which one is open at a time. */
export type DialogName = "join" | "leave" | "rename" | "free" | "switch" | "keys";

export const opened = signal<DialogName | null>(null);

/** On a narrow window the list of rooms and the room take turns. */
export const pane = signal<"list" | "room">("room");

/**
 * Opens a dialog from a button. A popover around that button is closed first, so that the focus will return to
 * what opened the popover, not to a button that is no longer shown.
 */
export function open(name: DialogName, event: Event): void {
  const from = event.currentTarget instanceof Element ? event.currentTarget.closest("[popover]") : null;
  if (from instanceof HTMLElement) from.hidePopover();
  opened.value = name;
}
