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

/** Who this browser is on this server: a key, which leaves it only when the person carries it to another device. */
export type Identity = {
  /**
   * Signs the answer to a challenge; makes the key when there is none.
   *
   * @param isWish  The person has just entered the name; else it stays as another device may have changed it.
   */
  hello(challenge: Challenge, name: string, isWish: boolean): Promise<ClientFrames["hello"]>;
  /** The private key: 32 bytes in base64url. */
  secret(): string;
  /** Whether the private key is this one. */
  has(secret: string): boolean;
  /** Takes another key in place of this one, from the next hello on. */
  become(secret: string): void;
  /** Whether another tab has put another key in place of the one that was used here. */
  isReplaced(): boolean;
};

const keyKey = "key";
// 32 bytes, as a public key has.
const secretKeySchema = v.pipe(v.string(), publicKey);

/** @param kept  Of the server: a key is used for one server only. */
export function createIdentity(deps: Pick<Deps, "random">, kept: Kept): Identity {
  let used: string | undefined;

  function secretKey(): string {
    if (kept.get(keyKey, secretKeySchema) === undefined) kept.set(keyKey, encode(deps.random(32)));
    // Read back: when two tabs make a key at once, both use the one that stayed.
    const secret = kept.get(keyKey, secretKeySchema);
    if (secret === undefined) throw new Error("Cannot sign: the key that was just kept is gone");
    used = secret;
    return secret;
  }

  return {
    secret: secretKey,
    has: (secret) => kept.get(keyKey, secretKeySchema) === secret,
    become(secret) {
      kept.set(keyKey, secret);
      used = secret;
    },
    isReplaced: () => used !== undefined && kept.get(keyKey, secretKeySchema) !== used,
    async hello(challenge, name, isWish) {
      const { getPublicKeyAsync, signAsync } = await signing;
      const secret = decode(secretKey());
      const text = new TextEncoder().encode(helloText(challenge));
      const [key, signature] = await Promise.all([getPublicKeyAsync(secret), signAsync(text, secret)]);
      return {
        type: "hello",
        key: encode(key),
        signature: encode(signature),
        name,
        ...(isWish ? {} : { keepsName: true }),
      };
    },
  };
}
