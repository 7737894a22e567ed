import type { Database, Statement } from "bun:sqlite";
import type { Older } from "../room/older.ts";
import type {
  Append,
  Author,
  DirectRecord,
  LobbyRecord,
  MemberRecord,
  RoomMaking,
  RoomRecord,
  RoomStore,
  Standing,
} from "../room/store.ts";
import { inTransaction } from "./database.ts";
import type { FileRows } from "./file-rows.ts";
import { randomText } from "./random.ts";
import { RoomKeys } from "./room-keys.ts";
import { Standings } from "./standings.ts";

type RoomRow = {
  id: number;
  name: string;
  epoch: string;
  head: number | null;
  oldest: number | null;
  maker: number | null;
  lock: string | null;
};
type DirectRow = {
  room: string;
  head: number;
  id: number;
  name: string;
  is_host: number;
  is_keyless: number;
};
type Blob = { line: Uint8Array };

const head = "(SELECT max(seq) FROM entries WHERE room = rooms.id)";
const oldest = "(SELECT min(seq) FROM entries WHERE room = rooms.id)";
const columns = `id, name, epoch, ${head} AS head, ${oldest} AS oldest, maker, lock`;

const readRowsMax = 4096;
/** An author as the store hands it out: once the row is there, its number is remembered. */
class StoredAuthor implements Author {
  row: number | undefined;
  constructor(
    readonly roomId: number,
    readonly memberId: number,
    readonly device: string,
    readonly mark: number,
  ) {}
}

/** Rooms and their logs in SQLite. */
export class SqliteRooms implements RoomStore {
  readonly #find: Statement<RoomRow, [string]>;
  readonly #byId: Statement<RoomRow & { fold: string }, [number]>;
  readonly #directs: Statement<DirectRow, { member: number }[]>;
  readonly #create: Statement<{ id: number }, (string | number | null)[]>;
  readonly #insert: Statement<unknown, [number, number, number | null, number | null, Uint8Array]>;
  readonly #addAuthor: Statement<{ id: number }, [number, number, string]>;
  readonly #setMark: Statement<unknown, [number, number]>;
  readonly #findAuthor: Statement<{ id: number; mark: number }, [number, number, string]>;
  readonly #findPost: Statement<Blob, [number, number]>;
  readonly #lines: Statement<Blob, [number, number, number]>;
  readonly #standings: Standings;
  readonly #keys = new RoomKeys();

