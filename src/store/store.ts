import { type Database, SQLiteError } from "bun:sqlite";
import { join } from "node:path";
import { StorageBroken, StorageFull } from "../room/storage-errors.ts";
import { inTransaction, openDatabase } from "./database.ts";
import { DirectoryProblem, takeDirectory } from "./directory.ts";
import { Disk } from "./disk.ts";
import { FileRows } from "./file-rows.ts";
import { DiskFiles } from "./files.ts";
import { Hashes } from "./hash.ts";
import { SqliteMembers } from "./members.ts";
import { randomText } from "./random.ts";
import { SqliteRooms } from "./rooms.ts";
import { Writers } from "./writer.ts";

/** Everything that a server keeps, in its data directory. */
export type Store = {
  rooms: SqliteRooms;
  members: SqliteMembers;
  files: DiskFiles;
  /** Made once with the directory: 16 bytes in base64url. */
  serverId: string;
  /** Makes whoever has it the host: 32 bytes in base64url. */
  hostSecret: string;
  /** Writes what is left, and lets other processes use the directory. */
  close(): void;
};

/**
 * Opens the store of a data directory, and makes both where there are none.
 *
 * @throws {DirectoryProblem} with one sentence that says why it cannot be used.
 */
export function openStore(path: string): Store {
  const directory = takeDirectory(path);
  const file = join(path, "pendopo.db");
  try {
    const db = openDatabase(file);
    const { id, host_secret } = identity(db);
    const rows = new FileRows(db);
    const [hashes, writers] = [new Hashes(), new Writers()];
    return {
      rooms: new SqliteRooms(db, rows),
      members: new SqliteMembers(db),
      files: new DiskFiles(rows, new Disk(path), { hashes, writers }),
      serverId: id,
      hostSecret: host_secret,
      close: () => {
        hashes.close();
        writers.close();
        db.close();
        directory.release();
      },
    };
  } catch (error) {
    directory.release();
    if (error instanceof StorageFull || error instanceof StorageBroken) {
      const why = error instanceof StorageFull ? "is full" : "failed";
      throw new DirectoryProblem(`Cannot use ${file}: the disk ${why}`, { cause: error });
    }
    // A schema that is damaged, too: what is asked of it then is not there.
    if (error instanceof SQLiteError) {
      throw new DirectoryProblem(`Cannot use ${file}: it is damaged or no database of this program`, {
        cause: error,
      });
    }
    throw error;
  }
}

function identity(db: Database): { id: string; host_secret: string } {
  const insert = db.query<null, [string, string]>(
    "INSERT OR IGNORE INTO server (one, id, host_secret) VALUES (1, ?, ?)",
  );
  inTransaction(db, () => insert.run(randomText(16), randomText(32)));
  const row = db.query<{ id: string; host_secret: string }, []>("SELECT id, host_secret FROM server").get();
  if (row === null) throw new Error("The database has no server");
  return row;
}
