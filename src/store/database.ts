import { constants, Database } from "bun:sqlite";
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { StorageBroken, StorageFull } from "../room/storage-errors.ts";
import { DirectoryProblem, syncDirectory } from "./directory.ts";
import { hasNoSpaceBeside } from "./full.ts";
import { migrations } from "./migrations.ts";
import { makePrivate } from "./private-file.ts";

/**
 * Opens the database, and brings it to the schema of this program.
 *
 * synchronous=FULL: a commit is on the disk when it returns, also for the power that fails right after it.
 *
 * @throws {DirectoryProblem} when the file is damaged, or was written by a newer program: it is left untouched then.
 */
export function openDatabase(path: string): Database {
  checkVersion(path);
  try {
    if (!existsSync(path)) create(path);
    return openAt(path);
  } catch (cause) {
    if (isFull(cause, path)) throw new DirectoryProblem(`Cannot use ${path}: the disk is full`, { cause });
    if (isFailure(cause)) throw new DirectoryProblem(`Cannot use ${path}: the disk failed`, { cause });
    throw new DirectoryProblem(`Cannot use ${path}: it is damaged or no database of this program`, { cause });
  }
}

/**
 * Makes an empty database elsewhere and moves it to its place when it is whole: of the first page of a new file SQLite
 * has no copy from which it could mend it after a power cut.
 */
function create(path: string): void {
  const unfinished = `${path}.new`;
  for (const rest of ["", "-wal", "-shm", "-journal"]) rmSync(`${unfinished}${rest}`, { force: true });
  const db = openAt(unfinished);
  try {
    // Here, where it throws: whether closing has put the log into the file, nobody would be told.
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
  renameSync(unfinished, path);
  syncDirectory(dirname(path));
}

function openAt(path: string): Database {
  makePrivate(path);
  const db = new Database(path, { create: true, strict: true });
  try {
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = FULL");
    db.run("PRAGMA foreign_keys = ON");
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Translates SQLite's words for a disk that is full, or fails; everything else goes on as it is. */
function translated(error: unknown, path: string): unknown {
  if (isFull(error, path)) return new StorageFull("The disk is full", { cause: error });
  return isFailure(error) ? new StorageBroken("The disk failed during a write", { cause: error }) : error;
}

/** Runs a write in one transaction. */
export function inTransaction<T>(db: Database, write: () => T): T {
  try {
    return db.transaction(write).immediate();
  } catch (error) {
    throw translated(error, db.filename);
  }
}

/** Looks at the version through a reader of its own: a newer program's file must stay as it is, byte for byte. */
function checkVersion(path: string): void {
  if (!existsSync(path)) return;
  let version: number;
  try {
    const db = openToLook(path);
    version = versionOf(db);
    db.close();
  } catch (cause) {
    throw new DirectoryProblem(`Cannot use ${path}: it is damaged or no database of this program`, { cause });
  }
  if (version > migrations.length) {
    throw new DirectoryProblem(
      `Cannot use ${path}: a newer version of this program wrote it (schema ${version}, this one knows ${migrations.length})`,
    );
  }
}

/** Opens the database only for a look, after which not even an empty file stays beside it. */
function openToLook(path: string): Database {
  // A log that a dead process left has to be read too, and that needs SQLite's files around it.
  if (existsSync(`${path}-wal`)) return new Database(path, { readonly: true });
  const immutable = `${pathToFileURL(path).href}?immutable=1`;
  return new Database(immutable, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

function migrate(db: Database): void {
  const version = versionOf(db);
  for (const [i, step] of migrations.entries()) {
    if (i < version) continue;
    db.transaction(() => {
      db.run(step);
      db.run(`PRAGMA user_version = ${i + 1}`);
    }).immediate();
  }
}

function versionOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

/** A write that failed changed nothing, and may come again when there is space; a sync that failed may not. */
function isFull(error: unknown, path: string): boolean {
  const code = codeOf(error);
  const isWrite = code === "SQLITE_IOERR_WRITE" || code === "SQLITE_IOERR_SHMSIZE";
  return code === "SQLITE_FULL" || (isWrite && hasNoSpaceBeside(path));
}

/** All of SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, ... */
function isFailure(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_IOERR");
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code);
}
