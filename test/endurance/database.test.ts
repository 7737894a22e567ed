// Databases of every earlier schema, cut short, and with wrong bytes: the program opens them, or says why not.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrations } from "../../src/store/migrations.ts";
import { openStore } from "../../src/store/store.ts";
import { Client, Key } from "../relay/client.ts";
import { byLength, patienceMs, report } from "./length.ts";
import { newFolder, Server, type Wish } from "./server.ts";
import { Speaker, wholeLog } from "./speaker.ts";

const damages = byLength({ fast: 30, short: 200, long: 5_000 });
const atOnce = 10;
const entries = 300;
/** A whole log is read in a tenth of a second. */
const readMsMax = 5_000;

/** A database as the program of an earlier schema left it, with people and talk in it. */
function writeEarlier(path: string, version: number): void {
  const db = new Database(path);
  for (const step of migrations.slice(0, version)) db.run(step);
  db.run(`PRAGMA user_version = ${version}`);
  db.run("INSERT INTO server (one, id, host_secret) VALUES (1, ?, ?)", ["s".repeat(22), "h".repeat(43)]);
  db.run("INSERT INTO members (id, key, is_host, name, name_fold) VALUES (1, 'key', 1, 'Ada', 'ada')");
  db.run("INSERT INTO rooms (id, fold, name, epoch) VALUES (1, 'lobby', 'Lobby', 'epochepoch1')");
  db.run("INSERT INTO authors (id, room, member, device, mark) VALUES (1, 1, 1, 'laptop', 9)");
  for (let seq = 1; seq <= 9; seq++) {
    db.run("INSERT INTO entries (room, seq, author, n, line) VALUES (1, ?, 1, ?, ?)", [
      seq,
      seq,
      lineOf(seq),
    ]);
  }
  db.close();
}

const lineOf = (seq: number) => new TextEncoder().encode(`{"type":"entry","seq":${seq}}\n`);

for (let version = 1; version <= migrations.length; version++) {
  test(`A database of schema ${version} is opened with everything in it, and written to`, async () => {
    const data = newFolder();
    const path = join(data, "pendopo.db");
    writeEarlier(path, version);
    for (let time = 0; time < 2; time++) {
      const store = openStore(data);
      const { rooms, members, serverId, hostSecret } = store;
      expect({ serverId, hostSecret }).toEqual({ serverId: "s".repeat(22), hostSecret: "h".repeat(43) });
      expect(members.findMember("key")).toEqual({ id: 1, name: "Ada", isHost: true, isKeyless: false });
      expect(rooms.findRoom("lobby")).toEqual({
        id: 1,
        name: "Lobby",
        epoch: "epochepoch1",
        head: 9 + time,
        oldest: 1,
        makerId: undefined,
        lock: undefined,
      });
      const author = rooms.author(1, 1, "laptop");
      expect(author.mark).toBe(9 + time);
      expect(rooms.findPost(author, 5)).toEqual(lineOf(5));
      await rooms.append([{ roomId: 1, seq: 10 + time, line: lineOf(10), post: { author, n: 10 + time } }]);
      expect(rooms.older(1).read(0, Buffer.alloc(1e6)).count).toBe(10 + time);
      store.close();
    }
    const db = new Database(path);
    expect(db.query("PRAGMA user_version").get()).toEqual({ user_version: migrations.length });
    expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    expect(db.query("PRAGMA foreign_key_check").all()).toEqual([]);
    db.close();
  });
}

/** A data directory in which people have talked, as a killed program leaves it, and what they said. */
async function talkedIn(): Promise<{ data: string; texts: string[] }> {
  const server = await Server.start();
  const speaker = new Speaker("Ada", { port: server.port });
  for (let i = 0; i < entries; i++) speaker.post(`${i} ${"x".repeat(i * 3)}`);
  await speaker.settled();
  speaker.stop();
  // In good order for every other file: the log beside the database is gone then, and all is in one file.
  await (Math.random() < 0.5 ? server.kill() : server.stop());
  return { data: server.data, texts: speaker.posts.map(({ text }) => text) };
}

