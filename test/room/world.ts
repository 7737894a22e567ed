import { expect } from "bun:test";
import { Cursor } from "../../src/room/cursor.ts";
import { Log, tailBytesMax } from "../../src/room/log.ts";
import type { Segment } from "../../src/room/segment.ts";
import { TestConnection } from "./fakes.ts";

const segmentBytesMax = 256 * 1024;

/** Somebody who looks at the log, and where it began. */
type Reader = { cursor: Cursor; connection: TestConnection; after: number };

/** A log, a list of lines that says what should be in it, and the store behind. */
export class World {
  readonly kept: string[] = [];
  readonly readers: Reader[] = [];
  readCount = 0;
  readonly log: Log;
  #waiting: string[] = [];
  #cut: number | undefined;
  #count = 0;

  constructor(keptBefore: number) {
    for (let i = 0; i < keptBefore; i++) this.kept.push(this.#line(20));
    this.log = new Log(keptBefore, { read: (after, into) => this.#read(after, into) });
  }

  append(chars: number): void {
    const line = this.#line(chars);
    expect(Buffer.from(this.log.append(line)).toString()).toBe(line);
    this.#waiting.push(line);
  }

  cut(): void {
    if (this.#cut !== undefined) return;
    this.log.cut();
    this.#cut = this.#waiting.length;
  }

  show(): void {
    if (this.#cut === undefined) return;
    this.kept.push(...this.#waiting.splice(0, this.#cut));
    this.#cut = undefined;
    this.log.show();
  }

  takeBack(): void {
    this.log.takeBack();
    this.#waiting = [];
    this.#cut = undefined;
  }

  look(after: number, bytes: number, until?: number): Reader {
    const connection = new TestConnection(bytes);
    const reader = { cursor: new Cursor(this.log, connection, after, until), connection, after };
    this.readers.push(reader);
    return reader;
  }

  /** What holds at any time. */
  check(): void {
    expect(this.log.head).toBe(this.kept.length);
    expect(this.log.appended).toBe(this.kept.length + this.#waiting.length);
    expect(this.tailBytes).toBeLessThanOrEqual(tailBytesMax + segmentBytesMax + this.#waitingBytes);
  }

  /** Reads everybody to the end, and compares what they have with the log. */
  finish(): void {
    this.check();
    for (const { cursor, connection, after } of this.readers) {
      connection.bytes = Number.POSITIVE_INFINITY;
      while (cursor.pump());
      const until = Math.min(cursor.until, this.kept.length);
      expect(cursor.seq).toBe(Math.max(until, after));
      expect(connection.text === this.kept.slice(after, until).join("")).toBe(true);
    }
  }

  /** Bytes of memory that the log holds, found by following its segments from the oldest that it has. */
  get tailBytes(): number {
    let bytes = 0;
    for (let at = this.#oldest(); at !== undefined; at = at.next) bytes += at.bytesMax;
    return bytes;
  }

  #oldest(): Segment | undefined {
    let low = 0;
    let high = this.log.head;
    while (low < high) {
      const after = Math.floor((low + high) / 2);
      if (this.log.read(after, undefined, 0).segment === undefined) low = after + 1;
      else high = after;
    }
    return low < this.log.head ? this.log.read(low, undefined, 0).segment : undefined;
  }

  get #waitingBytes(): number {
    // Segments are begun while there may still be some room in the one before.
    return this.#waiting.reduce((sum, line) => sum + line.length * 4, 0);
  }

  #line(chars: number): string {
    this.#count += 1;
    return `${this.#count}:${"é".repeat(chars)}\n`;
  }

  #read(after: number, into: Uint8Array): { bytes: number; count: number } {
    this.readCount += 1;
    let bytes = 0;
    let count = 0;
    for (const line of this.kept.slice(after)) {
      const encoded = Buffer.from(line);
      if (bytes + encoded.length > into.length) break;
      into.set(encoded, bytes);
      bytes += encoded.length;
      count += 1;
    }
    return { bytes, count };
  }
}
