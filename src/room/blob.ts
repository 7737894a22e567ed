import type { Block, Blocks } from "./blocks.ts";
import { StorageFull } from "./storage-errors.ts";

/** A file's bytes on a disk. */
export interface BlobBytes {
  /**
   * Adds bytes; what was added survives the end of the process.
   *
   * @param at         How many bytes there are: they are added behind them.
   * @param isReadNow  Whether they will soon be read again: a system's cache is the place for them then.
   * @throws {StorageFull} when there is no space: none of them were added then.
   */
  write(pieces: readonly Uint8Array[], at: number, isReadNow: boolean): Promise<void>;
  /**
   * Takes bytes into the hash of the file, before or while they are written.
   *
   * @returns  Resolves when their memory is not looked at any more.
   */
  hash(bytes: Uint8Array, at: number): Promise<void>;
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

/** Blocks that are written in one go: hashing them must not keep the others waiting for long. */
const piecesMax = 4;
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
  /** Blocks that follow one another; the last one is being filled. */
  #tail: Block[] = [];
  #arrived: number;
  #stored: number;
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
    while (taken < bytes.length) {
      const block = this.#room();
      if (block === undefined) break;
      const piece = bytes.subarray(taken, taken + capacity(block) - block.length);
      block.bytes.set(piece, block.length);
      block.length += piece.length;
      taken += piece.length;
      this.#arrived += piece.length;
      // Not later: to make the hash takes the longest of all that is done.
      if (block.length === capacity(block)) this.#hash(this.#arrived);
    }
    if (taken > 0) this.#writing ??= this.#write();
    return taken;
  }

  /** Waits until all that was taken is on the disk, or lost. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** The bytes at a place that may be read, as far as they are in one block; undefined when only the disk has them. */
  inMemory(at: number): Uint8Array | undefined {
    // Linear: there are at most some dozens of blocks. Most readers are near the end.
    for (let i = this.#tail.length - 1; i >= 0; i--) {
      const block = this.#tail[i];
      if (block === undefined || block.from > at) continue;
      const end = Math.min(block.from + block.length, this.#stored);
      return at < end ? block.bytes.subarray(at - block.from, end - block.from) : undefined;
    }
    return undefined;
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
    for (const block of this.#tail) this.blocks.release(block);
    this.#tail = [];
  }

  /** The block in which the next byte goes. */
  #room(): Block | undefined {
    const last = this.#tail.at(-1);
    if (last !== undefined && last.length < capacity(last)) {
      this.blocks.keep(last);
      return last;
    }
    const block: Block | undefined = this.blocks.take(this.#arrived, () => {
      this.#tail = this.#tail.filter((other) => other !== block);
    });
    if (block !== undefined) this.#tail.push(block);
    return block;
  }

  /** One write at a time: what arrives meanwhile gathers for the next, which is under way while readers take the last. */
  async #write(): Promise<void> {
    let next: Step | undefined = this.#next();
    while (next !== undefined) {
      const { to, done }: Step = next;
      try {
        await done;
      } catch (error) {
        this.#takeBack();
        this.#writing = undefined;
        this.onFailed(
          error instanceof StorageFull ? error : new Error("A file could not be written", { cause: error }),
        );
        return;
      }
      this.#stored = to;
      next = this.#next();
      // In the same step as the look at what has arrived: whatever comes from now on begins a write of its own.
      if (next === undefined) this.#writing = undefined;
      for (const reader of [...this.#readers]) reader.pump();
      this.#spare();
      this.onStored();
    }
  }

  /** Begins to write what is not on the disk yet. */
  #next(): Step | undefined {
    if (this.#stored === this.#arrived) return undefined;
    const pieces = this.#unwritten();
    const to = this.#stored + sum(pieces);
    // First: when the writing fails, the hash is told so behind all that it was told of these bytes.
    this.#hash(to);
    const written = this.bytes.write(pieces, this.#stored, this.#isSomebodyBehind());
    const done = Promise.all([written, this.#hashing.find((step) => step.to >= to)?.done]);
    // It is waited for after a step that may fail.
    done.catch(() => {});
    return { to, done };
  }

  /** Hands bytes over to be hashed, as far as it was not done before. */
  #hash(to: number): void {
    this.#hashing = this.#hashing.filter((step) => step.to > this.#stored);
    for (const { bytes, from, length } of this.#tail) {
      const end = Math.min(to, from + length);
      if (end <= this.#hashed) continue;
      const done = this.bytes.hash(bytes.subarray(this.#hashed - from, end - from), this.#hashed);
      this.#hashing.push({ to: end, done });
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
    return this.#tail[0]?.from ?? this.#stored;
  }

  #unwritten(): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (const block of this.#tail) {
      if (pieces.length === piecesMax) break;
      const skipped = Math.max(0, this.#stored - block.from);
      if (skipped < block.length) pieces.push(block.bytes.subarray(skipped, block.length));
    }
    const last = pieces.pop();
    if (last === undefined) return pieces;
    const more = (this.#stored + sum(pieces) + last.length) % pageBytes;
    pieces.push(last.length < pagesMin * pageBytes ? last : last.subarray(0, last.length - more));
    return pieces;
  }

  /** Lets others have the memory of what is on the disk; a reader that keeps up is about to need what it has not read. */
  #spare(): void {
    const from = this.#memoryFrom;
    const read = this.#readers
      .values()
      .reduce((least, { position }) => (position < from ? least : Math.min(least, position)), this.#stored);
    for (const block of [...this.#tail]) {
      const end = block.from + block.length;
      if (end <= read) this.blocks.spare(block);
      else if (end <= this.#stored) this.blocks.want(block);
    }
  }

  /** What is not on the disk has never come. */
  #takeBack(): void {
    this.#arrived = this.#hashed = this.#stored;
    this.#hashing = [];
    const kept: Block[] = [];
    for (const block of this.#tail) {
      block.length = Math.min(block.length, this.#stored - block.from);
      if (block.length > 0) kept.push(block);
      else this.blocks.release(block);
    }
    this.#tail = kept;
    this.#spare();
  }
}

/** Bytes that a block takes: it ends at a multiple of its size, so that the next one begins at a page. */
function capacity({ bytes, from }: Block): number {
  return bytes.length - (from % bytes.length);
}

function sum(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((bytes, piece) => bytes + piece.length, 0);
}
