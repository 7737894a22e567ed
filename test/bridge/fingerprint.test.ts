import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { fingerprintOf } from "../../src/bridge/tls.ts";
import { newCertificate } from "../relay/certificates.ts";

const certificate = await newCertificate();

const failed = (code: string) => Object.assign(new Error(code), { code });

function shown(isTrusted: boolean, error: Error | null): string | undefined {
  const x509 = new X509Certificate(certificate.certificate);
  return fingerprintOf({ getPeerX509Certificate: () => x509 }, isTrusted, error);
}

test("A certificate that nobody has vouched for is as good as any: it is known by its fingerprint", () => {
  const { fingerprint } = certificate;
  expect(shown(true, null)).toBe(fingerprint);
  expect(shown(false, failed("DEPTH_ZERO_SELF_SIGNED_CERT"))).toBe(fingerprint);
  expect(shown(false, failed("CERT_HAS_EXPIRED"))).toBe(fingerprint);
});

// BoringSSL hands the certificate out also where its signature over the handshake (CertificateVerify) was wrong: so does
// whoever shows a server's certificate, and has not its key.
test("R-TLS-11: A certificate of a handshake that failed is nobody's", () => {
  for (const code of ["EPROTO", "ECONNRESET", "ERR_SSL_BAD_SIGNATURE", "SOMETHING_NEW", ""]) {
    expect(shown(false, failed(code))).toBeUndefined();
  }
  expect(shown(false, null)).toBeUndefined();
});
