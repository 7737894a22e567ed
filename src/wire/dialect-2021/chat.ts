import { limits } from "../limits.ts";
import { findHeader, readHeader } from "./file-header.ts";
import { decodeMessage, Held, isUtf8Start } from "./held.ts";
import { fileWord } from "./words.ts";

/** What a 2021 client sends once it has logged in. */
export type ChatEvent =
  /** As it was typed, line ends at its end dropped; of any length. */
  | { is: "text"; text: string }
  /** A message that is no UTF-8. */
  | { is: "garbled" }
  /** `size` bytes follow, and then `end`. */
  | { is: "file"; name: string; size: number }
  /** Part of the file's bytes; valid only during the call. */
  | { is: "bytes"; bytes: Uint8Array }
  | { is: "end" };

const LF = 0x0a;
/** A message as long as this may be the first segment of a longer one. */
const segmentBytesMin = limits.dialectMessageBytesMax;
/** A sender that waits for an acknowledgement of its first segments before it sends the last one waits 40 ms. */
const cutMsMax = 60;
/** An unfinished line of a client that ends its lines. */
const lineMsMax = 200;
/** No text is kept waiting beyond this: the rest of it becomes another one. */
const textBytesMax = 64 * 1024;

/** Reads what a 2021 client sends: each read a message, but for a file's bytes. */
export class ChatReader {
  readonly #held = new Held();
  /** Bytes of a file that are still to come. */
  #left = 0;
  #settleAt: number | undefined;

  /**
   * @param emit     Takes the events, in order.
   * @param byLines  Messages end with LF as well, and there are no files: somebody uses `nc`.
   */
  constructor(
    private readonly emit: (event: ChatEvent) => void,
    private readonly byLines: boolean,
  ) {}

  /** When `settle` is to be called, if nothing comes before. */
  get settleAt(): number | undefined {
    return this.#settleAt;
  }

  /**
   * Takes a read.
   *
   * @param at  When it came: milliseconds of a clock that never goes back.
   */
  push(bytes: Uint8Array, at: number): void {
    if (this.#settleAt !== undefined && at >= this.#settleAt) this.settle(at);
    // A read behind a file's last byte is the next message.
    const message = this.#left > 0 ? this.#file(bytes) : bytes;
    if (message.length === 0) return;
    this.#held.push(message, at);
    this.#judge(at, false);
  }

  /** Nothing has come for as long as was asked for. */
  settle(at: number): void {
    this.#judge(at, true);
  }

  #judge(at: number, isQuiet: boolean): void {
    this.#settleAt = undefined;
    let isSettled = isQuiet;
    while (this.#held.length > 0) {
      const ms = this.#next(isSettled);
      if (ms !== undefined) {
        this.#settleAt = at + ms;
        return;
      }
      isSettled = false;
    }
  }

  /** @returns  How long to wait for more; undefined once something was understood. */
  #next(isQuiet: boolean): number | undefined {
    const held = this.#held;
    const start = this.byLines ? -1 : findHeader(held.bytes);
    if (start < 0) return this.#text(isQuiet);
    const outcome = readHeader(held, start, isQuiet);
    switch (outcome.is) {
      case "undecided":
        return outcome.ms;
      case "text":
        this.#emitText(held.take(held.pauseAfter(start) ?? held.length));
        return undefined;
      case "broken":
        this.#emitText(held.take(start));
        held.take(outcome.length);
        return undefined;
      case "header": {
        const { name, size, length } = outcome;
        this.#emitText(held.take(start));
        held.take(length);
        this.emit({ is: "file", name, size });
        this.#left = size;
        if (size === 0) this.emit({ is: "end" });
        else held.take(held.length - this.#file(held.bytes).length);
        return undefined;
      }
    }
  }

  #text(isQuiet: boolean): number | undefined {
    const held = this.#held;
    const lineEnd = this.byLines ? held.bytes.indexOf(LF) : -1;
    if (lineEnd >= 0) {
      this.#emitText(held.take(lineEnd + 1));
      return undefined;
    }
    if (!isQuiet && held.length < textBytesMax) {
      if (this.byLines) return lineMsMax;
      if (mayBeCut(held.bytes)) return cutMsMax;
    }
    this.#emitText(held.take(held.pauseAfter(0) ?? held.length));
    return undefined;
  }

  #emitText(bytes: Uint8Array): void {
    const text = decodeMessage(bytes);
    if (text === undefined) this.emit({ is: "garbled" });
    else if (text !== "") this.emit({ is: "text", text });
  }

  /** Takes bytes of a file; returns those behind its last one. */
  #file(bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, this.#left);
    if (part.length > 0) {
      this.#left -= part.length;
      this.emit({ is: "bytes", bytes: part });
      if (this.#left === 0) this.emit({ is: "end" });
    }
    return bytes.subarray(part.length);
  }
}

/** Whether the rest of a message may still be on its way: of a character, of "FILE", of many segments. */
function mayBeCut(bytes: Uint8Array): boolean {
  if (bytes.length >= segmentBytesMin) return true;
  if (isUtf8Start(bytes) && decodeMessage(bytes) === undefined) return true;
  return bytes.length < fileWord.length && fileWord.startsWith(String.fromCharCode(...bytes));
}
