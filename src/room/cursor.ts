import type { Log } from "./log.ts";
import type { Segment } from "./segment.ts";

const LF = 0x0a;

/** Where a cursor's lines go: a connection, or whatever else looks at a log. */
export interface Sink {
  /** Whether it takes nothing at present; it pumps its cursors when it does again. */
  readonly isFull: boolean;
  /**
   * Takes lines.
   *
   * @param lines  Whole lines; shared with other readers and used again later: never to be written to, nor to be kept.
   * @returns      How many bytes were taken: all, or fewer, up to the end of a line, and then it is full.
   */
  write(lines: Uint8Array): number;
}

/** A position in a log and a sink: somebody who looks at it. */
export class Cursor {
  #segment: Segment | undefined;
  #offset = 0;

  /**
   * @param seq    Seq of the last entry that the sink has, 0 for none.
   * @param until  Seq of the last entry that it wants; Infinity for one that stays with the log.
   */
  constructor(
    private readonly log: Log,
    private readonly sink: Sink,
    public seq: number,
    readonly until: number = Number.POSITIVE_INFINITY,
  ) {}

  /** Whether the sink has all that it wants for ever. */
  get isDone(): boolean {
    return this.seq >= this.until;
  }

  /**
   * Hands the sink what it does not have yet, as far as the sink takes it.
   *
   * @returns  Whether it stopped for others' sake, after a read of the store, and wants to go on soon.
   */
  pump(): boolean {
    while (!this.sink.isFull && this.seq < this.log.head && this.seq < this.until) {
      const stretch = this.log.read(this.seq, this.#segment, this.#offset);
      let { lines, lastSeq } = stretch;
      if (lastSeq > this.until) {
        lines = lines.subarray(0, endOfLine(lines, this.until - this.seq));
        lastSeq = this.until;
      }
      const taken = this.sink.write(lines);
      this.#segment = stretch.segment;
      this.#offset = stretch.from + taken;
      // Counting lines is only for a sink that has just become full.
      this.seq = taken === lines.length ? lastSeq : this.seq + lineCount(lines, taken);
      // One block from the store at a time: whoever catches up must not keep the others waiting.
      if (stretch.segment === undefined)
        return !this.sink.isFull && this.seq < Math.min(this.log.head, this.until);
    }
    return false;
  }
}

/** Offset just behind the n-th line. */
function endOfLine(lines: Uint8Array, n: number): number {
  let end = 0;
  for (let i = 0; i < n; i++) end = lines.indexOf(LF, end) + 1;
  return end;
}

function lineCount(lines: Uint8Array, end: number): number {
  let count = 0;
  for (let at = lines.indexOf(LF); at >= 0 && at < end; at = lines.indexOf(LF, at + 1)) count += 1;
  return count;
}
