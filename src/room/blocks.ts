/** Bytes that other threads see as well. */
export type SharedBytes = Uint8Array<SharedArrayBuffer>;

/** A piece of memory for bytes of files. */
export type Block = {
  readonly bytes: SharedBytes;
  /** Place of its first byte in the file. */
  from: number;
  /** How many bytes of it are used. */
  length: number;
  /** Called when the memory is taken for something else. */
  onTaken: () => void;
};

/** Bytes of one block: with smaller ones more is said between the threads, and receivers are woken more often. */
export const blockBytes = 2 * 1024 * 1024;
export const blocksMax = 10;

/**
 * How long whoever needs memory waits for those who are about to read what is in it, and how many blocks must have
 * been read by then, so that it waits once more. Receivers that keep up with their sender at the speed of a machine's
 * own memory are waited for; a network's would only slow the sender down: 4 MiB in 20 ms are 1.7 gigabits a second.
 */
const patienceMs = 20;
const readsMin = 2;

/**
 * All memory that the bytes of files may take, whatever their number and size: a fixed set of blocks.
 *
 * A block is with somebody, or it is free, or it is spare: its bytes are on the disk as well, so that they are
 * worth keeping until the memory is needed. One that is spare and wanted is about to be read.
 */
export class Blocks {
  readonly #free: Block[] = [];
  /** In the order in which they became spare. */
  readonly #spare = new Set<Block>();
  /** In the order in which they became spare, too. */
  readonly #wanted = new Set<Block>();
  /** How many blocks have been read that were wanted. */
  #reads = 0;
  #isPatient = false;
  #waiting: (() => void)[] = [];
  #made = 0;
  /**
   * In one piece, which begins at a page, and shared: other threads hash and write the bytes. Made with the first
   * block: the collector lets as much garbage gather as there is memory in use, and counts all of this.
   */
  #memory: SharedArrayBuffer | undefined;

  constructor(private readonly later: (run: () => void, ms: number) => void) {}

  /** A block, when there is one to be had without waiting. */
  take(from: number, onTaken: () => void): Block | undefined {
    const block = this.#free.pop() ?? this.#make() ?? this.#takeSpare();
    if (block === undefined) return undefined;
    block.from = from;
    block.length = 0;
    block.onTaken = onTaken;
    return block;
  }

  /** Calls back once, when a block may be had: of all who wait, the first to take it has it. */
  wait(run: () => void): void {
    this.#waiting.push(run);
    this.#bePatient();
  }

  /** The holder has no more use for a block. */
  release(block: Block): void {
    this.keep(block);
    this.#free.push(block);
    this.#wake();
  }

  /** Whoever needs the memory may take it. */
  spare(block: Block): void {
    if (this.#spare.has(block)) return;
    if (this.#wanted.delete(block)) this.#reads += 1;
    this.#spare.add(block);
    this.#wake();
  }

  /** Whoever needs the memory may take it, but would do well to wait a moment for those who are about to read it. */
  want(block: Block): void {
    if (this.#spare.has(block)) return;
    this.#wanted.add(block);
    this.#bePatient();
  }

  /** The holder needs a block that it had made spare. */
  keep(block: Block): void {
    this.#spare.delete(block);
    this.#wanted.delete(block);
  }

  #make(): Block | undefined {
    if (this.#made === blocksMax) return undefined;
    this.#memory ??= new SharedArrayBuffer(blockBytes * blocksMax);
    const bytes = new Uint8Array(this.#memory, this.#made * blockBytes, blockBytes);
    this.#made += 1;
    return { bytes, from: 0, length: 0, onTaken: () => {} };
  }

  #takeSpare(): Block | undefined {
    const [oldest] = this.#spare;
    if (oldest === undefined) return undefined;
    this.#spare.delete(oldest);
    oldest.onTaken();
    return oldest;
  }

  /** Somebody waits, and there are blocks that somebody else is about to read. */
  #bePatient(): void {
    if (this.#isPatient || this.#waiting.length === 0 || this.#wanted.size === 0) return;
    this.#isPatient = true;
    const before = this.#reads;
    this.later(() => {
      this.#isPatient = false;
      if (this.#waiting.length === 0) return;
      const [oldest] = this.#wanted;
      if (oldest !== undefined && this.#reads < before + readsMin) this.spare(oldest);
      this.#bePatient();
    }, patienceMs);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    // Behind whoever gives the block: it may be in the middle of something that a taker would change.
    for (const run of waiting) queueMicrotask(run);
  }
}
