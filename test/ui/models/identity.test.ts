import { expect, test } from "bun:test";
import { verifyAsync } from "@noble/ed25519";
import { createKept } from "../../../src/ui/models/kept.ts";
import type { Challenge } from "../../../src/wire/prelude.ts";
import { helloText } from "../../../src/wire/prelude.ts";

const challenge: Challenge = {
  type: "challenge",
  nonce: "E".repeat(43),
  server: "Q".repeat(22),
  fingerprint: null,
};
const deps = { random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)) };
const bytes = (text: string) => Uint8Array.fromBase64(text, { alphabet: "base64url" });

// First, because what signs is chosen once, when the file is loaded.
test("A page without WebCrypto signs a hello that others can check", async () => {
  const { subtle } = crypto;
  Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true });
  const { createIdentity } = await import("../../../src/ui/models/identity.ts");
  const hello = await createIdentity(deps, createKept(null)).hello(challenge, "Ada", true);
  Object.defineProperty(crypto, "subtle", { value: subtle, configurable: true });
  const text = new TextEncoder().encode(helloText(challenge));
  expect(await verifyAsync(bytes(hello.signature), text, bytes(hello.key))).toBe(true);
  expect(await verifyAsync(bytes(hello.signature), text.slice(1), bytes(hello.key))).toBe(false);
});

test("A key is made once and used ever after", async () => {
  const { createIdentity } = await import("../../../src/ui/models/identity.ts");
  const kept = createKept(null);
  const one = await createIdentity(deps, kept).hello(challenge, "Ada", true);
  const two = await createIdentity(deps, kept).hello(challenge, "Ada", true);
  expect(two.key).toBe(one.key);
  expect((await createIdentity(deps, createKept(null)).hello(challenge, "Ada", true)).key).not.toBe(one.key);
});
