import { describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { Fault } from "../../src/wire/errors.ts";
import { limits } from "../../src/wire/limits.ts";
import { LineSplitter } from "../../src/wire/lines.ts";
import { anyText, cut } from "./arbitraries.ts";

const LF = 0x0a;

/** What a stream came to: its lines, and the fault at which the reading ended. */
type Outcome = { lines: string[]; fault?: string };

function split(chunks: readonly Uint8Array[], lineBytesMax?: number): Outcome {
  const splitter = new LineSplitter(lineBytesMax);
  const lines: string[] = [];
  try {
    for (const chunk of chunks) splitter.push(chunk, (line) => lines.push(line));
    return { lines };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { lines, fault: error.code };
  }
}

/** The same by hand: the whole stream at once, line by line. */
function splitByHand(bytes: Uint8Array, lineBytesMax: number): Outcome {
  const lines: string[] = [];
  for (let from = 0; ; ) {
    const lf = bytes.indexOf(LF, from);
    const end = lf < 0 ? bytes.length : lf;
    if (end - from > lineBytesMax - 1) return { lines, fault: "line-too-long" };
    if (lf < 0) return { lines };
    try {
      const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      lines.push(decoder.decode(bytes.subarray(from, end)));
    } catch {
      return { lines, fault: "not-utf8" };
    }
    from = lf + 1;
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);
/** A byte that is no part of any character of UTF-8. */
const wrong = Uint8Array.of(0xff);
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const lengths = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 30 });

describe("However a stream is cut", () => {
  test("its lines are those of the whole", () => {
    const stream = fc.array(anyText).map((texts) => bytes(texts.join("\n")));
    fc.assert(
      fc.property(stream, lengths, (whole, lengths) => {
        expect(split(cut(whole, lengths))).toEqual(splitByHand(whole, limits.lineBytesMax));
      }),
      { numRuns: 300 },
    );
  });

  test("its first broken line is the same one, and the lines before it are handed over", () => {
    const piece = fc.constantFrom(bytes("a"), bytes("\n"), bytes("é"), bytes("😀"), bytes("\ufeff"), wrong);
    const stream = fc.array(piece, { maxLength: 40 }).map((pieces) => joined(...pieces));
    fc.assert(
      fc.property(stream, lengths, fc.integer({ min: 1, max: 12 }), (whole, lengths, lineBytesMax) => {
        expect(split(cut(whole, lengths), lineBytesMax)).toEqual(splitByHand(whole, lineBytesMax));
      }),
      { numRuns: 2000 },
    );
  });

  test("a character cut at each of its bytes stays whole", () => {
    const whole = bytes("é€😀\n");
    for (let at = 0; at <= whole.length; at++) {
      expect(split(cut(whole, [at]))).toEqual({ lines: ["é€😀"] });
    }
  });
});

describe("A line", () => {
  const { lineBytesMax } = limits;

  test("exactly at the limit is taken, in one chunk and in two", () => {
    const text = "x".repeat(lineBytesMax - 1);
    const whole = bytes(`${text}\n`);
    expect(whole).toHaveLength(lineBytesMax);
    for (const at of [0, 1, lineBytesMax - 1]) expect(split(cut(whole, [at])).lines).toEqual([text]);
  });

  test("one byte over the limit is refused, before its end has come", () => {
    const whole = bytes("x".repeat(lineBytesMax));
    for (const at of [0, 1, lineBytesMax - 1]) {
      expect(split(cut(whole, [at]))).toEqual({ lines: [], fault: "line-too-long" });
    }
  });

  test("that is overlong in the middle of a chunk does not take the lines before it along", () => {
    const whole = bytes(`one\ntwo\n${"x".repeat(lineBytesMax)}\nthree\n`);
    expect(split([whole])).toEqual({ lines: ["one", "two"], fault: "line-too-long" });
  });

  test("that is not UTF-8 does not take the lines before it along", () => {
    const whole = joined(bytes("one\ntwo\n"), wrong, bytes("\nthree\n"));
    expect(split([whole])).toEqual({ lines: ["one", "two"], fault: "not-utf8" });
  });

  test("that ends within a character is not UTF-8", () => {
    expect(split([joined(bytes("€").subarray(0, 2), bytes("\n"))])).toEqual({ lines: [], fault: "not-utf8" });
  });

  test("keeps its byte order mark, which is no JSON", () => {
    expect(split([bytes('\ufeff{"a":1}\n')]).lines).toEqual(['\ufeff{"a":1}']);
  });

  test("that is empty is a line, at any place", () => {
    expect(split([bytes("\n\na\n\n")]).lines).toEqual(["", "", "a", ""]);
  });

  test("keeps its CR, which is white space to JSON", () => {
    expect(split([bytes("{}\r\n")]).lines).toEqual(["{}\r"]);
  });

  test("without its LF is not handed over, and with it is", () => {
    const splitter = new LineSplitter();
    const lines: string[] = [];
    splitter.push(bytes("half"), (line) => lines.push(line));
    expect(lines).toEqual([]);
    expect(splitter.restBytes).toBe(4);
    splitter.push(bytes("\n"), (line) => lines.push(line));
    expect(lines).toEqual(["half"]);
    expect(splitter.restBytes).toBe(0);
  });

  test("that came a byte at a time costs a few copies, not one for each byte", () => {
    const set = spyOn(Uint8Array.prototype, "set");
    try {
      const text = "x".repeat(lineBytesMax - 1);
      const chunks = Array.from(bytes(`${text}\n`), (byte) => Uint8Array.of(byte));
      set.mockClear();
      expect(split(chunks).lines).toEqual([text]);
      let copied = 0;
      for (const [source] of set.mock.calls) copied += source.length;
      expect(copied).toBeGreaterThanOrEqual(lineBytesMax - 1);
      expect(copied).toBeLessThan(3 * lineBytesMax);
    } finally {
      set.mockRestore();
    }
  });

  test("outlives the chunk that brought its beginning", () => {
    const splitter = new LineSplitter();
    const chunk = bytes("abc");
    const lines: string[] = [];
    splitter.push(chunk, (line) => lines.push(line));
    chunk.fill(0x7a);
    splitter.push(bytes("\n"), (line) => lines.push(line));
    expect(lines).toEqual(["abc"]);
  });
});
