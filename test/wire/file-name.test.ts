import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { safeFileName, safePath } from "../../src/wire/file-name.ts";
import { limits } from "../../src/wire/limits.ts";
import { utf8Length } from "../../src/wire/utf8.ts";

const bidi = "\u202e";

describe("R-FILENAME-1: A file's name", () => {
  const cases: [what: string, raw: string, safe: string][] = [
    ["stays as it is", "photo 1.final.png", "photo 1.final.png"],
    ["of any language stays as it is", "Rapat 会議 اجتماع é.pdf", "Rapat 会議 اجتماع é.pdf"],
    ["keeps its emoji whole", "👩‍👩‍👧 ❤️.txt", "👩‍👩‍👧 ❤️.txt"],
    ["is put into NFC", "e\u0301.txt", "é.txt"],
    ["is the last element of a path", "../../x", "x"],
    ["is the last element of a path of Windows", "..\\..\\x", "x"],
    ["is the last element of an absolute path", "/etc/passwd", "passwd"],
    ["loses a drive", "C:\\temp\\a.txt", "a.txt"],
    ["loses the colon of a drive or of a stream", "C:a.txt:hidden", "Ca.txthidden"],
    ["of nothing but dots becomes one", "..", "file"],
    ["of one dot becomes one", ".", "file"],
    ["of nothing becomes one", "", "file"],
    ["of blanks becomes one", " \u3000 ", "file"],
    ["of separators becomes one", "///", "file"],
    ["of invisible characters becomes one", "\u200b\u2060\u200d", "file"],
    ["of a folder in a path is what stands before the separator", "photos/", "photos"],
    ["of a device gets a mark", "CON", "_CON"],
    ["of a device with an extension gets a mark", "nul.txt", "_nul.txt"],
    ["of a device with blanks before its dot gets a mark", "aux .txt", "_aux .txt"],
    ["of a port gets a mark", "com¹.log", "_com¹.log"],
    ["that only begins like a device stays", "console.log", "console.log"],
    ["loses dots and blanks at its end", "a.txt. . ", "a.txt"],
    ["loses blanks in front", "  a.txt", "a.txt"],
    ["keeps a dot in front", ".profile", ".profile"],
    ["loses characters that turn it round", `a${bidi}gnp.exe`, "agnp.exe"],
    ["loses NUL and other controls", "a\0b\x1b[31m.txt", "ab[31m.txt"],
    ["loses line ends", 'a"\r\nSet-Cookie: x.txt', "aSet-Cookie x.txt"],
    ["loses what would be markup", "<img src=x onerror=alert(1)>.png", "img src=x onerror=alert(1).png"],
    ["loses what stands for other names", "a*b?.txt", "ab.txt"],
    ["has U+FFFD for a lone surrogate", "a\ud800.txt", "a\ufffd.txt"],
  ];
  for (const [what, raw, safe] of cases) {
    test(`${what}: ${JSON.stringify(raw)}`, () => {
      expect(safeFileName(raw)).toBe(safe);
    });
  }

  test("of 255 bytes stays, and a longer one keeps its extension", () => {
    const fits = `${"x".repeat(251)}.png`;
    expect(safeFileName(fits)).toBe(fits);
    expect(safeFileName(`${"x".repeat(300)}.png`)).toBe(fits);
  });

  test("is cut between characters, whatever their length", () => {
    const long = safeFileName(`${"会".repeat(100)}.png`);
    expect(long).toBe(`${"会".repeat(83)}.png`);
    expect(utf8Length(safeFileName(`${"👩‍👩‍👧".repeat(20)}.png`)) % 18).toBe(4);
    expect(safeFileName(`${"a".repeat(253)}e\u0323\u0323`)).toBe("a".repeat(253));
  });

  test("with a long end behind its dot is cut there", () => {
    expect(safeFileName(`a.${"x".repeat(300)}`)).toBe(`a.${"x".repeat(253)}`);
  });

  test("is safe whatever came, and making it safe again changes nothing", () => {
    const nasty = fc.array(
      fc.oneof(
        fc.constantFrom(..."./\\: \0\n", bidi, "CON", "nul", "é", "e\u0301", "👩‍👩‍👧", "\u200d", "\ud800"),
        fc.string({ unit: "binary" }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(nasty, (parts) => {
        const name = safeFileName(parts.join(""));
        expect(name).not.toMatch(/[/\\\p{Cc}:*?"<>|\u202a-\u202e\u2066-\u2069]/u);
        expect(["", ".", ".."]).not.toContain(name);
        expect(name).toBe(name.replace(/[. ]+$/, ""));
        expect(utf8Length(name)).toBeLessThanOrEqual(limits.fileNameBytesMax);
        expect(name.isWellFormed()).toBe(true);
        expect(name.normalize("NFC")).toBe(name);
        expect(safeFileName(name)).toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("R-FILENAME-2: A path in a folder", () => {
  test("keeps its elements, each of them safe", () => {
    expect(safePath("photos/2024/a.png")).toBe("photos/2024/a.png");
    expect(safePath("photos\\CON\\a:b.png")).toBe("photos/_CON/ab.png");
  });

  test("never leaves the folder", () => {
    expect(safePath("../../etc/passwd")).toBe("etc/passwd");
    expect(safePath("/a/./b//../c")).toBe("a/b/c");
    expect(safePath("../..")).toBe("file");
    expect(safePath(". ./.. /x")).toBe("x");
  });
});
