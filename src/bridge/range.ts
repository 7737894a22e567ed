/** A stretch of a file: its first byte, and how many. */
export type Stretch = { offset: number; length: number };

/** What a request wants of a file. */
export type Wanted =
  | { is: "all" }
  | { is: "part"; part: Stretch }
  /** Nothing of what it asks for is there. */
  | { is: "unsatisfiable" };

/**
 * Reads the Range of a request.
 *
 * Several ranges at once are answered with all of the file, as is what is no range (RFC 9110 §14.2).
 *
 * @param size   Bytes of the file.
 * @param etags  What If-Range may say for the range to count, quotes included.
 */
export function readRange(headers: Headers, size: number, etags: readonly string[]): Wanted {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(headers.get("Range") ?? "");
  const condition = headers.get("If-Range");
  if (match === null || (condition !== null && !etags.includes(condition))) return { is: "all" };
  const [, first = "", last = ""] = match;
  if (first === "") return last === "" ? { is: "all" } : suffix(Number(last), size);
  const offset = Number(first);
  if (last !== "" && Number(last) < offset) return { is: "all" };
  if (offset >= size) return { is: "unsatisfiable" };
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  return { is: "part", part: { offset, length: end - offset } };
}

/** The last bytes. */
function suffix(bytes: number, size: number): Wanted {
  if (bytes === 0 || size === 0) return { is: "unsatisfiable" };
  const length = Math.min(bytes, size);
  return { is: "part", part: { offset: size - length, length } };
}
