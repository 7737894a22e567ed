import type { Database } from "bun:sqlite";
import type { MemberRecord, MemberStore } from "../room/store.ts";
import { inTransaction } from "./database.ts";

type MemberRow = { id: number; name: string; is_host: number };

const columns = "id, name, is_host";

/** Members and their names in SQLite. */
export class SqliteMembers implements MemberStore {
  constructor(private readonly db: Database) {}

  findMember(key: string): MemberRecord | undefined {
    return record(
      this.db.query<MemberRow, [string]>(`SELECT ${columns} FROM members WHERE key = ?`).get(key),
    );
  }

  memberById(id: number): MemberRecord | undefined {
    return record(this.db.query<MemberRow, [number]>(`SELECT ${columns} FROM members WHERE id = ?`).get(id));
  }

  ownerOf(nameFold: string): MemberRecord | undefined {
    return record(
      this.db.query<MemberRow, [string]>(`SELECT ${columns} FROM members WHERE name_fold = ?`).get(nameFold),
    );
  }

  async claim(key: string, name: string, nameFold: string): Promise<MemberRecord> {
    const rename = this.db.query<MemberRow, [string, string, string]>(
      `UPDATE members SET name = ?, name_fold = ? WHERE key = ? RETURNING ${columns}`,
    );
    const add = this.db.query<MemberRow, [string, string, string]>(
      `INSERT INTO members (name, name_fold, key) VALUES (?, ?, ?) RETURNING ${columns}`,
    );
    // Not an upsert: one that meets its conflict uses up an id.
    const claimed = record(
      inTransaction(this.db, () => rename.get(name, nameFold, key) ?? add.get(name, nameFold, key)),
    );
    if (claimed === undefined) throw new Error(`The name "${name}" was not claimed`);
    return claimed;
  }

  async free(nameFold: string): Promise<void> {
    const free = this.db.query<null, [string]>(
      "UPDATE members SET name = '', name_fold = NULL WHERE name_fold = ?",
    );
    inTransaction(this.db, () => free.run(nameFold));
  }

  async makeHost(memberId: number): Promise<void> {
    const make = this.db.query<null, [number]>("UPDATE members SET is_host = 1 WHERE id = ?");
    inTransaction(this.db, () => make.run(memberId));
  }
}

function record(row: MemberRow | null): MemberRecord | undefined {
  return row === null ? undefined : { id: row.id, name: row.name, isHost: row.is_host === 1 };
}
