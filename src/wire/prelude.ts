import * as v from "valibot";
import { about, fingerprint, nonce, serverId, text } from "./frame.ts";
import { wireVersion } from "./limits.ts";

/**
 * The line with which every native connection begins, before a member or a transfer speaks.
 * The bridge sends it, and keeps the answer to itself; from then on it passes bytes.
 */
export const preludeSchema = v.object({
  type: v.literal("prelude"),
  versions: about(
    v.pipe(v.array(v.number()), v.minLength(1), v.maxLength(16)),
    "Versions of the wire that the client speaks",
  ),
  transport: about(
    v.picklist(["plain", "tls"]),
    "How the connection is to go on after the answer: tls, or plain as it began",
  ),
});

export const preludeAnswerSchema = v.object({
  type: v.literal("prelude"),
  version: about(v.number(), "The version that both speak from here on"),
  transport: about(
    v.picklist(["plain", "tls"]),
    "How the connection goes on: tls where the client proposed it and the server has a certificate",
  ),
  server: about(serverId, "The server's id, made once with its data directory: 16 bytes in base64url"),
  fingerprint: about(fingerprint, "SHA-256 of the server's certificate in base64url; null where it has none"),
  program: about(text, "Name and version of the server's program, for people to read"),
});

/** The first line after the prelude, from the relay. */
export const challengeSchema = v.object({
  type: v.literal("challenge"),
  nonce: about(nonce, "32 random bytes in base64url, new for each connection"),
  server: about(serverId, "The server's id"),
  fingerprint: about(
    fingerprint,
    "SHA-256 of the certificate of this connection in base64url; null where it is plain",
  ),
});

export type Prelude = v.InferOutput<typeof preludeSchema>;
export type PreludeAnswer = v.InferOutput<typeof preludeAnswerSchema>;
export type Challenge = v.InferOutput<typeof challengeSchema>;

/** The prelude that this version's clients send when they mean to stay in plain. */
export const prelude: Prelude = { type: "prelude", versions: [wireVersion], transport: "plain" };

/** The prelude with which they propose TLS. */
export const tlsPrelude: Prelude = { ...prelude, transport: "tls" };

/**
 * The text that a hello signs: bound to this connection, this server, and this certificate, so that a
 * signature is of no use anywhere else.
 */
export function helloText(challenge: Challenge): string {
  return `pendopo-hello-1\n${challenge.nonce}\n${challenge.server}\n${challenge.fingerprint ?? "plain"}`;
}
