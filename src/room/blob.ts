import { type Blocks, blockBytes, type SharedBytes } from "./blocks.ts";
import { StorageFull } from "./storage-errors.ts";
import { Tail } from "./tail.ts";

/** A file's bytes on a disk. */
export interface BlobBytes {
  /**
   * Adds bytes behind all that it was given before, which may still be on their way; what was added survives the end
   * of the process. Once it has failed, it fails until it is told to forget what it was given.
   *
   * @param at         Place of the first of them.
   * @param isReadNow  Whether they will soon be read again: a system's cache is the place for them then.
   * @throws {StorageFull} when there is no space: none of them were added then.
   */
  write(bytes: SharedBytes, at: number, isReadNow: boolean): Promise<void>;
  /**
   * Takes bytes into the hash of the file, before or while they are written.
   *
   * @returns  Resolves when their memory is not looked at any more.
   */
  hash(bytes: SharedBytes, at: number): Promise<void>;
  /** Takes back what it was given to write and to hash from a place on: it was not added. Others may come there. */
  forget(from: number): void;
  /** @returns How many bytes were read: fewer than asked for only at the end. */
  read(into: Uint8Array, at: number): Promise<number>;
}

/** Whoever looks at a blob: told when there is more, or when there will be no more. */
export interface BlobReader {
  /** Place of the next byte that it needs. */
  readonly position: number;
  pump(): void;
  fail(): void;
}

/** Writes that are under way at once: while the disk takes one, the next waits beside it. */
const writesMax = 2;
/** Something that is done with the bytes up to a place. */
type Step = { to: number; done: Promise<unknown> };

/** How far a reader may be behind for bytes that come now to be worth keeping for it. */
const soonBytes = 256 * 1024 * 1024;

/** While there are many bytes, they are written in multiples of this, which a disk takes without a detour. */
const pageBytes = 4096;
const pagesMin = 16;

/**
 * A file's bytes as an append-only log: they come in order, are written to the disk, and then may be read, the newest
 * from memory, the others from the disk.
 */
export class Blob {
  readonly #tail: Tail;
  #arrived: number;
  #stored: number;
  /** Writes under way, in the order of their places. */
  #writes: Step[] = [];
  /** While there are any. */
  #writing: Promise<void> | undefined;
  /** What is being hashed, in the order of its places. */
  #hashing: Step[] = [];
  /** Up to where bytes have been handed over to be hashed. */
  #hashed: number;
  readonly #readers = new Set<BlobReader>();

  /**
   * @param stored    How many bytes the disk has already.
   * @param onStored  Told whenever there are more.
   * @param onFailed  Told when bytes could not be written: the blob goes on from `stored`.
   */
  constructor(
    readonly bytes: BlobBytes,
    readonly blocks: Blocks,
    stored: number,
    private readonly onStored: () => void,
    private readonly onFailed: (error: unknown) => void,
  ) {
    this.#tail = new Tail(blocks);
    this.#arrived = this.#stored = this.#hashed = stored;
  }

  /** Bytes that were taken, on the disk or not. */
  get arrived(): number {
    return this.#arrived;
  }

  /** Bytes that are on the disk, and may be read. */
  get stored(): number {
    return this.#stored;
  }

  add(reader: BlobReader): void {
    this.#readers.add(reader);
  }

