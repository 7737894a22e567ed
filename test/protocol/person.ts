import { generateKeyPairSync, sign } from "node:crypto";
import type { JsonObject } from "../../src/wire/decode.ts";
import { type Challenge, helloText, prelude } from "../../src/wire/prelude.ts";
import type { Connection } from "./connection.ts";

/** Somebody with a key, as the document has it: made without the program's own code. */
export type Person = { key: string; sign(challenge: JsonObject): string };

export function newPerson(): Person {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    key: String(publicKey.export({ format: "jwk" }).x),
    sign: (challenge) =>
      sign(null, Buffer.from(helloText(challenge as Challenge)), privateKey).toString("base64url"),
  };
}

/** From the prelude to the challenge, which is returned. */
export async function open(connection: Connection): Promise<JsonObject> {
  connection.send(JSON.stringify(prelude));
  await connection.expect("prelude");
  return connection.expect("challenge");
}

/** From the prelude to the welcome, which is returned. */
export async function greet(connection: Connection, person: Person, name: string): Promise<JsonObject> {
  const challenge = await open(connection);
  const signature = person.sign(challenge);
  connection.send(JSON.stringify({ type: "hello", key: person.key, signature, name }));
  return connection.expect("welcome");
}
