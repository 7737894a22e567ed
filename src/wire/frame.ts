import * as v from "valibot";
import { limits } from "./limits.ts";

/*
 * The fields that frames are made of. A description stands on each field of each frame in the
 * files beside this one: docs/PROTOCOL.md repeats them in its tables, and a test compares.
 */

/** The last character carries bits of its own besides zeros: one spelling for the same bytes, or a key were two. */
const lastCharacters = { 0: "[A-Za-z0-9_-]", 1: "[AQgw]", 2: "[AEIMQUYcgkosw048]" } as const;

/** Chosen by the client for each request; the answer repeats it. */
export const id = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** A seq, or 0: before the first entry. */
export const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Milliseconds since 1970-01-01T00:00:00Z. */
export const time = v.pipe(v.number(), v.safeInteger());
/** Made by the server: "m" and a number. */
export const member = v.pipe(v.string(), v.regex(/^m[1-9][0-9]{0,15}$/));
export const device = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/), v.maxLength(limits.deviceCharsMax));
export const nonce = base64url(32);
export const publicKey = base64url(32);
export const signature = base64url(64);
export const serverId = base64url(16);
export const secret = base64url(32);
export const epoch = base64url(8);
/** Made by the server for each file. */
export const fileId = base64url(16);
export const ticket = base64url(32);
/** Opens a box once. */
export const carryCode = base64url(16);
/** A key that its owner has encrypted: nobody on the way can read it. */
export const box = v.pipe(v.string(), v.regex(/^[\w-]+$/), v.maxLength(limits.boxCharsMax));
/** A count of bytes, or a place in a file: 0 is before its first byte. */
export const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** SHA-256 of the relay's certificate; null where the connection is plain. */
export const fingerprint = v.nullable(base64url(32));
export const text = v.string();

function base64url(bytes: number) {
  const chars = Math.ceil((bytes * 8) / 6);
  const last = lastCharacters[(bytes % 3) as 0 | 1 | 2];
  return v.pipe(v.string(), v.regex(new RegExp(`^[A-Za-z0-9_-]{${chars - 1}}${last}$`)));
}

/** Adds the sentence that the document has for a field. */
export function about<S extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  schema: S,
  sentence: string,
) {
  return v.pipe(schema, v.description(sentence));
}

/** Adds a default for absent fields: JSON has no undefined, and exactOptionalPropertyTypes knows the difference. */
export const optional = v.exactOptional;
