import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  cutText,
  filePieces,
  noticePieces,
  sentPieces,
  textPieces,
} from "../../../src/wire/dialect-2021/pieces.ts";
import { limits } from "../../../src/wire/limits.ts";
import { anyText } from "../arbitraries.ts";

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).map((s) => s.toWellFormed());
const long = fc.array(anyText, { maxLength: 60 }).map((parts) => parts.join("").toWellFormed());

/** Each piece decoded alone, as the original client does it. */
function decoded(pieces: readonly Uint8Array[]): string[] {
  return pieces.map((piece) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(piece));
}

describe("For a 2021 client", () => {
  test("R-2021-17: the pieces of a text fit into a read, are text by themselves, and are the text together", () => {
    fc.assert(
      fc.property(name, long, (name, text) => {
        const pieces = textPieces(name, text);
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(limits.dialectMessageBytesMax);
        const label = `[${name}] `;
        for (const piece of decoded(pieces)) expect(piece.startsWith(label)).toBe(true);
        expect(
          decoded(pieces)
            .map((piece) => piece.slice(label.length))
            .join(""),
        ).toBe(text);
      }),
    );
  });

  test("R-2021-16: a text is as the original server sends it", () => {
    expect(decoded(textPieces("bob", "  two spaces  "))).toEqual(["[bob]   two spaces  "]);
    expect(decoded(textPieces("bob", "FILE"))).toEqual(["[bob] FILE"]);
  });

  test("R-2021-18: a sentence of the server begins like no text", () => {
    for (const piece of decoded(noticePieces("x".repeat(3000)))) expect(piece).toStartWith("* ");
  });

  test("a file begins with FILE, its name, its size and its sender", () => {
    expect(decoded(filePieces("Tugas 漢.txt", 0, "älice"))).toEqual([
      "FILE",
      "client_Tugas 漢.txt",
      "0",
      "älice",
    ]);
  });
});

describe("For a 2021 server", () => {
  test("R-2021-33: the pieces fit into a read of the others, with the label that they get", () => {
    fc.assert(
      fc.property(name, long, (name, text) => {
        const pieces = sentPieces(name, text);
        const labelBytes = Buffer.byteLength(`[${name}] `);
        for (const piece of pieces) expect(piece.length + labelBytes).toBeLessThanOrEqual(1024);
        expect(decoded(pieces).join("")).toBe(text);
      }),
    );
  });

  test("R-2021-33: FILE is a text", () => {
    expect(decoded(sentPieces("bob", "FILE"))).toEqual(["FILE "]);
    const cutAtFile = `${"x".repeat(limits.dialectMessageBytesMax - 6)}FILE`;
    expect(decoded(sentPieces("bob", cutAtFile)).at(-1)).toBe("FILE ");
  });

  test("a file has no sender", () => {
    expect(decoded(filePieces("a.txt", 5))).toEqual(["FILE", "client_a.txt", "5"]);
  });
});

test("A cut never falls within a character", () => {
  expect(cutText("a😀b😀", 4)).toEqual(["a", "😀", "b", "😀"]);
  expect(cutText("ääää", 5)).toEqual(["ää", "ää"]);
  expect(cutText("", 4)).toEqual([""]);
});
