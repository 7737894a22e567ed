import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomChange } from "../../src/room/store.ts";
import { migrations } from "../../src/store/migrations.ts";
import { openStore, type Store } from "../../src/store/store.ts";

const paths: string[] = [];
afterAll(() => {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
});

function newPath(): string {
  const path = mkdtempSync(join(tmpdir(), "pendopo-standings-"));
  paths.push(path);
  return path;
}

function line(room: string, seq: number, at: number): Uint8Array {
  const fields = `"member":"m1","name":"Ada","kind":"room","action":"created"`;
  return Buffer.from(`{"type":"entry","room":${JSON.stringify(room)},"seq":${seq},"at":${at},${fields}}\n`);
}

/** A store with two members, and a way to change a room by an entry. */
async function withMembers() {
  const store = openStore(newPath());
  const [ada, budi] = [
    await store.members.claim("key a", "Ada", { fold: "ada", look: "Ada" }),
    await store.members.claim("key b", "Budi", { fold: "budi", look: "Budi" }),
  ];
  let seq = 0;
  const change = (roomId: number, room?: RoomChange) => {
    seq += 1;
    return store.rooms.append([{ roomId, seq, line: line("attic", seq, seq), post: undefined, room }]);
  };
  return { store, ada, budi, change };
}

describe("Who may enter a room", () => {
  test("is kept with the lock that was opened, and not with another one", async () => {
    const { store, ada, budi } = await withMembers();
    const { id } = await store.rooms.createRoom("attic", "attic", { makerId: ada.id, lock: "one" });
    await store.rooms.keepMember(id, budi.id, "two");
    expect(store.rooms.standing(id, budi.id)).toBeUndefined();
    await store.rooms.keepMember(id, budi.id, "one");
    expect(store.rooms.standing(id, budi.id)).toBe("member");
    store.close();
  });

  test("changes with the entry that says so", async () => {
    const { store, ada, budi, change } = await withMembers();
    const { id } = await store.rooms.createRoom("attic", "attic", { makerId: ada.id, lock: "one" });
    await store.rooms.keepMember(id, budi.id, "one");
    await change(id, { do: "remove", memberId: budi.id });
    // Having the key does not help who was removed.
    await store.rooms.keepMember(id, budi.id, "one");
    expect(store.rooms.removedFrom(id, 10).map(({ name }) => name)).toEqual(["Budi"]);
    await change(id, { do: "key", lock: undefined, byId: ada.id });
    expect(store.rooms.standing(id, budi.id)).toBe("removed");
    await change(id, { do: "key", lock: "two", byId: ada.id });
    expect([ada, budi].map((member) => store.rooms.standing(id, member.id))).toEqual(["member", "removed"]);
    await change(id, { do: "admit", memberId: budi.id });
    expect(store.rooms.standing(id, budi.id)).toBe("member");
    store.close();
  });

  test("does not change when the entry cannot be kept", async () => {
    const { store, budi, change } = await withMembers();
    const { id } = await store.rooms.createRoom("attic", "attic", { lock: "one" });
    await change(id);
    const again = { roomId: id, seq: 1, line: line("attic", 1, 1), post: undefined };
    const failing = store.rooms.append([{ ...again, room: { do: "remove", memberId: budi.id } }]);
    expect(await failing.catch(() => "failed")).toBe("failed");
    expect(store.rooms.standing(id, budi.id)).toBeUndefined();
    store.close();
  });
});

test("R-LOBBY-1: The lobby has open rooms with an entry, and closed ones of the member's; none that is not to be listed", async () => {
  const { store, ada, budi, change } = await withMembers();
  const name = 'a "quoted" room ,"seq":1,"at":5';
  const { id: open } = await store.rooms.createRoom("open", name);
  await store.rooms.createRoom("empty", "empty");
  const { id: hidden } = await store.rooms.createRoom("hidden", "hidden", { isListed: false });
  const { id: closed } = await store.rooms.createRoom("closed", "closed", { makerId: ada.id, lock: "one" });
  const at = 1_700_000_000_000;
  await store.rooms.append([{ roomId: open, seq: 1, line: line(name, 1, at), post: undefined }]);
  await store.rooms.append([{ roomId: hidden, seq: 1, line: line("hidden", 1, at), post: undefined }]);
  await change(closed);
  expect(store.rooms.openRooms()).toEqual([{ id: open, name, at, isClosed: false }]);
  const ids = (memberId: number, here: number[]) =>
    store.rooms.closedRoomsOf(memberId, here).map(({ id }) => id);
  expect([ids(ada.id, []), ids(budi.id, []), ids(budi.id, [closed])]).toEqual([[closed], [], [closed]]);
  await change(closed, { do: "remove", memberId: budi.id });
  expect(ids(budi.id, [closed])).toEqual([]);
  store.close();
});

test("Rooms of an earlier version are open, and belong to whoever made them with a key", () => {
  const path = newPath();
  const db = new Database(join(path, "pendopo.db"), { create: true });
  for (const step of migrations.slice(0, 4)) db.run(step);
  db.run("PRAGMA user_version = 4");
  db.run(
    "INSERT INTO members (id, key, name, name_fold) VALUES (1, 'a', 'Ada', 'ada'), (2, NULL, 'alice', 'alice')",
  );
  db.run(
    "INSERT INTO rooms (id, fold, name, epoch) VALUES (1, 'one', 'one', 'e'), (2, 'two', 'two', 'e'), (3, 'three', 'three', 'e')",
  );
  const insert = db.query("INSERT INTO entries (room, seq, line) VALUES (?, 1, ?)");
  insert.run(1, line("one", 1, 1));
  insert.run(
    2,
    Buffer.from(
      Buffer.from(line("two", 1, 1))
        .toString()
        .replace('"m1"', '"m2"'),
    ),
  );
  insert.run(3, Buffer.from('{"type":"entry","member":"m1","kind":"message","text":"x"}\n'));
  db.close();
  let store: Store | undefined;
  try {
    store = openStore(path);
    const made = ["one", "two", "three"].map((fold) => store?.rooms.findRoom(fold));
    expect(made.map((room) => room?.makerId)).toEqual([1, undefined, undefined]);
    expect(made.map((room) => room?.lock)).toEqual([undefined, undefined, undefined]);
  } finally {
    store?.close();
  }
});
