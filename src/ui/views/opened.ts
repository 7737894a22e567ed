import { signal } from "@preact/signals";
import type { FileCard } from "../models/file-card.ts";
import type { Person } from "../models/people.ts";

/** The dialogs, of which one is open at a time. */
export type DialogName =
  | "all"
  | "join"
  | "make"
  | "unlock"
  | "leave"
  | "rekey"
  | "open"
  | "remove"
  | "delete"
  | "rename"
  | "free"
  | "carry"
  | "switch"
  | "keys"
  | "image"
  | "folder";

export const opened = signal<DialogName | null>(null);

/** On a narrow window the list of rooms and the room take turns. */
export const pane = signal<"list" | "room">("room");

/**
 * Opens a dialog from a button. When that button stands in a popover, the popover is closed first and the focus goes
 * to what opened it: the dialog gives the focus back to there, and Safari does not focus a button that is clicked.
 */
export function open(name: DialogName, event: Event): void {
  openedRoom.value = null;
  const from = event.currentTarget instanceof Element ? event.currentTarget.closest("[popover]") : null;
  if (from instanceof HTMLElement) {
    from.hidePopover();
    document.querySelector<HTMLElement>(`[popovertarget="${from.id}"]`)?.focus();
  }
  opened.value = name;
}

/** Whose name the dialog is to free; null: it asks. */
export const nameToFree = signal<string | null>(null);

export function openFree(name: string, event: Event): void {
  nameToFree.value = name;
  open("free", event);
}

/** The file that the dialog about a file is about. */
export const openedFile = signal<FileCard | null>(null);

export function openFile(name: "image" | "folder", card: FileCard, event: Event): void {
  openedFile.value = card;
  open(name, event);
}

/** What has to be known of a room to manage it. */
export type ManagedRoom = { id: string; name: string; isClosed: boolean };

/** The room that the dialog about a room is about, where it was chosen in the list of all; else the one that is shown. */
export const openedRoom = signal<ManagedRoom | null>(null);

export function openRoom(name: DialogName, room: ManagedRoom, event: Event): void {
  open(name, event);
  openedRoom.value = room;
}

/** Whom the dialog about a person is about. */
export const openedPerson = signal<Person | null>(null);

export function openPerson(name: "remove", person: Person, event: Event): void {
  openedPerson.value = person;
  open(name, event);
}