  remove(reader: BlobReader): void {
    if (this.#readers.delete(reader)) this.#spare();
  }

  /**
   * Takes bytes behind those that came before.
   *
   * @returns  How many: fewer when there is no memory for more until some have been written.
   */
  append(bytes: Uint8Array): number {
    let taken = 0;
    const take = (into: Uint8Array): number => {
      into.set(bytes.subarray(taken, taken + into.length));
      return into.length;
    };
    while (taken < bytes.length) {
      const count = this.fill(take, bytes.length - taken);
      if (count === undefined) break;
      taken += count;
    }
    return taken;
  }

  /**
   * Takes bytes behind those that came before, from whoever puts them where they are to be.
   *
   * @param read   Fills memory from its beginning on. @returns  How many bytes.
   * @param count  How many may come, at most.
   * @returns      How many came; undefined when there is no memory for more until some have been written.
   */
  fill(read: (into: Uint8Array) => number, count: number): number | undefined {
    const filled = this.#tail.fill(this.#arrived, read, count);
    if (filled === undefined) return undefined;
    const { taken, isFull } = filled;
    this.#arrived += taken;
    // Not later: to make the hash takes the longest of all that is done.
    if (isFull) this.#hash(this.#arrived);
    if (taken > 0) this.#write();
    else this.#spare();
    return taken;
  }

  /** Waits until all that was taken is on the disk, or lost. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** The bytes at a place that may be read, as far as they are in one block; undefined when only the disk has them. */
  inMemory(at: number): Uint8Array | undefined {
    return this.#tail.at(at, this.#stored);
  }

  /** A reader has come further, or has gone. */
  moved(): void {
    this.#spare();
  }

  /** There will be no more, and what there is must not be read: the upload has failed. */
  fail(): void {
    for (const reader of [...this.#readers]) reader.fail();
    this.#readers.clear();
  }

  /** Gives the memory back. Only once everything is written. */
  close(): void {
    this.#tail.cut(0);
  }

  /** Begins to write what has come, as far as that may be under way at once: the rest gathers for the next write. */
  #write(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#writes.push(next);
    if (this.#writes.length > 0) this.#writing ??= this.#follow();
  }

  /** Waits for the writes that are under way, and for those that begin meanwhile. */
  async #follow(): Promise<void> {
    for (let isLast = false; !isLast; ) {
      const [write] = this.#writes;
      if (write === undefined) throw new Error("A write must be under way");
      try {
        await write.done;
      } catch (error) {
        this.#takeBack();
        this.#writing = undefined;
        this.onFailed(
          error instanceof StorageFull ? error : new Error("A file could not be written", { cause: error }),
        );
        return;
      }
      this.#stored = write.to;
      this.#writes.shift();
      this.#write();
      isLast = this.#writes.length === 0;
      // In the same step as the look at what has come: whatever comes from now on is followed anew.
      if (isLast) this.#writing = undefined;
      for (const reader of [...this.#readers]) reader.pump();
      this.#spare();
      this.onStored();
    }
  }

  /** Begins one write, when there is something for it. */
  #next(): Step | undefined {
    const from = this.#writes.at(-1)?.to ?? this.#stored;
    // What comes in drops is written one after another, and gathers meanwhile.
    const least = this.#writes.length === 0 ? 1 : blockBytes;
    if (this.#arrived - from < least || this.#writes.length === writesMax) return undefined;
    const bytes = this.#piece(from);
    const to = from + bytes.length;
    // First: when the writing fails, the hash is told so behind all that it was told of these bytes.
    this.#hash(to);
    const written = this.bytes.write(bytes, from, this.#isSomebodyBehind());
    const done = Promise.all([written, this.#hashing.find((step) => step.to >= to)?.done]);
    // It is waited for after a step that may fail.
    done.catch(() => {});
    return { to, done };
  }

  /** Hands bytes over to be hashed, as far as it was not done before. */
  #hash(to: number): void {
    this.#hashing = this.#hashing.filter((step) => step.to > this.#stored);
    while (this.#hashed < to) {
      const bytes = this.#inMemory(this.#hashed, to);
      const end = this.#hashed + bytes.length;
      this.#hashing.push({ to: end, done: this.bytes.hash(bytes, this.#hashed) });
      this.#hashed = end;
    }
  }

  /**
   * Whether a reader needs bytes that only the disk has: those that come now will then be read from it, too. One that
   * is very far behind comes to them when the system has thrown them out again.
   */
  #isSomebodyBehind(): boolean {
    const from = this.#memoryFrom;
    return this.#readers
      .values()
      .some(({ position }) => position < from && position > this.#stored - soonBytes);
  }

  /** Place of the first byte that is in memory. */
  get #memoryFrom(): number {
    return this.#tail.from ?? this.#stored;
  }

  #inMemory(from: number, end: number): SharedBytes {
    const bytes = this.#tail.at(from, end);
    if (bytes === undefined) throw new Error("What is not on the disk must be in memory");
    return bytes;
  }

  /** The bytes of one write, which begins at a place: one block's, as far as it is full. */
  #piece(from: number): SharedBytes {
    const bytes = this.#inMemory(from, this.#arrived);
    const more = (from + bytes.length) % pageBytes;
    return bytes.length < pagesMin * pageBytes ? bytes : bytes.subarray(0, bytes.length - more);
  }

  /** Lets others have the memory of what is on the disk; a reader that keeps up is about to need what it has not read. */
  #spare(): void {
    const from = this.#memoryFrom;
    const read = this.#readers
      .values()
      .reduce((least, { position }) => (position < from ? least : Math.min(least, position)), this.#stored);
    this.#tail.spare(this.#stored, read);
  }

  /** What is not on the disk has never come. */
  #takeBack(): void {
    this.#arrived = this.#hashed = this.#stored;
    this.#hashing = [];
    this.#writes = [];
    this.bytes.forget(this.#stored);
    this.#tail.cut(this.#stored);
    this.#spare();
  }
}
