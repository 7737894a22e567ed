import { limits } from "./limits.ts";
import { utf8Length } from "./utf8.ts";

const fallback = "file";
// What Windows, macOS or Linux would not take in a name, beside the separators.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}:*?"<>|]/gu;
// The joiners and the selectors of variants are invisible, but emoji and Indic scripts fall apart without them.
const kept = /\u200c|\u200d|\ufe0e|\ufe0f/g;
// CON, NUL and so on are devices on Windows, whatever stands behind the dot; also with superscript digits.
const device =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)/i;
/** A longer one is no extension, but a name with a dot in it. */
const extensionBytesMax = 20;

/**
 * Makes a name under which a file may be shown and stored anywhere.
 *
 * The last element of a path, in NFC, without control, invisible and reserved characters, without dots and blanks
 * at its end, "_" in front of a device's name, and at most 255 bytes of UTF-8, where the extension is kept.
 *
 * @param raw       Whatever a peer calls its file.
 * @param bytesMax  Fewer bytes than usual, where something has to stand before the name.
 * @returns         Never empty, never "." or "..": "file" when nothing of the name is left.
 * @see docs/PROTOCOL.md §19.3
 */
export function safeFileName(raw: string, bytesMax: number = limits.fileNameBytesMax): string {
  const elements = raw.toWellFormed().split(/[/\\]/);
  return safeElement(elements.findLast((element) => element.trim() !== "") ?? "", bytesMax) || fallback;
}

/**
 * Makes a path inside a folder safe: each of its elements by the rule for names; empty ones, "." and ".." go.
 *
 * @returns  Elements with "/" between them, never empty.
 */
export function safePath(raw: string): string {
  const elements = raw.toWellFormed().split(/[/\\]/);
  return (
    elements
      .map((element) => safeElement(element))
      .filter(Boolean)
      .join("/") || fallback
  );
}

/** @returns  Empty when nothing is left. */
function safeElement(raw: string, bytesMax: number = limits.fileNameBytesMax): string {
  const visible = raw.normalize("NFC").replace(unsafe, (char) => (char.search(kept) < 0 ? "" : char));
  const trimmed = trimEnd(visible.trimStart());
  if (trimmed.replaceAll(kept, "") === "") return "";
  return cut(device.test(trimmed) ? `_${trimmed}` : trimmed, bytesMax);
}

/** Windows drops dots and blanks at the end of a name, so that two names would become one. */
function trimEnd(name: string): string {
  return name.replace(/[\s.]+$/u, "");
}

/** Shortens a name between two characters, and leaves its extension. */
function cut(name: string, bytesMax: number): string {
  if (utf8Length(name) <= bytesMax) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && utf8Length(name.slice(dot)) <= extensionBytesMax ? name.slice(dot) : "";
  const stem = name.slice(0, name.length - extension.length);
  let bytes = utf8Length(extension);
  let short = "";
  for (const char of graphemes(stem)) {
    bytes += utf8Length(char);
    if (bytes > bytesMax) break;
    short += char;
  }
  return trimEnd(short) + extension || fallback;
}

/** An accent must not be cut from its letter: what is left would be another name. */
function graphemes(text: string): string[] {
  return [...new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text)].map(
    ({ segment }) => segment,
  );
}
