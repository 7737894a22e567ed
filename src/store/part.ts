import { type FileHandle, open } from "node:fs/promises";
import type { FileRecord, OpenBytes, Published } from "../room/file-store.ts";
import { StorageFull } from "../room/storage-errors.ts";
import { mediaTypeOf, sniffBytes } from "../wire/media-type.ts";
import { DirectFile } from "./direct-file.ts";
import { type Disk, fullTranslated } from "./disk.ts";
import type { FileRows } from "./file-rows.ts";
import type { Hash, Hashes } from "./hash.ts";

/** Files from this size on are written past the system's cache; smaller ones are likely to be read at once. */
const directBytesMin = 8 * 1024 * 1024;

/** The bytes of a file that is open: an upload that grows, or a file at its place. */
export class Part implements OpenBytes {
  #stored: number;
  #published: Published | undefined;
  /** Opened when the first bytes are written. */
  #direct: Promise<DirectFile> | undefined;

  private constructor(
    private readonly file: FileRecord,
    private readonly disk: Disk,
    private readonly rows: FileRows,
    private readonly spareBytes: number,
    private readonly handle: FileHandle,
    /** Undefined for a file at its place, whose hash is known. */
    private readonly hashed: Hash | undefined,
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
    hashes: Hashes,
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
    const hash = hashes.open(disk.partPath(file.id));
    // What came before a restart is hashed while the rest arrives.
    hash.grown(stored);
    return new Part(file, disk, rows, spareBytes, handle, hash, stored, undefined);
  }

  get stored(): number {
    return this.#stored;
  }

  get published(): Published | undefined {
    return this.#published;
  }

  async write(pieces: readonly Uint8Array[], at: number, isReadNow: boolean): Promise<void> {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    try {
      if (this.disk.freeBytes() - bytes < this.spareBytes)
        throw new StorageFull("The rest of the disk is for the database");
      await fullTranslated(() => this.#writeWhole(pieces, at, isReadNow));
      this.#stored = at + bytes;
    } catch (error) {
      // Half of it may be there: what the file is long tells where an upload goes on.
      await this.handle.truncate(at).catch(() => {});
      this.hashed?.restart(at);
      throw error;
    }
    this.hashed?.grown(this.#stored);
  }

  async hash(bytes: Uint8Array, at: number): Promise<void> {
    await this.hashed?.update(bytes, at);
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
    const { hashed } = this;
    if (hashed === undefined) throw new Error("A file that is not at its place must be hashed");
    const { id, size } = this.file;
    await fullTranslated(() => this.handle.sync());
    const published = { sha256: await hashed.digest(size), mediaType: await this.mediaType() };
    // Known before it is moved: after a crash in between it is found under this name.
    this.rows.setPublished(id, published);
    // The same bytes are kept once. The upload goes when its entry is durable.
    if (!(await this.disk.hasFile(published.sha256))) await this.disk.publish(id, published.sha256);
    this.#published = published;
    return published;
  }

  async close(): Promise<void> {
    this.hashed?.drop();
    await (await this.#direct)?.close();
    await this.handle.close();
  }

  async #writeWhole(pieces: readonly Uint8Array[], at: number, isReadNow: boolean): Promise<void> {
    let direct = 0;
    if (this.file.size >= directBytesMin && !isReadNow) {
      this.#direct ??= DirectFile.open(this.disk.partPath(this.file.id));
      direct = await (await this.#direct).write(pieces, at);
    }
    let place = at;
    for (const piece of pieces) {
      for (let done = clamped(at + direct - place, piece.length); done < piece.length; ) {
        const { bytesWritten } = await this.handle.write(piece, done, piece.length - done, place + done);
        done += bytesWritten;
      }
      place += piece.length;
    }
  }
}

function clamped(count: number, most: number): number {
  return Math.max(0, Math.min(count, most));
}
