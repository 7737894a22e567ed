import { afterAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificateOf } from "../../src/store/certificate.ts";
import { DirectoryProblem } from "../../src/store/directory.ts";

const paths: string[] = [];
afterAll(() => {
  for (const path of paths) rmSync(path, { recursive: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "pendopo-certificate-"));
  paths.push(path);
  return path;
}

test("A certificate is made once, for its owner alone, and is the same ever after", async () => {
  const path = folder();
  const made = await certificateOf(path);
  expect(await certificateOf(path)).toEqual(made);
  expect(readdirSync(path)).toEqual(["certificate.pem"]);
  if (process.platform !== "win32") expect(statSync(join(path, "certificate.pem")).mode & 0o777).toBe(0o600);
  expect((await certificateOf(folder())).fingerprint).not.toBe(made.fingerprint);
});

test("It is ECDSA on P-256, signed by itself, and has no end", async () => {
  const { certificate, fingerprint } = await certificateOf(folder());
  const x509 = new X509Certificate(certificate);
  expect(x509.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  expect(x509.verify(x509.publicKey)).toBe(true);
  expect(new Date(x509.validTo).getUTCFullYear()).toBe(9999);
  expect(Buffer.from(fingerprint, "base64url").toString("hex")).toBe(
    x509.fingerprint256.replaceAll(":", "").toLowerCase(),
  );
});

test("One that is damaged is not replaced: everybody would be alarmed, so that a person decides", async () => {
  const whole = folder();
  await certificateOf(whole);
  const text = readFileSync(join(whole, "certificate.pem"), "utf8");
  const other = folder();
  await certificateOf(other);
  const [, certificate = ""] = readFileSync(join(other, "certificate.pem"), "utf8").split(/(?=-----BEGIN C)/);
  const [key = ""] = text.split(/(?=-----BEGIN C)/);
  for (const damaged of ["", text.slice(0, 300), text.replace(/[A-Z]{3}/g, "AAA"), key + certificate, key]) {
    const path = folder();
    writeFileSync(join(path, "certificate.pem"), damaged);
    expect(certificateOf(path)).rejects.toBeInstanceOf(DirectoryProblem);
    expect(readFileSync(join(path, "certificate.pem"), "utf8")).toBe(damaged);
  }
});

test("Half of one that a crash left beside it is no harm", async () => {
  const path = folder();
  writeFileSync(join(path, "certificate.pem.new"), "half", { mode: 0o644 });
  await certificateOf(path);
  expect(readdirSync(path)).toEqual(["certificate.pem"]);
  if (process.platform !== "win32") expect(statSync(join(path, "certificate.pem")).mode & 0o777).toBe(0o600);
});
