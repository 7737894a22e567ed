import { Fault } from "./errors.ts";
import { limits } from "./limits.ts";

const LF = 0x0a;
const firstRestBytes = 1024;
const nothing = new Uint8Array(0);
// ignoreBOM: a BOM is not white space in JSON; it must reach the parser and be refused there.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Cuts a stream of bytes into lines of UTF-8, however the stream was cut on its way.
 *
 * Keeps at most one unfinished line, so it never holds more than `lineBytesMax` bytes.
 */
export class LineSplitter {
  #rest = nothing;
  #restBytes = 0;
  readonly #lineBytesMax: number;

  /** @param lineBytesMax  Most bytes of a line, its LF included. */
  constructor(lineBytesMax: number = limits.lineBytesMax) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** Bytes of the unfinished line that are being kept. */
  get restBytes(): number {
    return this.#restBytes;
  }

  /**
   * Takes the next bytes of the stream and hands over each line that they finish.
   *
   * Lines before a broken one are handed over first.
   *
   * @param chunk   Bytes as they came; not kept after the call.
   * @param onLine  Called for each line, without its LF, in order.
   * @throws {Fault} "line-too-long" or "not-utf8"; the stream cannot be read any further then.
   */
  push(chunk: Uint8Array, onLine: (line: string) => void): void {
    let start = 0;
    if (this.#restBytes > 0) {
      const end = chunk.indexOf(LF);
      if (end < 0) {
        this.#keep(chunk);
        return;
      }
      this.#keep(chunk.subarray(0, end));
      const line = this.#decode(this.#rest.subarray(0, this.#restBytes));
      this.#restBytes = 0;
      onLine(line);
      start = end + 1;
    }
    const last = chunk.lastIndexOf(LF);
    if (last >= start) this.#whole(chunk.subarray(start, last), onLine);
    this.#keep(chunk.subarray(Math.max(start, last + 1)));
  }

  /** Hands over the lines of a run of bytes that ends just before an LF. */
  #whole(bytes: Uint8Array, onLine: (line: string) => void): void {
    // An LF is never part of a longer UTF-8 sequence, so that decoding many lines at once gives the
    // same lines as decoding each, at a fraction of the cost. Only a run that is small enough to hold no
    // overlong line, and whole, goes this way.
    if (bytes.length < this.#lineBytesMax) {
      let text: string | undefined;
      try {
        text = decoder.decode(bytes);
      } catch {
        // One of the lines is not UTF-8: the ones before it still count.
      }
      if (text !== undefined) {
        let from = 0;
        for (let to = text.indexOf("\n"); to >= 0; to = text.indexOf("\n", from)) {
          onLine(text.slice(from, to));
          from = to + 1;
        }
        onLine(from === 0 ? text : text.slice(from));
        return;
      }
    }
    let from = 0;
    while (from <= bytes.length) {
      let to = bytes.indexOf(LF, from);
      if (to < 0) to = bytes.length;
      this.#checkLength(to - from);
      onLine(this.#decode(bytes.subarray(from, to)));
      from = to + 1;
    }
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const needed = this.#restBytes + bytes.length;
    this.#checkLength(needed);
    if (needed > this.#rest.length) {
      // Doubling: a peer that sends a byte at a time must not cost a copy of the line for each.
      const grown = new Uint8Array(
        Math.min(this.#lineBytesMax, Math.max(needed, this.#rest.length * 2, firstRestBytes)),
      );
      grown.set(this.#rest.subarray(0, this.#restBytes));
      this.#rest = grown;
    }
    this.#rest.set(bytes, this.#restBytes);
    this.#restBytes = needed;
  }

  #checkLength(bytesBeforeLf: number): void {
    if (bytesBeforeLf + 1 > this.#lineBytesMax) {
      throw new Fault(
        "line-too-long",
        `Send lines of at most ${this.#lineBytesMax} bytes: this one is longer`,
      );
    }
  }

  #decode(bytes: Uint8Array): string {
    try {
      return decoder.decode(bytes);
    } catch {
      throw new Fault("not-utf8", "Send lines of valid UTF-8: this one is not");
    }
  }
}
