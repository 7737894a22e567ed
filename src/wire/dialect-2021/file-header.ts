import type { Held } from "./held.ts";
import { filePrefix, fileWord } from "./words.ts";

/** What the bytes from a "FILE" on are. */
export type HeaderOutcome =
  /** More may come within `ms` that decides it. */
  | { is: "undecided"; ms: number }
  /** A file of `size` bytes, which begin `length` bytes behind the start of the header. */
  | { is: "header"; name: string; size: number; length: number }
  /** The sender chose no file and sent all the same: nothing to show, `length` bytes of it. */
  | { is: "broken"; length: number }
  /** The word as a text. */
  | { is: "text" };

/** The pauses within a header are 100 ms; on a busy machine longer ones were seen. */
const pauseMsMax = 1_500;
/** What was cut on its way comes within this time. */
const cutMsMax = 50;
/** A name and a size are never longer together. */
const headerBytesMax = 1024;
/** A size as the client writes it: no zeros before it. */
const sizeForm = /^(?:0|[1-9][0-9]{0,14})/;

/**
 * Finds where a file may begin: "FILE" followed by the prefix of a name, or by nothing yet.
 *
 * @returns  An offset, or -1.
 */
export function findHeader(bytes: Uint8Array): number {
  const text = latin1(bytes);
  const whole = text.indexOf(fileWord + filePrefix);
  if (whole >= 0) return whole;
  const last = text.lastIndexOf(fileWord);
  return last >= 0 && filePrefix.startsWith(text.slice(last + fileWord.length)) ? last : -1;
}

/**
 * Reads "FILE", the name, and the size, each parted from the next by a pause; where a pause was lost, by what they
 * are made of, as far as that goes.
 *
 * @param held     What has come.
 * @param start    Where "FILE" is.
 * @param isQuiet  Whether nothing has come for as long as the last outcome asked for.
 */
export function readHeader(held: Held, start: number, isQuiet: boolean): HeaderOutcome {
  const nameFrom = start + fileWord.length;
  const text = latin1(held.bytes);
  const prefix = text.slice(nameFrom, nameFrom + filePrefix.length);
  if (!filePrefix.startsWith(prefix)) return { is: "text" };
  if (prefix !== filePrefix) return isQuiet ? { is: "text" } : { is: "undecided", ms: pauseMsMax };
  const namePause = held.pauseAfter(nameFrom + filePrefix.length - 1);
  if (namePause === undefined) {
    if (!isQuiet && text.length - start <= headerBytesMax) return { is: "undecided", ms: pauseMsMax };
    const message = text.slice(nameFrom);
    if (message === filePrefix) return noName;
    return (
      gluedHeader(held, start, message, withEnding) ??
      gluedHeader(held, start, message, withoutEnding) ?? { is: "text" }
    );
  }
  const name = text.slice(nameFrom, namePause);
  if (name === filePrefix) return noName;
  const sizePause = held.pauseAfter(namePause);
  const message = text.slice(namePause, sizePause);
  const digits = /^[0-9]*/.exec(message)?.[0] ?? "";
  if (digits === message && sizeForm.exec(digits)?.[0] === digits) {
    if (sizePause === undefined && !isQuiet) return { is: "undecided", ms: cutMsMax };
    return header(held, start, namePause, digits);
  }
  // The size came with the name, or with the first bytes of the file.
  const size = sizeIn(digits, message.length - digits.length);
  return (
    gluedHeader(held, start, name, withEnding) ??
    (size === undefined ? undefined : header(held, start, namePause, size)) ??
    gluedHeader(held, start, name, withoutEnding) ?? { is: "text" }
  );
}

const noName: HeaderOutcome = { is: "broken", length: fileWord.length + filePrefix.length };
/** A name, a size, and whatever follows. Behind "a.mp4" nobody can say where the size begins. */
const withEnding = /^(client_.+?\.[A-Za-z]+)([0-9]+)/;
/** A name and a size alone. */
const withoutEnding = /^(client_.*[^0-9])([0-9]+)$/;

/** Reads a name, a size and perhaps the first bytes that came as one message. */
function gluedHeader(held: Held, start: number, message: string, form: RegExp): HeaderOutcome | undefined {
  const [, name = "", digits = ""] = form.exec(message) ?? [];
  const size = sizeIn(digits, message.length - name.length - digits.length);
  return size === undefined || name === filePrefix
    ? undefined
    : header(held, start, start + fileWord.length + name.length, size);
}

/**
 * The size at the start of some digits, of which the last may be the file's own.
 *
 * @param behind  How many bytes came behind the digits.
 */
function sizeIn(digits: string, behind: number): string | undefined {
  for (let length = 1; length < digits.length && behind > 0; length++) {
    if (Number(digits.slice(0, length)) === digits.length - length + behind) return digits.slice(0, length);
  }
  return sizeForm.exec(digits)?.[0];
}

function header(held: Held, start: number, nameTo: number, size: string): HeaderOutcome {
  const nameBytes = held.bytes.subarray(start + fileWord.length + filePrefix.length, nameTo);
  return {
    is: "header",
    name: new TextDecoder().decode(nameBytes),
    size: Number(size),
    length: nameTo + size.length - start,
  };
}

/** A text of one character for each byte, so that offsets are the same. */
function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
