import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificate, certificateOf } from "../../src/store/certificate.ts";

/** A certificate as a server makes it, of a directory that is gone again. */
export async function newCertificate(): Promise<Certificate> {
  const directory = mkdtempSync(join(tmpdir(), "pendopo-certificate-"));
  try {
    return await certificateOf(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
