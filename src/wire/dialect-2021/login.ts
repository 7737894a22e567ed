import { decodeMessage, Held, isUtf8Start } from "./held.ts";
import { roomOf, userOf } from "./words.ts";

/** What came of the bytes so far. */
export type LoginOutcome =
  /** `rest` came behind the login; `byLines`: messages end with LF, as those of `nc` do. */
  | { is: "login"; user: string; room: string; rest: Uint8Array; byLines: boolean }
  /** No login of a 2021 client: another protocol, or no text at all. */
  | { is: "noise" };

const LF = 0x0a;
const CR = 0x0d;
/** Two names are never longer together, whatever their letters. */
const loginBytesMax = 1024;
/** After the room something of it may still come, when it was cut on its way. */
const settleMs = 30;
/** After reads in quick succession the pause that tells user and room apart may still come. */
const unsettledMs = 150;

// A request line of HTTP and its relatives, or the banner of SSH.
const otherProtocols = /^\s*(?:\{|[A-Z]{2,16} \S* ?[A-Z]{2,8}\/\d|(?:GET|HEAD|POST|PUT) [/*]|SSH-\d)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/**
 * Reads the login of a 2021 client: its user, a pause of 100 ms, and its room, with nothing that ends them.
 *
 * A line end parts them too, so that a person can log in with `nc`. Otherwise the longest pause does: a busy machine
 * was seen to shorten it to 13 ms. Where both arrive in one read nobody can tell them apart: all of it is the user,
 * and what is typed next becomes the room, as with the original server.
 */
export class LoginReader {
  readonly #held = new Held();
  #settleAt: number | undefined;

  /** When `settle` is to be called, if nothing comes before. */
  get settleAt(): number | undefined {
    return this.#settleAt;
  }

  /**
   * Takes a read.
   *
   * @param at  When it came: milliseconds of a clock that never goes back.
   * @returns   undefined while it cannot be said what it is.
   */
  push(bytes: Uint8Array, at: number): LoginOutcome | undefined {
    this.#held.push(bytes, at);
    return this.#judge(at, false);
  }

  /** Nothing has come for as long as was asked for. */
  settle(at: number): LoginOutcome | undefined {
    return this.#judge(at, true);
  }

  #judge(at: number, isQuiet: boolean): LoginOutcome | undefined {
    this.#settleAt = undefined;
    const { bytes } = this.#held;
    const user = this.#messageFrom(0) ?? (isQuiet ? this.#longest() : undefined);
    const room = user && this.#messageFrom(user.next);
    if (isNoise(bytes.subarray(0, room?.next))) return { is: "noise" };
    if (user === undefined) {
      if (this.#held.reads > 1) this.#settleAt = at + unsettledMs;
      return undefined;
    }
    if (room === undefined && !isQuiet) {
      if (bytes.length > user.next) this.#settleAt = at + settleMs;
      return undefined;
    }
    const roomText = decodeMessage(bytes.subarray(room?.start ?? user.next, room?.end));
    const userText = decodeMessage(bytes.subarray(user.start, user.end));
    if (userText === undefined) return { is: "noise" };
    // Nothing but a line end, or a character cut in two: the rest of it is to come.
    if (roomText === undefined || roomText === "") return undefined;
    return {
      is: "login",
      user: userOf(userText),
      room: roomOf(roomText),
      rest: bytes.subarray(room?.next ?? bytes.length),
      byLines: bytes[user.next - 1] === LF,
    };
  }

  /** The message that begins at an offset, if a line end or a pause ends it; empty ones are passed over. */
  #messageFrom(offset: number): Message | undefined {
    const { bytes } = this.#held;
    const lineEnd = bytes.indexOf(LF, offset);
    const pause = this.#held.pauseAfter(offset);
    if (lineEnd >= 0 && (pause === undefined || lineEnd < pause)) {
      const end = bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
      return end > offset ? { start: offset, end, next: lineEnd + 1 } : this.#messageFrom(lineEnd + 1);
    }
    return pause === undefined ? undefined : { start: offset, end: pause, next: pause };
  }

  #longest(): Message | undefined {
    const end = this.#held.longestPause;
    return end === undefined ? undefined : { start: 0, end, next: end };
  }
}

/** A message from `start` to `end`; the next one begins at `next`, behind the line end if there is one. */
type Message = { start: number; end: number; next: number };

function isNoise(bytes: Uint8Array): boolean {
  if (bytes.length > loginBytesMax || !isUtf8Start(bytes)) return true;
  const text = new TextDecoder().decode(bytes);
  return controls.test(text) || otherProtocols.test(text);
}
