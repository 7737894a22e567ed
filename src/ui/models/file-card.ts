import type { ReadonlySignal } from "@preact/signals";
import type { FailReason, Folder } from "../../wire/file-entry.ts";
import { isInline } from "../../wire/media-type.ts";
import type { Pace } from "./meter.ts";
import type { Person } from "./people.ts";
import type { FolderFile } from "./tar.ts";
import type { Ticket } from "./tickets.ts";
import type { Upload } from "./upload.ts";

/** What the room knows of a file. */
export type FileState =
  /** One's own: the relay has not answered the offer, or has refused it. */
  | { state: "offering"; isRefused: boolean }
  /** Its bytes come; parked: none has come for a while. */
  | { state: "arriving"; isParked: boolean }
  | { state: "complete"; sha256: string; mediaType: string }
  | { state: "failed"; reason: FailReason };

/** In what way a file can be looked at without taking it. */
export type Preview = "image" | "audio" | "video" | "text";

/** A file or folder of a room, for as long as the page knows it. */
export type FileCard = {
  readonly key: string;
  /** Null until the relay has made it. */
  readonly file: string | null;
  readonly name: string;
  readonly size: number;
  readonly folder: Folder | null;
  readonly author: Person;
  readonly isOwn: boolean;
  readonly at: number;
  state: ReadonlySignal<FileState>;
  /** How many bytes have arrived; null while nobody has said. */
  bytes: ReadonlySignal<number | null>;
  pace: ReadonlySignal<Pace | null>;
  /** Who has taken all of it, in that order. */
  received: ReadonlySignal<readonly Person[]>;
  /** When it is this page that sends it. */
  upload: ReadonlySignal<Upload | null>;
  preview: ReadonlySignal<Preview | null>;
  /** Permits for taking it, and for looking at it. */
  download: Ticket;
  view: Ticket;
  /** The beginning of a text; null when it cannot be had. */
  readText(): Promise<string | null>;
  /** What is in a folder, known as soon as its first bytes are there; null when it cannot be had. */
  readFolder(): Promise<readonly FolderFile[] | null>;
  mayCancel: ReadonlySignal<boolean>;
  cancel(): void;
};

/** Where a file can be taken or looked at; the ticket says which of the two. */
export function filePath({ file, name }: FileCard, ticket: string): string {
  return `/files/${ticket}/${file}/${encodeURIComponent(name)}`;
}

/** Where a folder can be taken as a zip. */
export function zipPath({ file, name }: FileCard, ticket: string): string {
  return `/folders/${ticket}/${file}/${encodeURIComponent(name)}.zip`;
}

/** Where one file of a folder can be taken. */
export function folderFilePath({ file }: FileCard, ticket: string, path: string): string {
  return `/folders/${ticket}/${file}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}

const imageName = /\.(?:png|jpe?g|gif|webp|avif|bmp)$/i;

/** Before the bytes have told what it is, the name of a picture reserves its place; nothing is shown by a name. */
export function previewOf(
  card: Pick<FileCard, "name" | "size" | "folder">,
  state: FileState,
): Preview | null {
  if (card.folder) return null;
  switch (state.state) {
    case "offering":
    case "arriving":
      return imageName.test(card.name) ? "image" : null;
    case "failed":
      return null;
    case "complete": {
      const [kind] = state.mediaType.split("/");
      // Nothing can be seen of no bytes; nor does a range of them exist to be asked for.
      if (card.size === 0 || !isInline(state.mediaType)) return null;
      return kind === "image" || kind === "audio" || kind === "video" ? kind : "text";
    }
  }
}
