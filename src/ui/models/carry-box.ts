import * as v from "valibot";
import { publicKey } from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import { decode, encode } from "./base64url.ts";

/** What goes to the other device: the key, and what makes one feel at home there. */
export type Luggage = {
  /** The private key: 32 bytes in base64url. */
  readonly key: string;
  readonly name: string;
  /** Ids of the rooms that one is in. */
  readonly rooms: readonly string[];
};

const luggageSchema = v.object({
  // 32 bytes, as a public key has.
  key: v.pipe(v.string(), publicKey),
  name: v.string(),
  rooms: v.array(v.string()),
});
const nonceBytes = 24;
const tagBytes = 16;

/**
 * Encrypts what goes to the other device, so that the relay, which keeps it, cannot read it.
 *
 * Not by WebCrypto, which a page that came by plain http from another machine does not have.
 *
 * @param secret  32 random bytes that are used for this box alone.
 * @param nonce   24 random bytes.
 * @returns  The box in base64url; rooms for which it has no place are left out.
 * @see docs/PROTOCOL.md §14.9
 */
export async function seal(
  luggage: Luggage,
  server: string,
  secret: Uint8Array,
  nonce: Uint8Array,
): Promise<string> {
  const cipher = await cipherOf(server, secret, nonce);
  const encrypted = cipher.encrypt(fitting(luggage));
  const box = new Uint8Array(nonceBytes + encrypted.length);
  box.set(nonce);
  box.set(encrypted, nonceBytes);
  return encode(box);
}

/** Opens a box; null when the secret is not its own, it was sealed for another server, or it is damaged. */
export async function unseal(box: string, server: string, secret: string): Promise<Luggage | null> {
  try {
    const bytes = decode(box);
    const cipher = await cipherOf(server, decode(secret), bytes.subarray(0, nonceBytes));
    const text = new TextDecoder().decode(cipher.decrypt(bytes.subarray(nonceBytes)));
    return v.parse(luggageSchema, JSON.parse(text));
  } catch {
    return null;
  }
}

async function cipherOf(server: string, secret: Uint8Array, nonce: Uint8Array) {
  const { xchacha20poly1305 } = await import("@noble/ciphers/chacha.js");
  return xchacha20poly1305(secret, nonce, new TextEncoder().encode(`pendopo-carry-1\n${server}`));
}

/** The luggage as bytes, with as many of its rooms as fit. */
function fitting(luggage: Luggage): Uint8Array {
  const bytesMax = Math.floor((limits.boxCharsMax * 3) / 4) - nonceBytes - tagBytes;
  for (let rooms = luggage.rooms; ; rooms = rooms.slice(0, -1)) {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...luggage, rooms }));
    if (bytes.length <= bytesMax || rooms.length === 0) return bytes;
  }
}
