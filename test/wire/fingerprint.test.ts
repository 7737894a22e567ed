import { expect, test } from "bun:test";
import fc from "fast-check";
import { is } from "valibot";
import { readShort, shorten, shortFingerprint } from "../../src/wire/fingerprint.ts";

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
/** RFC 4648 §6, the plain way: all bits in a row, cut into fives. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const digits = bits
    .match(/.{5}/g)!
    .map((five) => "abcdefghijklmnopqrstuvwxyz234567"[Number.parseInt(five, 2)]);
  return digits.join("");
}

test("§21.2 A short fingerprint is the first 100 bits in base32, in five groups of four", () => {
  fc.assert(
    fc.property(bytes32, (bytes) => {
      const short = shorten(base64url(bytes));
      expect(short.replaceAll("-", "")).toBe(base32(bytes).slice(0, 20));
      expect(short).toMatch(/^.{4}-.{4}-.{4}-.{4}-.{4}$/);
      expect(is(shortFingerprint, short)).toBe(true);
    }),
  );
});

test("§21.2 It is read with hyphens or without, in capitals or small", () => {
  fc.assert(
    fc.property(bytes32, (bytes) => {
      const short = shorten(base64url(bytes));
      for (const written of [short, short.replaceAll("-", ""), ` ${short.toUpperCase()}\n`]) {
        expect(readShort(written)).toBe(short);
      }
    }),
  );
});

test("What has other letters, or too few or too many, is none", () => {
  const short = shorten(base64url(new Uint8Array(32)));
  for (const wrong of [
    "",
    short.slice(1),
    `${short}a`,
    short.replace("a", "1"),
    short.replace("-", "--"),
    "x",
  ]) {
    expect(readShort(wrong)).toBeUndefined();
  }
  expect(is(shortFingerprint, short.toUpperCase())).toBe(false);
});
