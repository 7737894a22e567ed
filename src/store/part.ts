import { type FileHandle, open } from "node:fs/promises";
import type { SharedBytes } from "../room/blocks.ts";
import type { FileRecord, OpenBytes, Published } from "../room/file-store.ts";
import { StorageFull } from "../room/storage-errors.ts";
import { mediaTypeOf, sniffBytes } from "../wire/media-type.ts";
import { type Disk, fullTranslated } from "./disk.ts";
import type { FileRows } from "./file-rows.ts";
import type { Hash, Hashes } from "./hash.ts";
import type { Writer, Writers } from "./writer.ts";

/** The threads that do with bytes what takes long. */
export type Threads = { hashes: Hashes; writers: Writers };

/** What an upload needs that a file at its place does not. */
type Upload = { hash: Hash; writer: Writer };

/** Files from this size on are written past the system's cache; smaller ones are likely to be read at once. */
const directBytesMin = 8 * 1024 * 1024;

/** The bytes of a file that is open: an upload that grows, or a file at its place. */
export class Part implements OpenBytes {
  #stored: number;
  #published: Published | undefined;

  private constructor(
    private readonly file: FileRecord,
    private readonly disk: Disk,
    private readonly rows: FileRows,
    private readonly spareBytes: number,
    private readonly handle: FileHandle,
    /** Undefined for a file at its place. */
    private readonly upload: Upload | undefined,
    stored: number,
    published: Published | undefined,
  ) {
    this.#stored = stored;
    this.#published = published;
  }

  /** Opens an upload, which is made when there is none. */
  static async open(
    file: FileRecord,
    disk: Disk,
    rows: FileRows,
    { hashes, writers }: Threads,
    spareBytes: number,
  ): Promise<Part> {
    const { sha256, mediaType } = file;
    if (sha256 !== undefined && mediaType !== undefined && (await disk.hasFile(sha256))) {
      const handle = await open(disk.filePath(sha256), "r");
      return new Part(file, disk, rows, spareBytes, handle, undefined, file.size, { sha256, mediaType });
    }
    const handle = await disk.openPart(file.id);
    const { size } = await handle.stat();
    const stored = Math.min(size, file.size);
    const path = disk.partPath(file.id);
    const upload = { hash: hashes.open(path), writer: writers.open(path, stored) };
    // What came before a restart is hashed while the rest arrives.
    upload.hash.grown(stored);
    return new Part(file, disk, rows, spareBytes, handle, upload, stored, undefined);
  }

  get stored(): number {
    return this.#stored;
  }

  get published(): Published | undefined {
    return this.#published;
  }

  async write(bytes: SharedBytes, at: number, isReadNow: boolean): Promise<void> {
    const { upload } = this;
    if (upload === undefined) throw new Error("Nothing is added to a file that is at its place");
    const end = at + bytes.length;
    // With those that are still on their way to the disk.
    if (this.disk.freeBytes() - (end - this.#stored) < this.spareBytes)
      throw new StorageFull("The rest of the disk is for the database");
    const isDirect = this.file.size >= directBytesMin && !isReadNow;
    await fullTranslated(() => upload.writer.write(bytes, at, isDirect)).catch(laterWhenBusy);
    this.#stored = end;
    upload.hash.grown(end);
  }

  async hash(bytes: SharedBytes, at: number): Promise<void> {
    await this.upload?.hash.update(bytes, at);
  }

  forget(from: number): void {
    this.upload?.writer.restart(from);
    this.upload?.hash.restart(from);
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    const { bytesRead } = await this.handle.read(into, 0, into.length, at);
    return bytesRead;
  }

  async mediaType(): Promise<string> {
    if (this.#published !== undefined) return this.#published.mediaType;
    if (this.file.folder !== undefined) return "application/x-tar";
    const head = new Uint8Array(Math.min(sniffBytes, this.#stored));
    const count = head.length === 0 ? 0 : await this.read(head, 0);
    return mediaTypeOf(head.subarray(0, count), count === this.file.size);
  }

  async publish(): Promise<Published> {
    if (this.#published !== undefined) return this.#published;
    const { upload } = this;
    if (upload === undefined) throw new Error("A file that is not at its place must be hashed");
    const { id, size } = this.file;
    await fullTranslated(() => this.handle.sync());
    const published = { sha256: await upload.hash.digest(size), mediaType: await this.mediaType() };
    // Known before it is moved: after a crash in between it is found under this name.
    this.rows.setPublished(id, published);
    // The same bytes are kept once. The upload goes when its entry is durable.
    if (!(await this.disk.hasFile(published.sha256))) await this.disk.publish(id, published.sha256);
    this.#published = published;
    return published;
  }

  async close(): Promise<void> {
    this.upload?.hash.drop();
    this.upload?.writer.drop();
    await this.handle.close();
  }
}

/** A process that has no more files to open has some again when others are done: no reason to give an upload up. */
function laterWhenBusy(error: unknown): never {
  const { code } = error as { code?: unknown };
  if (code === "EMFILE" || code === "ENFILE")
    throw new StorageFull("Too many files are open", { cause: error });
  throw error;
}
