import * as v from "valibot";
import type { ClientFrames } from "../../wire/client-frames.ts";
import { publicKey } from "../../wire/frame.ts";
import type { Challenge } from "../../wire/prelude.ts";
import { helloText } from "../../wire/prelude.ts";
import { decode, encode } from "./base64url.ts";
import type { Deps } from "./deps.ts";
import type { Kept } from "./kept.ts";

// What signs comes while the page connects: nothing that is drawn before needs it.
const signing = loadSigning();

async function loadSigning() {
  const ed25519 = await import("@noble/ed25519");
  // A page that came by plain http from another machine has no WebCrypto; only such a page loads a hash of its own.
  if (!globalThis.crypto?.subtle) {
    ed25519.hashes.sha512Async = async (message) => (await import("@noble/hashes/sha2.js")).sha512(message);
  }
  return ed25519;
}

/** Who this browser is on this server: a key that never leaves it. */
export type Identity = {
  /** Signs the answer to a challenge; makes the key when there is none. */
  hello(challenge: Challenge, name: string): Promise<ClientFrames["hello"]>;
};

const keyKey = "key";
// 32 bytes, as a public key has.
const secretKeySchema = v.pipe(v.string(), publicKey);

/** @param kept  Of the server: a key is used for one server only. */
export function createIdentity(deps: Pick<Deps, "random">, kept: Kept): Identity {
  function secretKey(): Uint8Array {
    if (kept.get(keyKey, secretKeySchema) === undefined) kept.set(keyKey, encode(deps.random(32)));
    // Read back: when two tabs make a key at once, both use the one that stayed.
    const secret = kept.get(keyKey, secretKeySchema);
    if (secret === undefined) throw new Error("Cannot sign: the key that was just kept is gone");
    return decode(secret);
  }

  return {
    async hello(challenge, name) {
      const { getPublicKeyAsync, signAsync } = await signing;
      const secret = secretKey();
      const text = new TextEncoder().encode(helloText(challenge));
      const [key, signature] = await Promise.all([getPublicKeyAsync(secret), signAsync(text, secret)]);
      return { type: "hello", key: encode(key), signature: encode(signature), name };
    },
  };
}
