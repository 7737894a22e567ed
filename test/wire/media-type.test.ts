import { describe, expect, test } from "bun:test";
import { isInline, mediaTypeOf } from "../../src/wire/media-type.ts";

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const utf8 = (text: string) => new TextEncoder().encode(text);

describe("R-FILE-5: The media type is told from the bytes:", () => {
  const binaries: [type: string, head: string][] = [
    ["image/png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
    ["image/jpeg", "\xff\xd8\xff\xe0\0\x10JFIF"],
    ["image/gif", "GIF89a\x01\0"],
    ["image/webp", "RIFF\x10\0\0\0WEBPVP8L"],
    ["image/avif", "\0\0\0\x20ftypavif"],
    ["image/bmp", "BM\x46\0\0\0\0\0\0\0\x36\0\0\0"],
    ["video/mp4", "\0\0\0\x18ftypisom"],
    ["audio/mp4", "\0\0\0\x18ftypM4A "],
    ["video/webm", "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm"],
    ["audio/ogg", "OggS\0\x02\0\0\0\0\0\0\0\0OpusHead"],
    ["audio/wav", "RIFF\x24\0\0\0WAVEfmt "],
    ["audio/mpeg", "ID3\x04\0"],
    ["audio/mpeg", "\xff\xfb\x90\x64\0\0"],
    ["audio/flac", "fLaC\0\0\0\x22"],
    ["application/pdf", "%PDF-1.7\n"],
    ["application/zip", "PK\x03\x04\x14\0"],
    ["application/x-tar", `${"a".padEnd(257, "\0")}ustar\x0000`],
    ["application/octet-stream", "\x7fELF\x02\x01\x01\0"],
    ["application/octet-stream", "MZ\x90\0\x03"],
  ];
  for (const [type, head] of binaries) {
    test(`${type} of ${JSON.stringify(head.slice(0, 12))}`, () => {
      expect(mediaTypeOf(bytes(head), true)).toBe(type);
    });
  }

  test("UTF-8 without controls is text, also when a character is cut at the end of what was looked at", () => {
    expect(mediaTypeOf(utf8("Selamat pagi ☕\n\tdua"), true)).toBe("text/plain");
    expect(mediaTypeOf(utf8("☕").subarray(0, 2), false)).toBe("text/plain");
    expect(mediaTypeOf(utf8("☕").subarray(0, 2), true)).toBe("application/octet-stream");
    expect(mediaTypeOf(bytes("a\0b"), true)).toBe("application/octet-stream");
  });

  test("an empty file is text", () => {
    expect(mediaTypeOf(new Uint8Array(0), true)).toBe("text/plain");
  });

  test("what a browser could run is never text", () => {
    const pages = [
      "<!DOCTYPE html><p>",
      "\ufeff  <html>",
      "hello <script>alert(1)</script>",
      "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
      "<?xml version='1.0'?><s:svg xmlns:s='http://www.w3.org/2000/svg'/>",
      "<?xml version='1.0'?><a/>",
      "<IMG SRC=x onerror=alert(1)>",
      "<!-- --><body>",
    ];
    for (const page of pages) expect(isInline(mediaTypeOf(utf8(page), true))).toBe(false);
  });

  test("text about less and more is text", () => {
    expect(mediaTypeOf(utf8("a < b and c > d, x<y"), true)).toBe("text/plain");
  });
});

test("R-FILE-9: Raster images, sound, film and plain text may be shown, and nothing else", () => {
  for (const type of ["image/png", "image/jpeg", "image/webp", "audio/ogg", "video/mp4", "text/plain"])
    expect(isInline(type)).toBe(true);
  for (const type of [
    "image/svg+xml",
    "image/tiff",
    "text/html",
    "text/xml",
    "application/pdf",
    "",
    "text/plain; charset=x",
  ])
    expect(isInline(type)).toBe(false);
});
