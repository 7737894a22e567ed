import { BlobCursor, type ByteSink } from "../room/blob-cursor.ts";
import type { Files } from "../room/files.ts";
import type { OpenFile } from "../room/open-file.ts";
import { filePrefix } from "../wire/dialect-2021/words.ts";
import { safeFileName } from "../wire/file-name.ts";
import { limits } from "../wire/limits.ts";
import type { LegacyLink } from "./legacy-link.ts";

/** What an outgoing file needs of those around it. */
export type OutgoingParts = {
  files: Files;
  link: LegacyLink;
  /** The file's id. */
  id: string;
  /** How long nothing may follow its last byte. */
  restMs: () => number;
  /** It cannot be read: nothing of it was sent, or its connection has to go. */
  onTrouble: (cause: unknown, isBegun: boolean) => void;
};

/** The receivers keep it in a file of this name, and the sender's program puts its prefix before it. */
const nameBytesMax = limits.fileNameBytesMax - filePrefix.length;

/**
 * A file on its way from a room to a server of 2021: its header, its bytes, and a rest, as one thing; whoever has
 * the link writes nothing else until `isOver`.
 */
export class Outgoing implements ByteSink {
  #state: "opening" | "header" | "body" | "rest" | "over" = "opening";
  #file: OpenFile | undefined;
  #cursor: BlobCursor | undefined;
  #isFull = false;

  constructor(private readonly parts: OutgoingParts) {
    this.#open().catch((cause) => this.fail(cause));
  }

  /** Whether the next one may write. */
  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Whether all bytes are with the system. */
  get isSent(): boolean {
    return this.#state === "rest" || this.#state === "over";
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** The link takes more: the next thing to write, or the rest of a full socket. */
  free(): void {
    const { link } = this.parts;
    if (this.#state === "body") {
      this.#isFull = false;
      this.#cursor?.pump();
    } else if (this.#state === "header" && link.isFree) {
      this.#state = "body";
      this.#cursor?.pump();
    } else if (this.#state === "rest" && link.isFree) {
      this.#state = "over";
    }
  }

  write(bytes: Uint8Array): number {
    const taken = this.parts.link.body(bytes);
    this.#isFull = taken < bytes.length;
    return taken;
  }

  done(): void {
    this.#close();
    this.#state = "rest";
    this.parts.link.endFile(this.parts.restMs());
  }

  fail(cause: unknown): void {
    if (this.#state === "over") return;
    const isBegun = this.#state !== "opening";
    this.stop();
    this.parts.onTrouble(cause, isBegun);
  }

  /** The connection is gone. */
  stop(): void {
    this.#cursor?.stop();
    this.#close();
    this.#state = "over";
  }

  async #open(): Promise<void> {
    const file = await this.parts.files.open(this.parts.id);
    if (this.#state !== "opening") {
      this.parts.files.close(file);
      return;
    }
    const { record, blob } = file;
    this.#file = file;
    this.#cursor = new BlobCursor(blob, this, 0, record.size);
    this.#state = "header";
    // A folder is an archive of its files.
    const name = record.folder === undefined ? record.name : `${record.name}.tar`;
    this.parts.link.beginFile(safeFileName(name, nameBytesMax), record.size);
  }

  #close(): void {
    if (this.#file !== undefined) this.parts.files.close(this.#file);
    this.#file = undefined;
  }
}
