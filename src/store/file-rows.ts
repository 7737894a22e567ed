import type { Database, Statement } from "bun:sqlite";
import type { FileChange, FileRecord, Published } from "../room/file-store.ts";
import { inTransaction } from "./database.ts";

type Row = {
  id: string;
  room: number;
  member: number;
  name: string;
  size: number;
  files: number | null;
  index_bytes: number | null;
  state: string;
  sha256: string | null;
  media_type: string | null;
  offered_at: number;
};

const columns = "id, room, member, name, size, files, index_bytes, state, sha256, media_type, offered_at";

/** What SQLite knows of files: everything but their bytes. */
export class FileRows {
  readonly #find: Statement<Row, [string]>;

  constructor(private readonly db: Database) {
    this.#find = db.query(`SELECT ${columns} FROM files WHERE id = ?`);
  }

  find(id: string): FileRecord | undefined {
    const row = this.#find.get(id);
    return row === null ? undefined : record(row);
  }

  arriving(roomId?: number): FileRecord[] {
    const all = `SELECT ${columns} FROM files WHERE state = 'arriving'`;
    const rows =
      roomId === undefined
        ? this.db.query<Row, []>(all).all()
        : this.db.query<Row, [number]>(`${all} AND room = ?`).all(roomId);
    return rows.map(record);
  }

  hasReceived(id: string, memberId: number): boolean {
    const find = this.db.query<unknown, [string, number]>(
      "SELECT 1 FROM received WHERE file = ? AND member = ?",
    );
    return find.get(id, memberId) !== null;
  }

  /** Changes a row as its entry says. Runs inside the transaction of the entry. */
  change(roomId: number, change: FileChange): void {
    switch (change.do) {
      case "offer": {
        const { id, memberId, name, size, folder, at } = change;
        const { files = null, indexBytes = null } = folder ?? {};
        this.db
          .query(
            `INSERT INTO files (id, room, member, name, size, files, index_bytes, state, offered_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, 'arriving', ?)`,
          )
          .run(id, roomId, memberId, name, size, files, indexBytes, at);
        return;
      }
      case "complete":
        this.db
          .query(
            "UPDATE files SET state = 'complete', sha256 = ?, media_type = ?, completed_at = ? WHERE id = ?",
          )
          .run(change.sha256, change.mediaType, change.at, change.id);
        return;
      case "fail":
        this.db
          .query("UPDATE files SET state = 'failed', reason = ?, sha256 = NULL WHERE id = ?")
          .run(change.reason, change.id);
        return;
      case "receive":
        this.db
          .query("INSERT OR IGNORE INTO received (file, member) VALUES (?, ?)")
          .run(change.id, change.memberId);
        return;
    }
  }

  /** Notes what an arriving file is, before its bytes are moved to the place that is named after it. */
  setPublished(id: string, { sha256, mediaType }: Published): void {
    const set = this.db.query<null, [string, string, string]>(
      "UPDATE files SET sha256 = ?, media_type = ? WHERE id = ? AND state = 'arriving'",
    );
    inTransaction(this.db, () => set.run(sha256, mediaType, id));
  }

  /** Whether a file other than one that has failed or gone has these bytes. */
  isUsed(sha256: string): boolean {
    const find = this.db.query<unknown, [string]>(
      "SELECT 1 FROM files WHERE sha256 = ? AND state IN ('arriving', 'complete')",
    );
    return find.get(sha256) !== null;
  }

  /** How many bytes all files have together, those included that are still to come. */
  allBytes(): number {
    const sum = this.db.query<{ bytes: number }, []>(
      "SELECT coalesce(sum(size), 0) AS bytes FROM files WHERE state IN ('arriving', 'complete')",
    );
    return sum.get()?.bytes ?? 0;
  }

  /** When the oldest file was complete; undefined where none is. */
  oldestAt(): number | undefined {
    const find = this.db.query<{ at: number | null }, []>(
      "SELECT min(completed_at) AS at FROM files WHERE state = 'complete'",
    );
    return find.get()?.at ?? undefined;
  }

  /** Takes files that were complete before a time off the list. @returns What their bytes were. */
  removeOlder(than: number): string[] {
    const remove = this.db.query<{ sha256: string }, [number]>(
      "UPDATE files SET state = 'gone' WHERE state = 'complete' AND completed_at < ? RETURNING sha256",
    );
    return inTransaction(this.db, () => remove.all(than)).map(({ sha256 }) => sha256);
  }
}

function record(row: Row): FileRecord {
  const { files, index_bytes } = row;
  return {
    id: row.id,
    roomId: row.room,
    memberId: row.member,
    name: row.name,
    size: row.size,
    folder: files === null || index_bytes === null ? undefined : { files, indexBytes: index_bytes },
    offeredAt: row.offered_at,
    state: row.state as FileRecord["state"],
    sha256: row.sha256 ?? undefined,
    mediaType: row.media_type ?? undefined,
  };
}
