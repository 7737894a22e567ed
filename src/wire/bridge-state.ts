import * as v from "valibot";
import { shortFingerprint } from "./fingerprint.ts";
import { about, fingerprint, optional, secret, serverId, text } from "./frame.ts";

/** What `GET /api/bridge` tells a page. */
export const bridgeStateSchema = v.object({
  program: about(v.literal("pendopo"), "Which program answers"),
  version: about(text, "Its version"),
  mode: about(
    v.picklist(["start", "server", "connect"]),
    "start: neither hosting nor joined yet; server: this program is the relay; connect: it joined another's",
  ),
  isLegacy: about(
    v.boolean(),
    "Whether that relay is a server of 2021: it keeps nothing, and does not say who is there",
  ),
  canReset: about(v.boolean(), "Whether POST /api/reset leads back to the start page"),
  data: about(text, "Stands for the data directory: the same directory, the same text"),
  target: about(
    v.nullable(v.object({ host: text, port: v.number() })),
    "The relay's address, its host in one spelling (R-TLS-7)",
  ),
  server: about(
    v.nullable(v.object({ id: serverId, fingerprint })),
    "The server that answered there; null until it has answered once",
  ),
  transport: optional(
    about(
      v.picklist(["plain", "tls"]),
      "How the relay was spoken to when it answered last; plain where it is this program's own",
    ),
  ),
  fingerprint: optional(
    about(shortFingerprint, "The short form of the server's fingerprint, where it has a certificate"),
  ),
  change: optional(
    about(
      v.object({
        known: shortFingerprint,
        shown: v.nullable(shortFingerprint),
        mayAccept: v.boolean(),
      }),
      "The relay is not spoken to: it should have the certificate `known` and showed `shown`, null in plain",
    ),
  ),
  invites: about(
    v.array(text),
    "Command lines with which others join, one for each address of the relay's machine",
  ),
  hostSecret: optional(
    about(secret, "Only in the answer to POST /api/host: makes the page's member the host"),
  ),
});

export type BridgeState = v.InferOutput<typeof bridgeStateSchema>;

/** Why an address was not joined, so that a page can say it in its own language. */
export const joinFailures = [
  "address-invalid",
  "address-fingerprint",
  "address-port",
  "relay-unreachable",
  "relay-closed",
  "not-a-relay",
  "not-encrypted",
  "version-unsupported",
] as const;

export type JoinFailure = (typeof joinFailures)[number];

/** Body of `POST /api/join`. */
export const joinAddressSchema = v.object({
  address: about(text, "HOST or HOST:PORT of a relay, /FINGERPRINT behind it or not"),
});

/** Body of `POST /api/accept`. */
export const acceptSchema = v.object({
  fingerprint: about(shortFingerprint, "`change.shown`, which a person has compared"),
});
