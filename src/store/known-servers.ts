import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DirectoryProblem } from "./directory.ts";
import { makePrivate } from "./private-file.ts";

type KnownServer = { address: string; server: string; fingerprint: string };

/** Waiting for another process of this program, which writes a row. */
const busyMsMax = 2_000;

/**
 * The servers that this program has met as a client, in a database of its own: several processes may use a client's
 * data directory at once.
 */
export class SqliteKnownServers {
  #opened: Database | undefined;

  /** Touches nothing until it is first asked. @param directory  The client's data directory. */
  constructor(private readonly directory: string) {}

  /**
   * What was met at an address, and under an id anywhere; what was met here first.
   *
   * @throws {DirectoryProblem}
   */
  find(address: string, server: string): KnownServer[] {
    return this.#use((db) =>
      db
        .query<KnownServer, [string, string, string]>(
          `SELECT address, server, fingerprint FROM known_servers
           WHERE address = ? OR server = ? ORDER BY address = ? DESC, address`,
        )
        .all(address, server, address),
    );
  }

  /**
   * Takes the place of what was known of this address; what was met elsewhere stays, under the same id too.
   *
   * @throws {DirectoryProblem}
   */
  remember({ address, server, fingerprint }: KnownServer): void {
    this.#use((db) =>
      db
        .query<null, [string, string, string]>(
          "INSERT OR REPLACE INTO known_servers (address, server, fingerprint) VALUES (?, ?, ?)",
        )
        .run(address, server, fingerprint),
    );
  }

  close(): void {
    this.#opened?.close();
    this.#opened = undefined;
  }

  #use<T>(action: (db: Database) => T): T {
    const path = join(this.directory, "known-servers.db");
    try {
      this.#opened ??= open(this.directory, path);
      return action(this.#opened);
    } catch (cause) {
      throw new DirectoryProblem(`Cannot use ${path}: the servers that were met cannot be kept`, { cause });
    }
  }
}

function open(directory: string, path: string): Database {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  makePrivate(path);
  const db = new Database(path, { create: true, strict: true });
  db.run(`PRAGMA busy_timeout = ${busyMsMax}`);
  db.run("PRAGMA synchronous = FULL");
  db.run(`
    CREATE TABLE IF NOT EXISTS known_servers (
      address     TEXT PRIMARY KEY,
      server      TEXT NOT NULL,
      fingerprint TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`);
  return db;
}
