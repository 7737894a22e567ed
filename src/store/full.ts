import { closeSync, openSync, rmSync, writeSync } from "node:fs";

/** As much as a commit may want at once. */
const probeBytes = 64 * 1024;

/** Whether a failed call says that there is no space: on the disk, for this user (a quota), or in this file. */
export function saysFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}

/**
 * Whether a write beside a file fails for want of space. SQLite tells a full disk from one that fails, but takes a
 * quota that is used up for a failure, and does not say which error it had.
 */
export function hasNoSpaceBeside(path: string): boolean {
  const probe = `${path}.probe`;
  let file: number | undefined;
  try {
    file = openSync(probe, "w", 0o600);
    for (let at = 0; at < probeBytes; ) {
      at += writeSync(file, new Uint8Array(probeBytes), at, probeBytes - at, at);
    }
    return false;
  } catch (error) {
    return saysFull(error);
  } finally {
    if (file !== undefined) closeSync(file);
    rmSync(probe, { force: true });
  }
}
