import { signal } from "@preact/signals";
import type { FileCard } from "../models/file-card.ts";
import type { Person } from "../models/people.ts";
import type { Room } from "../models/room.ts";

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

/** Where a dialog leads back to when it closes; null: to the page. */
const before = signal<DialogName | null>(null);

/** The open dialog has closed. */
export function close(): void {
  opened.value = before.value;
  before.value = null;
}

/** None is open, nor is there one to go back to. */
export function closeAll(): void {
  before.value = null;
  opened.value = null;
}

/** On a narrow window the list of rooms and the room take turns. */
export const pane = signal<"list" | "room">("room");

/**
 * Opens a dialog from a button. When that button stands in a popover, the popover is closed first and the focus goes
 * to what opened it: the dialog gives the focus back to there, and Safari does not focus a button that is clicked.
 */
export function open(name: DialogName, event: Event): void {
  openedRoom.value = null;
  before.value = null;
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

export function managedOf({ id, name, isClosed }: Room): ManagedRoom {
  return { id, name: name.peek(), isClosed: isClosed.peek() };
}

/**
 * The room that the dialog about a room is about. Not simply the one that is shown: that may be another before it closes,
 * when somebody has deleted this one.
 */
export const openedRoom = signal<ManagedRoom | null>(null);

export function openRoom(name: DialogName, room: ManagedRoom, event: Event): void {
  const from = opened.peek();
  open(name, event);
  openedRoom.value = room;
  before.value = from;
}

/** Whether the open dialog leads back to the list of all rooms, where its room was chosen. */
export function isFromAll(): boolean {
  return before.value === "all";
}

/** Whom the dialog about a person is about. */
export const openedPerson = signal<Person | null>(null);

export function openPerson(name: "remove", person: Person, room: ManagedRoom, event: Event): void {
  openedPerson.value = person;
  openRoom(name, room, event);
}
