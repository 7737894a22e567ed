import type { Database } from "bun:sqlite";
import { type Likeness, likenessOf } from "../room/likeness.ts";
import type { MemberRecord, MemberStore } from "../room/store.ts";
import { checkName } from "../wire/names.ts";
import { inTransaction } from "./database.ts";

type MemberRow = { id: number; name: string; is_host: number; is_keyless: number };

const columns = "id, name, is_host, key IS NULL AS is_keyless";

/** Members and their names in SQLite. */
export class SqliteMembers implements MemberStore {
  constructor(private readonly db: Database) {
    this.#fillInLooks();
  }

  findMember(key: string): MemberRecord | undefined {
    const find = this.db.query<MemberRow, [string]>(`SELECT ${columns} FROM members WHERE key = ?`);
    return found(find.get(key));
  }

  memberById(id: number): MemberRecord | undefined {
    const find = this.db.query<MemberRow, [number]>(`SELECT ${columns} FROM members WHERE id = ?`);
    return found(find.get(id));
  }

  ownersOf({ fold, look }: Likeness): MemberRecord[] {
    const find = this.db.query<MemberRow, [string, string]>(
      `SELECT ${columns} FROM members WHERE name_fold = ? UNION SELECT ${columns} FROM members WHERE name_look = ?`,
    );
    return find.all(fold, look).map((row) => record(row));
  }

  async claim(key: string, name: string, { fold, look }: Likeness): Promise<MemberRecord> {
    const rename = this.db.query<MemberRow, [string, string, string, string]>(
      `UPDATE members SET name = ?, name_fold = ?, name_look = ? WHERE key = ? RETURNING ${columns}`,
    );
    const add = this.db.query<MemberRow, [string, string, string, string]>(
      `INSERT INTO members (name, name_fold, name_look, key) VALUES (?, ?, ?, ?) RETURNING ${columns}`,
    );
    // Not an upsert: one that meets its conflict uses up an id.
    const claimed = inTransaction(
      this.db,
      () => rename.get(name, fold, look, key) ?? add.get(name, fold, look, key),
    );
    if (claimed === null) throw new Error(`The name "${name}" was not claimed`);
    return record(claimed);
  }

  async claimKeyless(name: string, { fold, look }: Likeness): Promise<MemberRecord> {
    const add = this.db.query<MemberRow, [string, string, string]>(
      `INSERT INTO members (name, name_fold, name_look) VALUES (?, ?, ?) RETURNING ${columns}`,
    );
    const claimed = inTransaction(this.db, () => add.get(name, fold, look));
    if (claimed === null) throw new Error(`The name "${name}" was not claimed`);
    return record(claimed);
  }

  async free(memberId: number): Promise<void> {
    const free = this.db.query<null, [number]>(
      "UPDATE members SET name = '', name_fold = NULL, name_look = NULL WHERE id = ?",
    );
    inTransaction(this.db, () => free.run(memberId));
  }

  async makeHost(memberId: number): Promise<void> {
    const make = this.db.query<null, [number]>("UPDATE members SET is_host = 1 WHERE id = ?");
    inTransaction(this.db, () => make.run(memberId));
  }

  /** Names of before names had looks. */
  #fillInLooks(): void {
    type Named = { id: number; name: string };
    const named = this.db
      .query<Named, []>("SELECT id, name FROM members WHERE name <> '' AND name_look IS NULL")
      .all();
    if (named.length === 0) return;
    // Two who look alike were both let in: the second keeps its fold, which only itself has.
    const both = this.db.query<null, [string, string, number]>(
      "UPDATE OR IGNORE members SET name_fold = ?, name_look = ? WHERE id = ?",
    );
    const look = this.db.query<null, [string, number]>("UPDATE members SET name_look = ? WHERE id = ?");
    inTransaction(this.db, () => {
      for (const { id, name } of named) {
        const checked = checkName(name);
        if (!checked.ok) continue;
        const likeness = likenessOf(checked);
        both.run(likeness.fold, likeness.look, id);
        look.run(likeness.look, id);
      }
    });
  }
}

function found(row: MemberRow | null): MemberRecord | undefined {
  return row === null ? undefined : record(row);
}

function record({ id, name, is_host, is_keyless }: MemberRow): MemberRecord {
  return { id, name, isHost: is_host === 1, isKeyless: is_keyless === 1 };
}
