import { constants, createHash } from "node:crypto";
import type { Socket } from "bun";

/** TLS 1.3 alone, and any certificate: which one it is says its fingerprint. */
export const tls = {
  rejectUnauthorized: false,
  secureOptions: constants.SSL_OP_NO_TLSv1 | constants.SSL_OP_NO_TLSv1_1 | constants.SSL_OP_NO_TLSv1_2,
};

/**
 * What is wrong with the certificate itself, in the eyes of one who trusts authorities and calendars. Everything
 * else that can be told here is a handshake that failed, also with a certificate whose key the other one does not have.
 */
const verdicts = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
]);

/**
 * The SHA-256 of the certificate with which a handshake ended well, in base64url; undefined when it did not.
 *
 * @param isTrusted  What Bun says: false also for a certificate that nobody has vouched for.
 * @param error      Why.
 */
export function fingerprintOf(
  socket: Pick<Socket, "getPeerX509Certificate">,
  isTrusted: boolean,
  error: Error | null,
): string | undefined {
  const { code = "" } = (error ?? {}) as { code?: string };
  if (!isTrusted && !verdicts.has(code)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  return certificate && createHash("sha256").update(certificate.raw).digest("base64url");
}
