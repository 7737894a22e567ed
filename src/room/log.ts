import { limits } from "../wire/limits.ts";
import { type Older, readOlder } from "./older.ts";
import { Segment, segmentBytesMax } from "./segment.ts";

/** Lines of the log for a cursor, good until the next read, and where it stands once it has taken them all. */
export type Stretch = { lines: Uint8Array; segment: Segment | undefined; from: number; lastSeq: number };

/** Memory for one room's newest lines; readers behind that are served by the store. */
export const tailBytesMax = 1024 * 1024;
const segmentBytesMin = 8 * 1024;

/**
 * An append-only log of lines: the newest ones in memory, the older ones in the store.
 *
 * Appending and showing are two steps: a line is written once, at its place, and becomes visible when the
 * batch in which it was committed is durable.
 */
export class Log {
  #first: Segment;
  /** The segment of the newest entry that may be shown. */
  #shown: Segment;
  #last: Segment;
  #tailBytes = 0;
  #appended: number;
  #head: number;
  #cut: { segment: Segment; end: number; seq: number } | undefined;

  /**
   * @param head   Seq of the newest entry in the store; 0 for a new log.
   * @param older  The store's part of this log.
   */
  constructor(
    head: number,
    private readonly older: Older,
  ) {
    this.#head = head;
    this.#appended = head;
    this.#first = this.#shown = this.#last = this.#segment(segmentBytesMin);
  }

  /** Seq of the newest entry that may be shown. */
  get head(): number {
    return this.#head;
  }

  /** Seq of the newest entry that was appended, durable or not. */
  get appended(): number {
    return this.#appended;
  }

  /**
   * Appends a line, not yet to be shown.
   *
   * @param line  With its LF, for seq `appended + 1`.
   * @returns     Its bytes, for the store.
   */
  append(line: string): Uint8Array {
    let bytes = this.#last.write(line);
    if (bytes === undefined) {
      // Segments grow with the talk: most rooms on most days stay in the first few kilobytes.
      const grown = Math.min(segmentBytesMax, Math.max(this.#last.bytesMax * 2, limits.lineBytesMax * 3));
      const segment = this.#segment(grown);
      this.#last.next = segment;
      this.#last = segment;
      bytes = segment.write(line);
      if (bytes === undefined)
        throw new Error(`A line of ${line.length} characters is longer than a line may be`);
    }
    this.#appended += 1;
    return bytes;
  }

  /** Ends a batch: what has been appended until now is being committed. */
  cut(): void {
    this.#cut = { segment: this.#last, end: this.#last.end, seq: this.#appended };
  }

  /** The batch is durable: its entries may be shown. */
  show(): void {
    const cut = this.#cut;
    if (cut === undefined) return;
    this.#cut = undefined;
    while (this.#shown !== cut.segment) {
      const { next } = this.#shown;
      if (next === undefined) throw new Error("The batch ends in a segment that the log does not have");
      this.#shown.showTo(this.#shown.end, next.firstSeq - 1);
      this.#shown = next;
    }
    this.#shown.showTo(cut.end, cut.seq);
    this.#head = cut.seq;
    this.#trim();
  }

  /** The batch is lost: it and all that was appended behind it go, as if they had never come. */
  takeBack(): void {
    this.#cut = undefined;
    for (let gone = this.#shown.next; gone !== undefined; gone = gone.next) {
      this.#tailBytes -= gone.bytesMax;
      gone.drop();
    }
    this.#shown.takeBack();
    this.#shown.next = undefined;
    this.#last = this.#shown;
    this.#appended = this.#head;
  }

  /**
   * The lines after a position: from memory where they are there, else a read of the store.
   *
   * @param after    Seq of the last entry handled, below the head.
   * @param segment  Where the reader stood when it last asked.
   * @param from     Offset of entry `after + 1` in that segment.
   */
  read(after: number, segment: Segment | undefined, from: number): Stretch {
    let at = segment;
    let offset = from;
    if (at === undefined || at.isDropped) {
      at = this.#find(after);
      offset = at?.offsetAfter(after) ?? 0;
    }
    if (at === undefined) {
      const { lines, count } = readOlder(this.older, after);
      if (count === 0)
        throw new Error(`The store has no entry after ${after}, the log's head is ${this.#head}`);
      return { lines, segment: undefined, from: 0, lastSeq: after + count };
    }
    while (offset === at.durableEnd && at.next !== undefined && at.durableSeq < this.#head) {
      at = at.next;
      offset = 0;
    }
    return { lines: at.from(offset), segment: at, from: offset, lastSeq: at.durableSeq };
  }

  /** The segment that holds the entry after a position; undefined when only the store has it. */
  #find(after: number): Segment | undefined {
    let at: Segment | undefined = this.#first;
    if (after + 1 < at.firstSeq) return undefined;
    while (at !== undefined && at.durableSeq <= after && at.next !== undefined) at = at.next;
    return at;
  }

  #segment(bytesMax: number): Segment {
    this.#tailBytes += bytesMax;
    return new Segment(this.#appended + 1, bytesMax);
  }

  /** Only segments that are shown to their end may go: the rest is nowhere else yet. */
  #trim(): void {
    while (this.#tailBytes > tailBytesMax && this.#first !== this.#shown && this.#first.next !== undefined) {
      const { next } = this.#first;
      this.#tailBytes -= this.#first.bytesMax;
      this.#first.drop();
      this.#first = next;
    }
  }
}
