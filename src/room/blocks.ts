/** A piece of memory for bytes of files. */
export type Block = {
  readonly bytes: Uint8Array;
  /** Place of its first byte in the file. */
  from: number;
  /** How many bytes of it are used. */
  length: number;
  /** Called when the memory is taken for something else. */
  onTaken: () => void;
};

/** Bytes of one block: what one read of a disk, or one write to a socket, does best with. */
export const blockBytes = 512 * 1024;
const blocksMax = 40;

/**
 * All memory that the bytes of files may take, whatever their number and size: a fixed set of blocks.
 *
 * A block is with somebody, or it is free, or it is spare: its bytes are on the disk as well, so that they are
 * worth keeping until the memory is needed.
 */
export class Blocks {
  readonly #free: Block[] = [];
  /** In the order in which they became spare. */
  readonly #spare = new Set<Block>();
  #waiting: (() => void)[] = [];
  #made = 0;

  constructor(
    private readonly bytesEach: number = blockBytes,
    private readonly countMax: number = blocksMax,
  ) {}

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
  }

  /** The holder has no more use for a block. */
  release(block: Block): void {
    this.#spare.delete(block);
    this.#free.push(block);
    this.#wake();
  }

  /** Whoever needs the memory may take it. */
  spare(block: Block): void {
    this.#spare.add(block);
    this.#wake();
  }

  /** The holder needs a block that it had made spare. */
  keep(block: Block): void {
    this.#spare.delete(block);
  }

  #make(): Block | undefined {
    if (this.#made === this.countMax) return undefined;
    this.#made += 1;
    return { bytes: new Uint8Array(this.bytesEach), from: 0, length: 0, onTaken: () => {} };
  }

  #takeSpare(): Block | undefined {
    const [oldest] = this.#spare;
    if (oldest === undefined) return undefined;
    this.#spare.delete(oldest);
    oldest.onTaken();
    return oldest;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }
}
