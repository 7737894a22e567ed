import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Likeness, likenessOf } from "../../src/room/likeness.ts";
import { DirectoryProblem } from "../../src/store/directory.ts";
import { migrations } from "../../src/store/migrations.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { checkName } from "../../src/wire/names.ts";
import { cleanUp, contents, folder } from "./folder.ts";
import { linesOf } from "./log-lines.ts";

cleanUp();

/** Opens a store, works with it, and closes it. */
async function using<T>(path: string, work: (store: Store) => Promise<T> | T): Promise<T> {
  const store = openStore(path);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

/** The sentence with which a directory is refused. */
function refusal(path: string): string {
  try {
    openStore(path).close();
  } catch (error) {
    if (error instanceof DirectoryProblem) return error.message;
    throw error;
  }
  return "none";
}

const line = (text: string) => new TextEncoder().encode(`${text}\n`);

/** A process of its own that has the store open. */
async function holder(path: string) {
  const command = [process.execPath, Bun.fileURLToPath(new URL("./holder.ts", import.meta.url)), path];
  const child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const { value } = await child.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("holding\n");
  return child;
}

describe("A store", () => {
  test("is made with its directory, which is nobody else's to read", async () => {
    const path = join(folder(), "deep", "down");
    await using(path, ({ serverId, hostSecret }) => {
      expect(serverId).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(hostSecret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    });
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test.skipIf(process.platform === "win32")(
    "is nobody else's to read in a directory that others can read, also when it was before",
    async () => {
      const path = join(folder(), "shared");
      mkdirSync(path);
      chmodSync(path, 0o755);
      const before = process.umask(0o022);
      try {
        const modes = () =>
          Object.fromEntries(
            readdirSync(path).map((name) => [name, statSync(join(path, name)).mode & 0o777]),
          );
        const names = ["lock", "pendopo.db", "pendopo.db-shm", "pendopo.db-wal"];
        const all = (mode: number) => Object.fromEntries(names.map((name) => [name, mode]));
        const child = await holder(path);
        expect(modes()).toMatchObject(all(0o600));
        for (const name of names) chmodSync(join(path, name), 0o644);
        // Leaves all of them behind.
        child.kill("SIGKILL");
        await child.exited;
        expect(modes()).toMatchObject(all(0o644));
        await using(path, () => {
          expect(modes()).toMatchObject(all(0o600));
          expect(Object.values(modes()).filter((mode) => (mode & 0o077) !== 0)).toEqual([]);
        });
      } finally {
        process.umask(before);
      }
    },
  );

  test("has everything when it is opened again", async () => {
    const path = folder();
    const before = await using(path, async ({ rooms, members, serverId, hostSecret }) => {
      const ada = await members.claim("key-a", "Ada", like("Ada"));
      await members.makeHost(ada.id);
      await members.claim("key-b", "Budi", like("Budi"));
      await members.free(2);
      const room = await rooms.createRoom("lobby", "Lobby");
      const author = rooms.author(room.id, ada.id, "laptop");
      await rooms.append([
        { roomId: room.id, seq: 1, line: line("one"), post: undefined },
        { roomId: room.id, seq: 2, line: line("two"), post: { author, n: 7 } },
      ]);
      return { serverId, hostSecret, room };
    });
    await using(path, ({ rooms, members, serverId, hostSecret }) => {
      expect({ serverId, hostSecret }).toEqual({ serverId: before.serverId, hostSecret: before.hostSecret });
      expect(members.findMember("key-a")).toEqual({ id: 1, name: "Ada", isHost: true, isKeyless: false });
      expect(members.findMember("key-b")).toEqual({ id: 2, name: "", isHost: false, isKeyless: false });
      const room = rooms.findRoom("lobby")!;
      expect(room).toEqual({ ...before.room, head: 2 });
      expect(linesOf(rooms.older(room.id)).lines.toString()).toBe("one\ntwo\n");
      const author = rooms.author(room.id, 1, "laptop");
      expect(author.mark).toBe(7);
      expect(Buffer.from(rooms.findPost(author, 7)!).toString()).toBe("two\n");
    });
  });

  test("leaves one file when it is closed, besides the lock", async () => {
    const path = folder();
    await using(path, ({ rooms }) => rooms.createRoom("lobby", "lobby"));
    expect(Object.keys(contents(path))).toEqual(["pendopo.db"]);
  });

  test("is another server than that of another directory", async () => {
    const ids = await Promise.all([folder(), folder()].map((path) => using(path, (store) => store.serverId)));
    expect(ids[0]).not.toBe(ids[1]!);
  });

  test("is brought to the schema of this program from an empty file", async () => {
    const path = folder();
    writeFileSync(join(path, "pendopo.db"), "");
    await using(path, ({ rooms }) => expect(rooms.findRoom("lobby")).toBeUndefined());
    const db = new Database(join(path, "pendopo.db"), { readonly: true });
    expect(db.query("PRAGMA user_version").get()).toEqual({ user_version: migrations.length });
    expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    db.close();
  });
});

describe("Members", () => {
  test("have ids that are never used again, and names that are", async () => {
    await using(folder(), async ({ members }) => {
      expect(await members.claim("key-a", "Ada", like("Ada"))).toEqual({
        id: 1,
        name: "Ada",
        isHost: false,
        isKeyless: false,
      });
      expect(await members.claim("key-a", "Countess", like("Countess"))).toMatchObject({
        id: 1,
        name: "Countess",
      });
      expect(members.ownersOf(like("Ada"))).toEqual([]);
      expect(await members.claim("key-b", "ADA", like("ADA"))).toMatchObject({ id: 2 });
      expect(members.ownersOf(like("Ada"))).toMatchObject([{ id: 2, name: "ADA" }]);
    });
  });

  test("cannot have a name that is somebody's, whatever asks for it", async () => {
    await using(folder(), async ({ members }) => {
      await members.claim("key-a", "Ada", like("Ada"));
      await expect(members.claim("key-b", "Ada", like("Ada"))).rejects.toThrow("UNIQUE");
      expect(members.findMember("key-b")).toBeUndefined();
    });
  });
});

test("Names of an older server get their looks, and two that look alike keep their owners", async () => {
  const path = folder();
  await using(path, ({ members }) => members.claim("key-c", "Citra", like("Citra")));
  const db = new Database(join(path, "pendopo.db"));
  const add = db.query("INSERT INTO members (key, name, name_fold) VALUES (?, ?, ?)");
  add.run("key-a", "modem", "modem");
  add.run("key-b", "modern", "modern");
  db.run("UPDATE members SET name_look = NULL, name_fold = lower(name)");
  db.close();
  await using(path, ({ members }) => {
    expect(members.ownersOf(like("Сitra"))).toMatchObject([{ name: "Citra" }]);
    expect(members.ownersOf(like("modern"))).toMatchObject([{ name: "modem" }, { name: "modern" }]);
  });
});

describe("A directory is refused with one sentence", () => {
  test("when this process uses it already, until it does not any more", async () => {
    const path = folder();
    await using(path, () => {
      expect(refusal(path)).toBe(
        `Cannot use the data directory ${path}: another process of this program uses it`,
      );
    });
    expect(refusal(path)).toBe("none");
  });

  test("when another process uses it, and is free once that was killed, with what it had written", async () => {
    const path = folder();
    const child = await holder(path);
    expect(refusal(path)).toContain("another process of this program uses it");
    child.kill("SIGKILL");
    await child.exited;
    await using(path, ({ rooms }) => {
      const room = rooms.findRoom("lobby")!;
      expect(linesOf(rooms.older(room.id)).lines.toString()).toBe('{"kept":true}\n');
    });
  });

  test("when it cannot be made, and nothing is", () => {
    const path = join(folder(), "file");
    writeFileSync(path, "");
    for (const wrong of [path, join(path, "below")]) {
      expect(refusal(wrong)).toBe(`Cannot use the data directory ${wrong}: it cannot be written`);
    }
    expect(statSync(path).size).toBe(0);
  });

  test("when it cannot be written", () => {
    const path = folder();
    chmodSync(path, 0o500);
    // Root may write everywhere but where the kernel does not let anybody.
    const wrong = process.getuid?.() === 0 ? "/proc" : path;
    expect(refusal(wrong)).toMatch(/: (it cannot be written|its lock cannot be taken)$/);
    expect(contents(path)).toEqual({});
  });

  test("when its database is damaged, which stays as it is", async () => {
    const path = folder();
    await using(path, ({ rooms }) => rooms.createRoom("lobby", "lobby"));
    const file = join(path, "pendopo.db");
    for (const bytes of ["no database at all, but long enough to be one".repeat(100), "short"]) {
      writeFileSync(file, bytes);
      const before = contents(path);
      expect(refusal(path)).toBe(`Cannot use ${file}: it is damaged or no database of this program`);
      expect(contents(path)).toEqual(before);
    }
  });

  test("when its database is a directory", () => {
    const path = folder();
    mkdirSync(join(path, "pendopo.db"));
    expect(refusal(path)).toContain("it is damaged or no database of this program");
  });

  test("when a newer program wrote its database, which stays as it is, byte for byte", async () => {
    const path = folder();
    await using(path, ({ rooms }) => rooms.createRoom("lobby", "lobby"));
    const file = join(path, "pendopo.db");
    const newer = new Database(file);
    newer.run(`PRAGMA user_version = ${migrations.length + 1}`);
    newer.run("CREATE TABLE of_the_future (x)");
    newer.close();
    const before = contents(path);
    for (let i = 0; i < 2; i++) {
      expect(refusal(path)).toBe(
        `Cannot use ${file}: a newer version of this program wrote it (schema ${migrations.length + 1}, this one knows ${migrations.length})`,
      );
      expect(contents(path)).toEqual(before);
    }
  });

  test("when a newer program died and left its last writes in the log beside the database", async () => {
    const path = folder();
    await using(path, () => {});
    const file = join(path, "pendopo.db");
    const script = `import { Database } from "bun:sqlite";
      const db = new Database(${JSON.stringify(file)});
      db.run("PRAGMA journal_mode = WAL");
      db.run("PRAGMA user_version = 999");
      process.kill(process.pid, "SIGKILL");`;
    await Bun.spawn([process.execPath, "-e", script]).exited;
    expect(existsSync(`${file}-wal`)).toBe(true);
    const before = contents(path);
    expect(refusal(path)).toContain("a newer version of this program wrote it (schema 999");
    const { "pendopo.db-shm": _, ...after } = contents(path);
    const { "pendopo.db-shm": __, ...kept } = before;
    expect(after).toEqual(kept);
  });
});

function like(name: string): Likeness {
  const checked = checkName(name);
  if (!checked.ok) throw new Error(checked.problem);
  return likenessOf(checked);
}
