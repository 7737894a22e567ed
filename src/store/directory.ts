import { Database } from "bun:sqlite";
import { accessSync, closeSync, constants, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { makePrivate } from "./private-file.ts";

/** A data directory that cannot be used; the message is one sentence for the person who started the program. */
export class DirectoryProblem extends Error {
  override readonly name = "DirectoryProblem";
}

/** A data directory that this process alone uses. */
export type Directory = {
  path: string;
  /** Lets other processes use it. */
  release(): void;
};

/**
 * Takes a data directory for this process, and makes it where there is none.
 *
 * The lock is SQLite's own on a small file beside the database: the system takes it away from a process that
 * dies, however it dies.
 *
 * @throws {DirectoryProblem} when it cannot be written, or another process uses it.
 */
export function takeDirectory(path: string): Directory {
  try {
    make(resolve(path));
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DirectoryProblem(`Cannot use the data directory ${path}: it cannot be written`, { cause });
  }
  let lock: Database | undefined;
  try {
    const file = join(path, "lock");
    makePrivate(file);
    lock = new Database(file, { create: true });
    lock.run("PRAGMA busy_timeout = 0");
    lock.run("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock?.close();
    const isBusy = (cause as { code?: string }).code === "SQLITE_BUSY";
    const why = isBusy ? "another process of this program uses it" : "its lock cannot be taken";
    throw new DirectoryProblem(`Cannot use the data directory ${path}: ${why}`, { cause });
  }
  const held = lock;
  return { path, release: () => held.close() };
}

/**
 * Makes a directory for good: what is synced inside of one that a power cut takes away again is lost with it, for
 * its name is kept by the directory above.
 */
function make(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) syncDirectory(dirname(made));
}

/** Makes the names in a directory last; Windows has no such call, and does without. */
export function syncDirectory(path: string): void {
  if (process.platform === "win32") return;
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