  constructor(
    private readonly db: Database,
    private readonly files: FileRows,
  ) {
    // `query`, not `prepare`: the database finalizes these when it is closed, and is closed for good only then.
    this.#find = db.query(`SELECT ${columns} FROM rooms WHERE fold = ?`);
    this.#byId = db.query(`SELECT ${columns}, fold FROM rooms WHERE id = ?`);
    this.#directs = db.query(
      `SELECT rooms.name AS room, ${head} AS head, members.id AS id, members.name AS name, is_host,
         key IS NULL AS is_keyless
       FROM rooms JOIN members ON members.id = CASE low WHEN $member THEN high ELSE low END
       WHERE (low = $member OR high = $member) AND ${head} IS NOT NULL ORDER BY rooms.id`,
    );
    this.#create = db.query(
      `INSERT INTO rooms (fold, name, epoch, low, high, is_listed, maker, lock)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    );
    this.#insert = db.query("INSERT INTO entries (room, seq, author, n, line) VALUES (?, ?, ?, ?, ?)");
    this.#addAuthor = db.query("INSERT INTO authors (room, member, device) VALUES (?, ?, ?) RETURNING id");
    this.#setMark = db.query("UPDATE authors SET mark = ? WHERE id = ?");
    this.#findAuthor = db.query("SELECT id, mark FROM authors WHERE room = ? AND member = ? AND device = ?");
    this.#findPost = db.query("SELECT line FROM entries WHERE author = ? AND n = ?");
    this.#lines = db.query("SELECT line FROM entries WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?");
    this.#standings = new Standings(db);
  }

  findRoom(fold: string): RoomRecord | undefined {
    const row = this.#find.get(fold);
    return row === null ? undefined : record(row);
  }

  roomById(id: number): { record: RoomRecord; fold: string } | undefined {
    const row = this.#byId.get(id);
    return row === null ? undefined : { record: record(row), fold: row.fold };
  }

  directsOf(memberId: number): DirectRecord[] {
    const rows = this.#directs.all({ member: memberId });
    return rows.map(({ room, head, id, name, is_host, is_keyless }) => ({
      room,
      head,
      other: { id, name, isHost: is_host === 1, isKeyless: is_keyless === 1 },
    }));
  }

  async createRoom(fold: string, name: string, making: RoomMaking = {}): Promise<RoomRecord> {
    const epoch = randomText(8);
    const { pair, isListed = true, makerId, lock } = making;
    const { low = null, high = null } = pair ?? {};
    const row = inTransaction(this.db, () =>
      this.#create.get(fold, name, epoch, low, high, Number(isListed), makerId ?? null, lock ?? null),
    );
    if (row === null) throw new Error(`The room "${name}" was not made`);
    return { id: row.id, name, epoch, head: 0, oldest: 1, makerId, lock };
  }

  async deleteRoom(roomId: number): Promise<void> {
    inTransaction(this.db, () => {
      // All at once: half a room would be worse than a long step, and a million entries take seconds.
      for (const table of ["entries", "authors", "files", "standings"]) {
        this.db.query<unknown, [number]>(`DELETE FROM ${table} WHERE room = ?`).run(roomId);
      }
      this.db.query<unknown, [number]>("DELETE FROM rooms WHERE id = ?").run(roomId);
    });
  }

  standing(roomId: number, memberId: number): Standing | undefined {
    return this.#standings.of(roomId, memberId);
  }

  async keepMember(roomId: number, memberId: number, lock: string): Promise<void> {
    inTransaction(this.db, () => this.#standings.keep(roomId, memberId, lock));
  }

  removedFrom(roomId: number, limit: number): MemberRecord[] {
    return this.#standings.removedFrom(roomId, limit);
  }

  openRooms(): LobbyRecord[] {
    return this.#standings.openRooms();
  }

  closedRooms(): LobbyRecord[] {
    return this.#standings.closedRooms();
  }

  closedRoomsOf(memberId: number, here: readonly number[]): LobbyRecord[] {
    return this.#standings.closedRoomsOf(memberId, here);
  }

  lockOf(key: string): Promise<string> {
    return this.#keys.lockOf(key);
  }

  isOpenedBy(key: string, lock: string | undefined): Promise<boolean> {
    return this.#keys.isOpenedBy(key, lock);
  }

  async append(batch: readonly Append[]): Promise<void> {
    const marks = new Map<StoredAuthor, number>();
    const added: StoredAuthor[] = [];
    try {
      inTransaction(this.db, () => {
        for (const { roomId, seq, line, post, file, room } of batch) {
          if (file !== undefined) this.files.change(roomId, file);
          if (room !== undefined) this.#standings.change(roomId, room);
          if (post === undefined) {
            this.#insert.run(roomId, seq, null, null, line);
            continue;
          }
          const author = ours(post.author);
          if (author.row === undefined) {
            author.row = this.#add(author);
            added.push(author);
          }
          marks.set(author, post.n);
          this.#insert.run(roomId, seq, author.row, post.n, line);
        }
        for (const [author, mark] of marks) this.#setMark.run(mark, author.row ?? 0);
      });
    } catch (error) {
      // Their rows went with the batch.
      for (const author of added) author.row = undefined;
      throw error;
    }
  }

  older(roomId: number): Older {
    return { read: (after, into) => this.#read(roomId, after, into) };
  }

  author(roomId: number, memberId: number, device: string): Author {
    const row = this.#findAuthor.get(roomId, memberId, device);
    const author = new StoredAuthor(roomId, memberId, device, row?.mark ?? 0);
    author.row = row?.id;
    return author;
  }

  findPost(author: Author, n: number): Uint8Array | undefined {
    const { row } = ours(author);
    return row === undefined ? undefined : this.#findPost.get(row, n)?.line;
  }

  #add({ roomId, memberId, device }: StoredAuthor): number {
    const row = this.#addAuthor.get(roomId, memberId, device);
    if (row === null) throw new Error("The author was not added");
    return row.id;
  }

  #read(roomId: number, after: number, into: Uint8Array): { bytes: number; count: number } {
    let bytes = 0;
    let count = 0;
    for (const { line } of this.#lines.iterate(roomId, after, readRowsMax)) {
      if (bytes + line.length > into.length) break;
      into.set(line, bytes);
      bytes += line.length;
      count += 1;
    }
    return { bytes, count };
  }
}

function record({ id, name, epoch, head, oldest, maker, lock }: RoomRow): RoomRecord {
  return {
    id,
    name,
    epoch,
    head: head ?? 0,
    oldest: oldest ?? 1,
    makerId: maker ?? undefined,
    lock: lock ?? undefined,
  };
}

function ours(author: Author): StoredAuthor {
  if (!(author instanceof StoredAuthor)) throw new Error("The author was not handed out by this store");
  return author;
}
