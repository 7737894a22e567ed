import { chmodSync, closeSync, openSync, statSync } from "node:fs";

/**
 * Makes a database's file its owner's alone: an empty one where there is none, and else it and what SQLite has beside
 * it. What SQLite makes beside it later takes its mode. The directory may be one that others can read.
 *
 * Call it before the database is opened. Windows has no modes, and does without.
 *
 * @throws whatever the system says when the file cannot be made.
 */
export function makePrivate(path: string): void {
  if (process.platform === "win32") return;
  try {
    // Only where there is none: to close a file that SQLite has open elsewhere in this process ends its locks (POSIX).
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
  for (const rest of ["", "-wal", "-shm", "-journal"]) hide(`${path}${rest}`);
}

function hide(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || (stat.mode & 0o077) === 0) return;
  try {
    chmodSync(path, 0o600);
  } catch {
    // Another account's, or a disk without modes: it is as open as whoever set that up has it, and can be used.
  }
}
