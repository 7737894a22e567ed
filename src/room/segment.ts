/** Bytes of the largest segment. */
export const segmentBytesMax = 256 * 1024;
/** Most blocks that wait for their next segment, of all logs together. */
const sparesMax = 8;
/**
 * Blocks of the largest segments that were dropped. Left to the collector they would gather: whatever has become old
 * before it is dropped waits for a full collection, and that is minutes away.
 */
const spares: Buffer[] = [];
const nothing = Buffer.alloc(0);

/**
 * A run of a log's lines in one block of memory: the newest are written straight into it, and every cursor reads
 * the same bytes.
 *
 * Bytes up to `end` are written; those up to `durableEnd` may be shown.
 */
export class Segment {
  next: Segment | undefined;
  end = 0;
  durableEnd = 0;
  /** Seq of the newest entry that may be shown; `firstSeq - 1` when there is none yet. */
  durableSeq: number;
  /** Set when the log lets go of it: a cursor that still points here goes on from the store. */
  isDropped = false;
  #bytes: Buffer;
  #view: Uint8Array | undefined;
  #viewFrom = -1;

  constructor(
    readonly firstSeq: number,
    bytesMax: number,
  ) {
    const spare = bytesMax === segmentBytesMax ? spares.pop() : undefined;
    this.#bytes = spare ?? Buffer.allocUnsafeSlow(bytesMax);
    this.durableSeq = firstSeq - 1;
  }

  get bytesMax(): number {
    return this.#bytes.length;
  }

  /**
   * Writes a line.
   *
   * @returns  Its bytes, shared with the segment; undefined when there may not be room for it.
   */
  write(line: string): Uint8Array | undefined {
    // A unit of a string is three bytes at most: a line that could be too long is not tried, for `write` would cut it.
    if (line.length * 3 > this.#bytes.length - this.end) return undefined;
    const start = this.end;
    this.end += this.#bytes.write(line, start, "utf8");
    return this.#bytes.subarray(start, this.end);
  }

  /** Everything written so far may be shown; `seq` is the newest of it. */
  showTo(end: number, seq: number): void {
    this.durableEnd = end;
    this.durableSeq = seq;
    this.#view = undefined;
  }

  /** Takes back what was written and may not be shown. */
  takeBack(): void {
    this.end = this.durableEnd;
  }

  /** The bytes from an offset to the newest that may be shown: one object for all cursors that stand there. */
  from(offset: number): Uint8Array {
    if (this.#view === undefined || this.#viewFrom !== offset) {
      this.#view = this.#bytes.subarray(offset, this.durableEnd);
      this.#viewFrom = offset;
    }
    return this.#view;
  }

  /** Offset just behind the line of an entry that this segment holds, or 0 for the entry before its first. */
  offsetAfter(seq: number): number {
    let offset = 0;
    for (let at = this.firstSeq; at <= seq; at++) offset = this.#bytes.indexOf(0x0a, offset) + 1;
    return offset;
  }

  /** Its bytes are another segment's from here on: nobody may look at a view of them any more. */
  drop(): void {
    this.isDropped = true;
    this.#view = undefined;
    if (this.bytesMax === segmentBytesMax && spares.length < sparesMax) spares.push(this.#bytes);
    this.#bytes = nothing;
  }
}
