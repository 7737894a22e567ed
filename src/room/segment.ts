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
    this.#bytes = Buffer.allocUnsafeSlow(bytesMax);
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

  drop(): void {
    this.isDropped = true;
    this.#view = undefined;
    this.#bytes = Buffer.alloc(0);
  }
}
