import { createPublicKey, verify } from "node:crypto";
import type { Challenge } from "../wire/prelude.ts";
import { helloText } from "../wire/prelude.ts";

/**
 * Whether a signature is the answer of a key to a challenge (Ed25519).
 *
 * @param key        32 bytes in base64url.
 * @param signature  64 bytes in base64url.
 */
export function isAnswer(challenge: Challenge, key: string, signature: string): boolean {
  try {
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key }, format: "jwk" });
    return verify(null, Buffer.from(helloText(challenge)), publicKey, Buffer.from(signature, "base64url"));
  } catch {
    // 32 bytes that are no point of the curve: no key, so no answer of it.
    return false;
  }
}