type Outcome = "refused" | "read" | "lacking" | "stopped";

/** Starts the program on a damaged directory and reads what is there. @returns How it went; throws if badly. */
async function open(data: string, texts: ReadonlySet<string>, own?: Wish["own"]): Promise<Outcome> {
  const server = Server.launch(own === undefined ? { data } : { data, own });
  if (!(await server.listens())) {
    expect({ code: await server.ended(), stderr: server.stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^pendopo: Cannot use [^\n]+: it is damaged or no database of this program\n$/,
      ),
    });
    return "refused";
  }
  try {
    // Where a line end is damaged, a reader waits for one: what it has by then counts for nothing.
    const read = await Promise.race([
      wholeLog({ port: server.port }).catch(() => undefined),
      Bun.sleep(readMsMax).then(() => undefined),
    ]);
    const said = read?.flatMap(({ text }) => text ?? []) ?? [];
    const whole = said.length === entries && said.every((text) => texts.has(text));
    await talkAfter(server);
    return whole ? "read" : "lacking";
  } finally {
    await server.kill();
  }
}

/** Whatever is damaged, one who talks gets an answer: an entry, a refusal, or the end of the connection. */
async function talkAfter(server: Server): Promise<void> {
  const client = await Client.member(server.port, "Somebody new", new Key()).catch(() => undefined);
  if (client === undefined) return;
  client.send({ type: "join", room: "another" });
  client.send({ type: "post", room: "another", device: "d", n: 1, text: "Still here?" });
  await client.until(
    () => client.isClosed || client.of("entry").length + client.of("error").length > 0,
    "an answer",
  );
  client.vanish();
}

for (const [what, damage] of [
  ["cut short", (path: string, size: number) => truncateSync(path, Math.floor(Math.random() * size))],
  [
    "with flipped bytes",
    (path: string, size: number) => {
      const bytes = readFileSync(path);
      const count = 1 + Math.floor(Math.random() * 8);
      for (let i = 0; i < count; i++)
        bytes[Math.floor(Math.random() * size)]! ^= 1 + Math.floor(Math.random() * 255);
      writeFileSync(path, bytes);
    },
  ],
] as const) {
  test(
    `A database ${what} is refused in one sentence, or serves what it has`,
    async () => {
      const outcomes = new Map<Outcome, number>();
      const { data, texts } = await talkedIn();
      const said = new Set(texts);
      const damageOne = async (i: number) => {
        const copy = newFolder();
        cpSync(data, copy, { recursive: true });
        const names = readdirSync(copy).filter((name) => /^pendopo\.db(-wal)?$/.test(name));
        const path = join(copy, names[i % names.length]!);
        damage(path, Bun.file(path).size);
        const outcome = await open(copy, said);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      };
      // Most of the time of one whose line ends are damaged is waiting.
      let next = 0;
      const some = async () => {
        for (let i = next++; i < damages; i = next++) await damageOne(i);
      };
      await Promise.all(Array.from({ length: atOnce }, some));
      report(`database ${what}: ${damages} times, ${JSON.stringify(Object.fromEntries(outcomes))}`);
    },
    patienceMs,
  );
}

test(
  "Control: a server that ends with a stack where its database is damaged is found out",
  async () => {
    const { data, texts } = await talkedIn();
    writeFileSync(join(data, "pendopo.db"), new Uint8Array(10_000).fill(7));
    rmSync(join(data, "pendopo.db-wal"), { force: true });
    // The tests' own relay says nothing in one sentence; the program does.
    await expect(open(data, new Set(texts), {})).rejects.toThrow("stderr");
    expect(await open(data, new Set(texts))).toBe("refused");
  },
  patienceMs,
);
