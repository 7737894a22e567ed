import type { Block, Blocks } from "./blocks.ts";
import { StorageFull } from "./storage-errors.ts";

/** A file's bytes on a disk. */
export interface BlobBytes {
  /**
   * Adds bytes; what was added survives the end of the process.
   *
   * @param at  How many bytes there are: they are added behind them.
   * @throws {StorageFull} when there is no space: none of them were added then.
   */
  write(pieces: readonly Uint8Array[], at: number): Promise<void>;
  /** @returns How many bytes were read: fewer than asked for only at the end. */
  read(into: Uint8Array, at: number): Promise<number>;
}

/** Whoever looks at a blob: told when there is more, or when there will be no more. */
export interface BlobReader {
  pump(): void;
  fail(): void;
}

/** Blocks that are written in one go: hashing them must not keep the others waiting for long. */
const piecesMax = 4;

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
    this.#arrived = this.#stored = stored;
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
    this.#readers.delete(reader);
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
      const piece = bytes.subarray(taken, taken + block.bytes.length - block.length);
      block.bytes.set(piece, block.length);
      block.length += piece.length;
      taken += piece.length;
      this.#arrived += piece.length;
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
    if (last !== undefined && last.length < last.bytes.length) {
      this.blocks.keep(last);
      return last;
    }
    const block: Block | undefined = this.blocks.take(this.#arrived, () => {
      this.#tail = this.#tail.filter((other) => other !== block);
    });
    if (block !== undefined) this.#tail.push(block);
    return block;
  }

  /** One write at a time: what arrives meanwhile gathers for the next. */
  async #write(): Promise<void> {
    while (this.#stored < this.#arrived) {
      const pieces = this.#unwritten();
      const end = pieces.reduce((at, piece) => at + piece.length, this.#stored);
      try {
        await this.bytes.write(pieces, this.#stored);
      } catch (error) {
        this.#takeBack();
        this.#writing = undefined;
        this.onFailed(
          error instanceof StorageFull ? error : new Error("A file could not be written", { cause: error }),
        );
        return;
      }
      this.#stored = end;
      for (const reader of [...this.#readers]) reader.pump();
      this.#spare();
      this.onStored();
    }
    // In the same step as the look at what has arrived: whatever comes from now on begins a write of its own.
    this.#writing = undefined;
  }

  #unwritten(): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (const block of this.#tail) {
      if (pieces.length === piecesMax) break;
      const skipped = Math.max(0, this.#stored - block.from);
      if (skipped < block.length) pieces.push(block.bytes.subarray(skipped, block.length));
    }
    return pieces;
  }

  #spare(): void {
    for (const block of [...this.#tail]) {
      if (block.from + block.length <= this.#stored) this.blocks.spare(block);
    }
  }

  /** What is not on the disk has never come. */
  #takeBack(): void {
    this.#arrived = this.#stored;
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
