import type { Database, Statement } from "bun:sqlite";
import type { Older } from "../room/log.ts";
import type { Append, RoomRecord, RoomStore } from "../room/store.ts";
import { inTransaction } from "./database.ts";
import { randomText } from "./random.ts";

type RoomRow = { id: number; name: string; epoch: string; head: number | null; oldest: number | null };
type Blob = { line: Uint8Array };

const readRowsMax = 4096;
/** Authors whose row ids are remembered: about 100 bytes each. */
const authorsKnownMax = 10_000;

/** Rooms and their logs in SQLite. */
export class SqliteRooms implements RoomStore {
  readonly #find: Statement<RoomRow, [string]>;
  readonly #create: Statement<{ id: number }, [string, string, string]>;
  readonly #insert: Statement<unknown, [number, number, number | null, number | null, Uint8Array]>;
  readonly #addAuthor: Statement<{ id: number }, [number, number, string]>;
  readonly #setMark: Statement<unknown, [number, number]>;
  readonly #mark: Statement<{ mark: number }, [number, number, string]>;
  readonly #findPost: Statement<Blob, [number, number, string, number]>;
  readonly #read: Statement<Blob, [number, number, number]>;
  readonly #authors = new Map<string, number>();

  constructor(private readonly db: Database) {
    this.#find = db.prepare(
      `SELECT id, name, epoch,
         (SELECT max(seq) FROM entries WHERE room = rooms.id) AS head,
         (SELECT min(seq) FROM entries WHERE room = rooms.id) AS oldest
       FROM rooms WHERE fold = ?`,
    );
    this.#create = db.prepare("INSERT INTO rooms (fold, name, epoch) VALUES (?, ?, ?) RETURNING id");
    this.#insert = db.prepare("INSERT INTO entries (room, seq, author, n, line) VALUES (?, ?, ?, ?, ?)");
    // The update that changes nothing makes RETURNING speak for a row that was there.
    this.#addAuthor = db.prepare(
      `INSERT INTO authors (room, member, device) VALUES (?, ?, ?)
       ON CONFLICT (room, member, device) DO UPDATE SET mark = mark RETURNING id`,
    );
    this.#setMark = db.prepare("UPDATE authors SET mark = ? WHERE id = ?");
    this.#mark = db.prepare("SELECT mark FROM authors WHERE room = ? AND member = ? AND device = ?");
    this.#findPost = db.prepare(
      `SELECT line FROM entries
       WHERE author = (SELECT id FROM authors WHERE room = ? AND member = ? AND device = ?) AND n = ?`,
    );
    this.#read = db.prepare("SELECT line FROM entries WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?");
  }

  findRoom(fold: string): RoomRecord | undefined {
    const row = this.#find.get(fold);
    return row === null ? undefined : { ...row, head: row.head ?? 0, oldest: row.oldest ?? 1 };
  }

  async createRoom(fold: string, name: string): Promise<RoomRecord> {
    const epoch = randomText(8);
    const row = inTransaction(this.db, () => this.#create.get(fold, name, epoch));
    if (row === null) throw new Error(`The room "${name}" was not made`);
    return { id: row.id, name, epoch, head: 0, oldest: 1 };
  }

  async append(batch: readonly Append[]): Promise<void> {
    const marks = new Map<number, number>();
    try {
      inTransaction(this.db, () => {
        for (const { roomId, seq, line, post } of batch) {
          const author = post === undefined ? null : this.#author(roomId, post.memberId, post.device);
          if (author !== null && post !== undefined) marks.set(author, post.n);
          this.#insert.run(roomId, seq, author, post?.n ?? null, line);
        }
        for (const [author, mark] of marks) this.#setMark.run(mark, author);
      });
    } catch (error) {
      // The rows of new authors went with the batch.
      this.#authors.clear();
      throw error;
    }
  }

  older(roomId: number): Older {
    return { read: (after, bytesMax) => this.#lines(roomId, after, bytesMax) };
  }

  mark(roomId: number, memberId: number, device: string): number {
    return this.#mark.get(roomId, memberId, device)?.mark ?? 0;
  }

  findPost(roomId: number, memberId: number, device: string, n: number): Uint8Array | undefined {
    return this.#findPost.get(roomId, memberId, device, n)?.line;
  }

  #author(roomId: number, memberId: number, device: string): number {
    const key = `${roomId} ${memberId} ${device}`;
    const known = this.#authors.get(key);
    if (known !== undefined) return known;
    const row = this.#addAuthor.get(roomId, memberId, device);
    if (row === null) throw new Error(`The author "${key}" was not made`);
    if (this.#authors.size >= authorsKnownMax) this.#authors.clear();
    this.#authors.set(key, row.id);
    return row.id;
  }

  #lines(roomId: number, after: number, bytesMax: number): { lines: Uint8Array; count: number } {
    const lines: Uint8Array[] = [];
    let bytes = 0;
    for (const { line } of this.#read.iterate(roomId, after, readRowsMax)) {
      if (lines.length > 0 && bytes + line.length > bytesMax) break;
      lines.push(line);
      bytes += line.length;
    }
    return { lines: Buffer.concat(lines, bytes), count: lines.length };
  }
}
