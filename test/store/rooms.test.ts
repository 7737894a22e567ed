import type { Database } from "bun:sqlite";
import { beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { StorageFull } from "../../src/room/storage-errors.ts";
import type { Append, Author } from "../../src/room/store.ts";
import { openDatabase } from "../../src/store/database.ts";
import { FileRows } from "../../src/store/file-rows.ts";
import { SqliteMembers } from "../../src/store/members.ts";
import { SqliteRooms } from "../../src/store/rooms.ts";
import { cleanUp, folder } from "./folder.ts";
import { linesOf } from "./log-lines.ts";

cleanUp();

let path: string;
let db: Database;
let rooms: SqliteRooms;
let memberId: number;

beforeEach(async () => {
  path = join(folder(), "pendopo.db");
  db = openDatabase(path);
  rooms = new SqliteRooms(db, new FileRows(db));
  memberId = (await new SqliteMembers(db).claim("key", "Ada", { fold: "ada", look: "Ada" })).id;
  return () => db.close();
});

const lineOf = (roomId: number, seq: number, chars = 10) => `${roomId}/${seq} ${"é".repeat(chars)}\n`;

function append(roomId: number, seq: number, author?: Author, n = seq, chars?: number): Append {
  const line = new TextEncoder().encode(lineOf(roomId, seq, chars));
  return { roomId, seq, line, post: author && { author, n } };
}

const expected = (roomId: number, count: number, chars?: number) =>
  Array.from({ length: count }, (_, i) => lineOf(roomId, i + 1, chars)).join("");

describe("A room", () => {
  test("is found by its fold, with its spelling and where its log stands", async () => {
    expect(rooms.findRoom("lobby")).toBeUndefined();
    const made = await rooms.createRoom("lobby", "Lobby");
    expect(made).toMatchObject({ name: "Lobby", head: 0, oldest: 1 });
    expect(rooms.findRoom("lobby")).toEqual(made);
    await rooms.append([append(made.id, 1), append(made.id, 2)]);
    expect(rooms.findRoom("lobby")).toEqual({ ...made, head: 2 });
  });

  test("has an epoch of its own", async () => {
    const made = await Promise.all(["a", "b", "c"].map((name) => rooms.createRoom(name, name)));
    for (const { epoch } of made) expect(epoch).toMatch(/^[A-Za-z0-9_-]{11}$/);
    expect(new Set(made.map(({ epoch }) => epoch)).size).toBe(3);
  });
});

describe("A log", () => {
  test("is read as it was written, in blocks of any size", async () => {
    const [{ id }, other] = [await rooms.createRoom("a", "a"), await rooms.createRoom("b", "b")];
    for (let seq = 1; seq <= 300; seq += 3) {
      const batch = [0, 1, 2].map((i) => append(id, seq + i, undefined, 0, 100));
      await rooms.append([...batch, append(other.id, Math.ceil(seq / 3))]);
    }
    for (const [bytesMax, reads] of [
      [250, 300],
      [1000, 75],
      [1e6, 1],
    ] as const) {
      expect(linesOf(rooms.older(id), bytesMax)).toEqual({
        lines: Buffer.from(expected(id, 300, 100)),
        reads,
      });
    }
    expect(linesOf(rooms.older(other.id)).lines.toString()).toBe(expected(other.id, 100));
  });

  test("of very many entries is read in blocks of a few thousand", async () => {
    const { id } = await rooms.createRoom("a", "a");
    await rooms.append(Array.from({ length: 5000 }, (_, i) => append(id, i + 1)));
    expect(linesOf(rooms.older(id))).toEqual({ lines: Buffer.from(expected(id, 5000)), reads: 2 });
  });

  test("can be written to while a reading of it was broken off", async () => {
    const { id } = await rooms.createRoom("a", "a");
    await rooms.append([append(id, 1), append(id, 2)]);
    expect(rooms.older(id).read(0, Buffer.alloc(30)).count).toBe(1);
    await rooms.append([append(id, 3)]);
    expect(rooms.older(id).read(0, Buffer.alloc(1000)).count).toBe(3);
  });
});

describe("A post", () => {
  test("is found by its author and number, and raises the mark", async () => {
    const { id } = await rooms.createRoom("a", "a");
    const author = rooms.author(id, memberId, "laptop");
    expect(author.mark).toBe(0);
    expect(rooms.findPost(author, 5)).toBeUndefined();
    await rooms.append([append(id, 1, author, 5), append(id, 2, author, 9)]);
    for (const each of [author, rooms.author(id, memberId, "laptop")]) {
      expect(Buffer.from(rooms.findPost(each, 5)!).toString()).toBe(lineOf(id, 1));
      expect(rooms.findPost(each, 6)).toBeUndefined();
    }
    expect(rooms.author(id, memberId, "laptop").mark).toBe(9);
    expect(rooms.author(id, memberId, "phone").mark).toBe(0);
  });

  test("has its number once, for ever", async () => {
    const { id } = await rooms.createRoom("a", "a");
    const author = rooms.author(id, memberId, "laptop");
    await rooms.append([append(id, 1, author, 5)]);
    const again = rooms.append([append(id, 2, author, 5)]);
    await expect(again).rejects.toThrow("UNIQUE");
    await rooms.append([append(id, 2, author, 6)]);
  });

  test("of somebody who is no member is not kept", async () => {
    const { id } = await rooms.createRoom("a", "a");
    const nobody = rooms.author(id, 999, "laptop");
    await expect(rooms.append([append(id, 1, nobody)])).rejects.toThrow("FOREIGN KEY");
    expect(rooms.findRoom("a")?.head).toBe(0);
  });
});

describe("A batch is kept whole or not at all", () => {
  test("when one of its entries cannot be kept", async () => {
    const { id } = await rooms.createRoom("a", "a");
    const author = rooms.author(id, memberId, "laptop");
    const broken = rooms.append([append(id, 1, author), append(id, 2, author), append(id, 2, author, 3)]);
    await expect(broken).rejects.toThrow("UNIQUE");
    expect(linesOf(rooms.older(id)).lines.toString()).toBe("");
    expect(rooms.author(id, memberId, "laptop").mark).toBe(0);
    await rooms.append([append(id, 1, author)]);
    expect(linesOf(rooms.older(id)).lines.toString()).toBe(expected(id, 1));
  });

  test("when the disk is full, and everything works again when there is space", async () => {
    const { id } = await rooms.createRoom("a", "a");
    const author = rooms.author(id, memberId, "laptop");
    const limit = (pages: number) => db.query(`PRAGMA max_page_count = ${pages}`).get();
    const { page_count: pages } = db.query<{ page_count: number }, []>("PRAGMA page_count").get()!;
    limit(pages);
    const large = [1, 2, 3].map((seq) => append(id, seq, author, seq, 5000));
    await expect(rooms.append(large)).rejects.toBeInstanceOf(StorageFull);
    expect(linesOf(rooms.older(id)).lines.toString()).toBe("");
    limit(1_000_000);
    await rooms.append(large);
    expect(linesOf(rooms.older(id)).lines.toString()).toBe(expected(id, 3, 5000));
    expect(rooms.author(id, memberId, "laptop").mark).toBe(3);
  });
});

test("A database has the settings that durability needs", () => {
  const value = (name: string) => Object.values(db.query(`PRAGMA ${name}`).get() as object)[0];
  expect(value("journal_mode")).toBe("wal");
  expect(value("synchronous")).toBe(2);
  expect(value("foreign_keys")).toBe(1);
});
