import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Refusal } from "../../src/wire/errors.ts";
import { limits } from "../../src/wire/limits.ts";
import { checkText } from "../../src/wire/text.ts";
import { charCount, utf8Length } from "../../src/wire/utf8.ts";
import { anyText } from "./arbitraries.ts";

const encoded = (text: string) => new TextEncoder().encode(text);

/** The code of the refusal that a text meets. */
function refusal(text: string): string {
  try {
    checkText(text);
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return "none";
}

test("utf8Length counts as TextEncoder does, lone surrogates included", () => {
  fc.assert(fc.property(anyText, (text) => expect(utf8Length(text)).toBe(encoded(text).length)));
  for (const text of ["", "a", "é", "€", "😀", "\ud83d", "\ude00", "\ud83d\ud83d\ude00", "\ude00\ud83d"]) {
    expect(utf8Length(text)).toBe(encoded(text).length);
  }
});

test("charCount counts code points", () => {
  expect(charCount("")).toBe(0);
  expect(charCount("aé😀")).toBe(3);
});

describe("The text of a message", () => {
  test("stays as it is when there is nothing to clean", () => {
    for (const text of ["Hello", "  two\n\tlines ", "日本語 😀", "مرحبا", "a\u200d\u202eb"])
      expect(checkText(text)).toBe(text);
  });

  test("has LF for every line end", () => {
    expect(checkText("a\r\nb\rc\u2028d\u2029e\nf")).toBe("a\nb\nc\nd\ne\nf");
  });

  test("loses the control characters that would steer a terminal", () => {
    expect(checkText("a\u0000b\u001b[31mc\u0007\u007f\u0085\u009bd")).toBe("ab[31mcd");
  });

  test("has U+FFFD for a lone surrogate", () => {
    expect(checkText("a\ud83db")).toBe("a\ufffdb");
  });

  test("is clean whatever came, and cleaning it again changes nothing", () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        fc.pre(refusal(raw) === "none");
        const text = checkText(raw);
        expect(text.isWellFormed()).toBe(true);
        expect(text.match(/[^\P{Cc}\t\n]/u)).toBeNull();
        expect(checkText(text)).toBe(text);
      }),
    );
  });

  test("may not be empty, nor become empty by being cleaned", () => {
    for (const text of ["", " ", "\n\t ", "\u0000\u0007", "\u2028", "\u00a0\u3000"]) {
      expect(refusal(text)).toBe("text-empty");
    }
  });

  test("may be as long as the limit, and a byte longer it may not", () => {
    const { textBytesMax } = limits;
    for (const char of ["a", "é", "€", "😀"]) {
      const bytes = encoded(char).length;
      const text = char.repeat(Math.floor(textBytesMax / bytes)) + "a".repeat(textBytesMax % bytes);
      expect(checkText(text)).toBe(text);
      expect(refusal(`${text}a`)).toBe("text-too-long");
    }
  });

  test("is measured after it was cleaned", () => {
    const text = "a".repeat(limits.textBytesMax);
    expect(checkText(`${text}\u0000`)).toBe(text);
    expect(checkText(`${text.slice(1)}\r\n`)).toBe(`${text.slice(1)}\n`);
  });
});
