/**
 * The codes with which the bridge closes a page's WebSocket, so that the page can say which hop failed.
 *
 * @see docs/PROTOCOL.md "The bridge"
 */
export const closeCodes = {
  /** The program is stopping. */
  "going-away": 1001,
  /** A message was larger than a line may be, or the page stopped reading for too long. */
  "page-broken": 4000,
  /** The program knows no server yet: show the start page. */
  "no-target": 4001,
  /** No TCP connection to the relay could be made. */
  "relay-unreachable": 4002,
  /** The relay ended the connection, or it was cut. */
  "relay-closed": 4003,
  /** Something answered that is no Pendopo relay, or the prelude went wrong. */
  "not-a-relay": 4004,
  /** The relay speaks no version that this program speaks. */
  "version-unsupported": 4005,
  /** The relay's certificate is not the known one, or it has none any more. */
  "fingerprint-changed": 4006,
  /** The relay, which is not of this program, would not go over to TLS. */
  "not-encrypted": 4007,
} as const;

export type CloseReason = keyof typeof closeCodes;

/** The reason of a close code; undefined for one that the bridge never sends. */
export function closeReason(code: number): CloseReason | undefined {
  return (Object.keys(closeCodes) as CloseReason[]).find((reason) => closeCodes[reason] === code);
}
