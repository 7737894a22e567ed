import type { Block, Blocks, SharedBytes } from "./blocks.ts";

/** The newest bytes of a file, in memory: blocks that follow one another, of which the last one is being filled. */
export class Tail {
  #blocks: Block[] = [];

  constructor(private readonly memory: Blocks) {}

  /** Place of the first byte; undefined when there is none. */
  get from(): number | undefined {
    return this.#blocks[0]?.from;
  }

  /**
   * Lets bytes be put behind those that there are.
   *
   * @param end   Where those that there are end.
   * @param read  Fills memory from its beginning on. @returns  How many bytes.
   * @returns     How many came, and whether their block is full; undefined when there is no memory for more.
   */
  fill(end: number, read: (into: Uint8Array) => number, count: number): Filled | undefined {
    const block = this.#room(end);
    if (block === undefined) return undefined;
    const taken = read(block.bytes.subarray(block.length, Math.min(capacity(block), block.length + count)));
    block.length += taken;
    return { taken, isFull: block.length === capacity(block) };
  }

  /** The bytes from a place on and before another one, as far as they are in one block. */
  at(place: number, end: number): SharedBytes | undefined {
    // Linear: there are at most some dozens of blocks. Most readers are near the end.
    for (let i = this.#blocks.length - 1; i >= 0; i--) {
      const block = this.#blocks[i];
      if (block === undefined || block.from > place) continue;
      const until = Math.min(block.from + block.length, end);
      return place < until ? block.bytes.subarray(place - block.from, until - block.from) : undefined;
    }
    return undefined;
  }

  /**
   * Lets others have memory.
   *
   * @param stored  Bytes before this place are elsewhere as well.
   * @param read    Bytes before this place have been read by all who are about to read them.
   */
  spare(stored: number, read: number): void {
    for (const block of [...this.#blocks]) {
      const end = block.from + block.length;
      if (end <= read) this.memory.spare(block);
      else if (end <= stored) this.memory.want(block);
    }
  }

  /** Forgets the bytes from a place on. */
  cut(end: number): void {
    const kept: Block[] = [];
    for (const block of this.#blocks) {
      block.length = Math.min(block.length, end - block.from);
      if (block.length > 0) kept.push(block);
      else this.memory.release(block);
    }
    this.#blocks = kept;
  }

  /** The block in which the next byte goes. */
  #room(end: number): Block | undefined {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.length < capacity(last)) {
      this.memory.keep(last);
      return last;
    }
    const block: Block | undefined = this.memory.take(end, () => {
      this.#blocks = this.#blocks.filter((other) => other !== block);
    });
    if (block !== undefined) this.#blocks.push(block);
    return block;
  }
}

type Filled = { taken: number; isFull: boolean };

/** Bytes that a block takes: it ends at a multiple of its size, so that the next one begins at a page. */
function capacity({ bytes, from }: Block): number {
  return bytes.length - (from % bytes.length);
}
