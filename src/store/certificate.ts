import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DirectoryProblem, syncDirectory } from "./directory.ts";

/** What a server shows in TLS: both as PEM, and the SHA-256 of the certificate as base64url. */
export type Certificate = { key: string; certificate: string; fingerprint: string };

const fileName = "certificate.pem";
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** It is known by its fingerprint, not by its dates: RFC 5280 §4.1.2.5 has this one for "no end". */
const validity = { notBefore: new Date("2021-01-01T00:00:00Z"), notAfter: new Date("9999-12-31T23:59:59Z") };

/**
 * The certificate of a data directory, made once: whoever has met this server knows it by that.
 *
 * Call it while the directory is taken. The file is for its owner alone.
 *
 * @throws {DirectoryProblem} when the file is there and is damaged: a new one would alarm everybody, so that a person
 *                             decides; or when it cannot be written.
 */
export async function certificateOf(directory: string): Promise<Certificate> {
  const path = join(directory, fileName);
  if (!existsSync(path)) write(path, await make());
  try {
    return read(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new DirectoryProblem(
      `Cannot use ${path}: it is damaged; bring it back from a copy, or remove it, and everybody will be warned of a new one`,
      { cause },
    );
  }
}

/** @returns  Key and certificate as PEM, one behind the other. */
async function make(): Promise<string> {
  // Loaded only when one is made, as it takes longer than all the rest of a start.
  await import("reflect-metadata");
  const { PemConverter, X509CertificateGenerator } = await import("@peculiar/x509");
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=Pendopo",
    signingAlgorithm: algorithm,
    keys,
    ...validity,
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return `${PemConverter.encode(key, "PRIVATE KEY")}\n${certificate.toString("pem")}\n`;
}

function write(path: string, text: string): void {
  try {
    writeForGood(path, text);
  } catch (cause) {
    throw new DirectoryProblem(`Cannot use ${path}: it cannot be written`, { cause });
  }
}

/** Whole or not at all, and there again after a power cut: whoever was shown it will ask for it. */
function writeForGood(path: string, text: string): void {
  const half = `${path}.new`;
  const file = openSync(half, "w", 0o600);
  try {
    // The mode above counts only for a file that was not there.
    chmodSync(half, 0o600);
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(half, path);
  syncDirectory(dirname(path));
}

function read(text: string): Certificate {
  const [key, certificate] = text.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? [];
  if (key === undefined || certificate === undefined)
    throw new Error("There are not a key and a certificate");
  const x509 = new X509Certificate(certificate);
  if (!x509.checkPrivateKey(createPrivateKey(key))) throw new Error("The key is another certificate's");
  return { key, certificate, fingerprint: createHash("sha256").update(x509.raw).digest("base64url") };
}
