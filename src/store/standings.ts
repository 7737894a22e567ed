import type { Database } from "bun:sqlite";
import type { LobbyRecord, MemberRecord, RoomChange, Standing } from "../room/store.ts";

type LobbyRow = { id: number; name: string; is_closed: number; start: Uint8Array };
type MemberRow = { id: number; name: string; is_host: number; is_keyless: number };

/** A line begins with its room, its seq and its time; a room's id has at most 256 bytes. */
const newest = `(SELECT substr(line, 1, 512) FROM entries WHERE room = rooms.id ORDER BY seq DESC LIMIT 1)`;
const lobby = `SELECT id, name, lock IS NOT NULL AS is_closed, ${newest} AS start FROM rooms WHERE start IS NOT NULL`;

/** Who may enter which room, and which rooms can be seen: rows in SQLite. */
export class Standings {
  constructor(private readonly db: Database) {}

  of(roomId: number, memberId: number): Standing | undefined {
    const find = this.db.query<{ standing: Standing }, [number, number]>(
      "SELECT standing FROM standings WHERE room = ? AND member = ?",
    );
    return find.get(roomId, memberId)?.standing;
  }

  /** Only with the lock that was opened: the room may have got another one meanwhile. */
  keep(roomId: number, memberId: number, lock: string): void {
    this.db
      .query<unknown, [number, number, number, string]>(
        `INSERT OR IGNORE INTO standings (room, member, standing, at)
         SELECT id, ?, 'member', ? FROM rooms WHERE id = ? AND lock = ?`,
      )
      .run(memberId, Date.now(), roomId, lock);
  }

  removedFrom(roomId: number, limit: number): MemberRecord[] {
    const rows = this.db
      .query<MemberRow, [number, number]>(
        `SELECT id, name, is_host, key IS NULL AS is_keyless FROM standings JOIN members ON members.id = member
         WHERE room = ? AND standing = 'removed' ORDER BY at DESC, id DESC LIMIT ?`,
      )
      .all(roomId, limit);
    return rows.map(({ id, name, is_host, is_keyless }) => ({
      id,
      name,
      isHost: is_host === 1,
      isKeyless: is_keyless === 1,
    }));
  }

  /** Linear over the rooms: a thousand take some milliseconds. */
  openRooms(): LobbyRecord[] {
    const rows = this.db.query<LobbyRow, []>(`${lobby} AND low IS NULL AND is_listed = 1 AND lock IS NULL`);
    return rows.all().map(lobbyRecord);
  }

  closedRooms(): LobbyRecord[] {
    return this.db.query<LobbyRow, []>(`${lobby} AND lock IS NOT NULL`).all().map(lobbyRecord);
  }

  closedRoomsOf(memberId: number, here: readonly number[]): LobbyRecord[] {
    const rows = this.db.query<LobbyRow, { member: number; here: string }[]>(
      `${lobby} AND lock IS NOT NULL AND CASE (SELECT standing FROM standings WHERE room = rooms.id AND member = $member)
         WHEN 'member' THEN 1
         WHEN 'removed' THEN 0
         ELSE maker IS $member OR id IN (SELECT value FROM json_each($here)) END`,
    );
    return rows.all({ member: memberId, here: JSON.stringify(here) }).map(lobbyRecord);
  }

  /** Changes rows as an entry says. Runs inside the transaction of the entry. */
  change(roomId: number, change: RoomChange): void {
    switch (change.do) {
      case "key": {
        const { lock, byId } = change;
        this.db
          .query<unknown, [string | null, number]>("UPDATE rooms SET lock = ? WHERE id = ?")
          .run(lock ?? null, roomId);
        this.db
          .query<unknown, [number]>("DELETE FROM standings WHERE room = ? AND standing = 'member'")
          .run(roomId);
        if (lock !== undefined) this.#set(roomId, byId, "member");
        return;
      }
      case "remove":
        this.#set(roomId, change.memberId, "removed");
        return;
      case "admit":
        // They need not show the key of a closed room, unless they have none of their own to prove who they are.
        this.db
          .query<unknown, [number, number]>("DELETE FROM standings WHERE room = ? AND member = ?")
          .run(roomId, change.memberId);
        this.db
          .query<unknown, [number, number, number]>(
            `INSERT INTO standings (room, member, standing, at)
             SELECT rooms.id, members.id, 'member', ? FROM rooms, members
             WHERE rooms.id = ? AND lock IS NOT NULL AND members.id = ? AND key IS NOT NULL`,
          )
          .run(Date.now(), roomId, change.memberId);
        return;
    }
  }

  #set(roomId: number, memberId: number, standing: Standing): void {
    this.db
      .query<unknown, [number, number, Standing, number]>(
        "INSERT OR REPLACE INTO standings (room, member, standing, at) VALUES (?, ?, ?, ?)",
      )
      .run(roomId, memberId, standing, Date.now());
  }
}

function lobbyRecord({ id, name, is_closed, start }: LobbyRow): LobbyRecord {
  // Inside of the room's name the quotation marks have a backslash each: this can only be the field.
  const at = /"seq":\d+,"at":(-?\d+)/.exec(new TextDecoder().decode(start))?.[1];
  return { id, name, at: Number(at ?? 0), isClosed: is_closed === 1 };
}
