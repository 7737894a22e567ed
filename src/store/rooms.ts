import type { Database, Statement } from "bun:sqlite";
import type { Older } from "../room/log.ts";
import type { Append, Author, RoomRecord, RoomStore } from "../room/store.ts";
import { inTransaction } from "./database.ts";
import { randomText } from "./random.ts";

type RoomRow = { id: number; name: string; epoch: string; head: number | null; oldest: number | null };
type Blob = { line: Uint8Array };

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
  readonly #create: Statement<{ id: number }, [string, string, string, number]>;
  readonly #insert: Statement<unknown, [number, number, number | null, number | null, Uint8Array]>;
  readonly #addAuthor: Statement<{ id: number }, [number, number, string]>;
  readonly #setMark: Statement<unknown, [number, number]>;
  readonly #findAuthor: Statement<{ id: number; mark: number }, [number, number, string]>;
  readonly #findPost: Statement<Blob, [number, number]>;
  readonly #read: Statement<Blob, [number, number, number]>;

  constructor(private readonly db: Database) {
    // `query`, not `prepare`: the database finalizes these when it is closed, and is closed for good only then.
    this.#find = db.query(
      `SELECT id, name, epoch,
         (SELECT max(seq) FROM entries WHERE room = rooms.id) AS head,
         (SELECT min(seq) FROM entries WHERE room = rooms.id) AS oldest
       FROM rooms WHERE fold = ?`,
    );
    this.#create = db.query(
      "INSERT INTO rooms (fold, name, epoch, is_listed) VALUES (?, ?, ?, ?) RETURNING id",
    );
    this.#insert = db.query("INSERT INTO entries (room, seq, author, n, line) VALUES (?, ?, ?, ?, ?)");
    this.#addAuthor = db.query("INSERT INTO authors (room, member, device) VALUES (?, ?, ?) RETURNING id");
    this.#setMark = db.query("UPDATE authors SET mark = ? WHERE id = ?");
    this.#findAuthor = db.query("SELECT id, mark FROM authors WHERE room = ? AND member = ? AND device = ?");
    this.#findPost = db.query("SELECT line FROM entries WHERE author = ? AND n = ?");
    this.#read = db.query("SELECT line FROM entries WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?");
  }

  findRoom(fold: string): RoomRecord | undefined {
    const row = this.#find.get(fold);
    return row === null ? undefined : { ...row, head: row.head ?? 0, oldest: row.oldest ?? 1 };
  }

  async createRoom(fold: string, name: string, isListed = true): Promise<RoomRecord> {
    const epoch = randomText(8);
    const row = inTransaction(this.db, () => this.#create.get(fold, name, epoch, Number(isListed)));
    if (row === null) throw new Error(`The room "${name}" was not made`);
    return { id: row.id, name, epoch, head: 0, oldest: 1 };
  }

  async append(batch: readonly Append[]): Promise<void> {
    const marks = new Map<StoredAuthor, number>();
    const added: StoredAuthor[] = [];
    try {
      inTransaction(this.db, () => {
        for (const { roomId, seq, line, post } of batch) {
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
    return { read: (after, bytesMax) => this.#lines(roomId, after, bytesMax) };
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

function ours(author: Author): StoredAuthor {
  if (!(author instanceof StoredAuthor)) throw new Error("The author was not handed out by this store");
  return author;
}
