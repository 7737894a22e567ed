import * as v from "valibot";

// RFC 4648 §6, in small letters: no 0, 1, 8 or 9, which are taken for letters when read aloud.
const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
/** 100 bits: who wants another certificate with the same ones has to make 2^100. */
const chars = 20;
const group = 4;

/** A short fingerprint as people write it: five groups of four, the hyphens and the size of the letters as they like. */
const written = /^[a-z2-7]{4}(?:-?[a-z2-7]{4}){4}$/;

/** As an invite carries it and the page shows it: "k7qm-2hfa-6xwd-3tzp-b4ce". */
export const shortFingerprint = v.pipe(v.string(), v.regex(/^[a-z2-7]{4}(?:-[a-z2-7]{4}){4}$/));

/**
 * The first 100 bits of a fingerprint, in base32 and groups of four: short enough to be read aloud, long enough that
 * nobody can make a certificate that has the same.
 *
 * @param fingerprint  32 bytes in base64url.
 * @see docs/PROTOCOL.md "Fingerprints"
 */
export function shorten(fingerprint: string): string {
  const bytes = atob(fingerprint.replaceAll("-", "+").replaceAll("_", "/"));
  let bits = 0;
  let count = 0;
  let text = "";
  for (let i = 0; text.length < chars; ) {
    if (count < 5) {
      bits = ((bits << 8) | bytes.charCodeAt(i++)) & 0xfff;
      count += 8;
    }
    count -= 5;
    text += alphabet[(bits >> count) & 31];
  }
  return inGroups(text);
}

/**
 * Reads a short fingerprint as somebody typed or pasted it.
 *
 * @returns  As `shorten` writes it; undefined when it is none.
 */
export function readShort(raw: string): string | undefined {
  const text = raw.trim().toLowerCase();
  return written.test(text) ? inGroups(text.replaceAll("-", "")) : undefined;
}

function inGroups(text: string): string {
  return (text.match(new RegExp(`.{${group}}`, "g")) ?? []).join("-");
}
