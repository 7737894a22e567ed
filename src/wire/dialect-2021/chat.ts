import { limits } from "../limits.ts";
import { type Body, type Header, SentBody } from "./body.ts";
import type { ChatEvent } from "./chat-event.ts";
import { findHeader, readHeader } from "./file-header.ts";
import { decodeMessage, Held, isUtf8Start } from "./held.ts";
import { fileWord } from "./words.ts";

const LF = 0x0a;
/** A message as long as this may be the first segment of a longer one. */
const segmentBytesMin = limits.dialectMessageBytesMax;
/** A sender that waits for an acknowledgement of its first segments before it sends the last one waits 40 ms. */
const cutMsMax = 60;
/** An unfinished line of a client that ends its lines. */
const lineMsMax = 200;
/** No text is kept waiting beyond this: the rest of it becomes another one. */
const textBytesMax = 64 * 1024;

/** Reads what a 2021 program sends: each read a message, but for a file's bytes. */
export class ChatReader {
  readonly #held = new Held();
  /** The file that is being read. */
  #body: Body | undefined;
  #settleAt: number | undefined;

  /**
   * @param emit     Takes the events, in order.
   * @param byLines  Messages end with LF as well, and there are no files: somebody uses `nc`.
   * @param bodyOf   What follows the header of a file.
   */
  constructor(
    private readonly emit: (event: ChatEvent) => void,
    private readonly byLines = false,
    private readonly bodyOf: (header: Header) => Body = (header) => new SentBody(emit, header),
  ) {}

  /** When `settle` is to be called, if nothing comes before. */
  get settleAt(): number | undefined {
    return this.#body === undefined ? this.#settleAt : this.#body.settleAt;
  }

  /**
   * Takes a read.
   *
   * @param at  When it came: milliseconds of a clock that never goes back.
   */
  push(bytes: Uint8Array, at: number): void {
    if (this.settleAt !== undefined && at >= this.settleAt) this.settle(at);
    this.#take(this.#body === undefined ? bytes : this.#ended(this.#body.push(bytes, at)), at);
  }

  /** Nothing has come for as long as was asked for. */
  settle(at: number): void {
    if (this.#body === undefined) this.#judge(at, true);
    else this.#take(this.#ended(this.#body.settle()), at);
  }

  /** What is in the same read as a file's last byte is the next message. */
  #ended(behind: Uint8Array | undefined): Uint8Array | undefined {
    if (behind !== undefined) this.#body = undefined;
    return behind;
  }

  #take(message: Uint8Array | undefined, at: number): void {
    if (message === undefined || message.length === 0) return;
    this.#held.push(message, at);
    this.#judge(at, false);
  }

  #judge(at: number, isQuiet: boolean): void {
    this.#settleAt = undefined;
    let isSettled = isQuiet;
    while (this.#held.length > 0) {
      const ms = this.#next(isSettled, at);
      if (ms !== undefined) {
        this.#settleAt = at + ms;
        return;
      }
      isSettled = false;
    }
  }

  /** @returns  How long to wait for more; undefined once something was understood. */
  #next(isQuiet: boolean, at: number): number | undefined {
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
        this.#body = this.bodyOf({ name, size });
        const behind = this.#ended(this.#body.push(held.bytes, at));
        held.take(held.length - (behind?.length ?? 0));
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
}

/** Whether the rest of a message may still be on its way: of a character, of "FILE", of many segments. */
function mayBeCut(bytes: Uint8Array): boolean {
  if (bytes.length >= segmentBytesMin) return true;
  if (isUtf8Start(bytes) && decodeMessage(bytes) === undefined) return true;
  return bytes.length < fileWord.length && fileWord.startsWith(String.fromCharCode(...bytes));
}
