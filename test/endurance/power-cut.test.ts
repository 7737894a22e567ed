// The system calls of a real run, replayed up to random moments: what was not synced by then is dropped or torn. The
// real store opens every image, and has everything that anybody had been shown by then.

import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../src/store/store.ts";
import { Person, put } from "../relay/file-client.ts";
import { linesOf } from "../store/log-lines.ts";
import { byLength, report } from "./length.ts";
import { Disk, someLuck } from "./lost-power.ts";
import { testWith } from "./needs.ts";
import { newFolder, Server, type Wish } from "./server.ts";
import { Speaker } from "./speaker.ts";
import { type Call, readCalls, recording } from "./syscalls.ts";

type Recording = {
  root: string;
  calls: Call[];
  /** What the server is known by; the tests' own relay has none. */
  certificate: string | undefined;
};
type Shown = { seq: number; line: string; action?: string; file?: string; sha256?: string };

const postsEach = 120;
const fileBytes = 300_000;
const moments = byLength({ fast: 150, short: 500, long: 10_000 });

/** Two people talk one line at a time, so that each has a commit of its own, and one sends two files. */
async function record(own?: Wish["own"]): Promise<Recording> {
  const root = newFolder();
  const file = join(newFolder(), "calls");
  const wish: Wish = { data: join(root, "deep", "data"), through: recording(file) };
  const server = await Server.start(own === undefined ? wish : { ...wish, own });
  const way = { port: server.port };
  const speakers = [new Speaker("Ada", way), new Speaker("Budi", way)];
  await Promise.all(speakers.map((each) => each.inRoom()));
  const [talked, sent] = [speakers.map(talk), sendFiles(server.port)];
  await Promise.all([...talked, sent]);
  for (const each of speakers) each.stop();
  // In the middle of its life: what a server in good order does at its end is none of this.
  await server.kill();
  const calls = await ended(file);
  return { root, calls, certificate: certificateIn(wish.data!) };
}

async function talk(speaker: Speaker): Promise<void> {
  for (let i = 0; i < postsEach; i++) {
    speaker.post("x".repeat(1 + ((i * 2_741) % 8_000)));
    await speaker.settled();
  }
}

async function sendFiles(port: number): Promise<void> {
  const person = await Person.come(port, "Cici");
  await person.join("lobby");
  for (const name of ["a.bin", "b.bin"]) {
    const bytes = randomBytes(fileBytes);
    const { file } = await person.offer("lobby", name, bytes.length);
    await put(port, await person.ticket("lobby", file, "put"), bytes);
    await person.entry(file, "complete");
  }
}

/** Waits until strace has written what it knew when the program died. */
async function ended(file: string): Promise<Call[]> {
  for (let before = -1; ; await Bun.sleep(50)) {
    const { size } = Bun.file(file);
    if (size === before) break;
    before = size;
  }
  return readCalls(readFileSync(file, "utf8"));
}

/** Cuts the power at random moments. @returns What is wrong with each image that something is wrong with. */
async function cut({ root, calls, certificate }: Recording, count: number): Promise<string[]> {
  const at = Array.from({ length: count }, () => Math.floor(Math.random() * (calls.length + 1))).sort(
    (a, b) => a - b,
  );
  const disk = new Disk(root);
  const shown = new Shows();
  const violations: string[] = [];
  let done = 0;
  let faulty = 0;
  for (const moment of at) {
    for (; done < moment; done++) {
      const call = calls[done]!;
      disk.apply(call, done);
      shown.take(call);
    }
    const image = newFolder();
    disk.image(image, someLuck(Math.random));
    const data = join(image, "deep", "data");
    const found = await faults(data, shown.entries);
    if (shown.entries.length > 0 && certificateIn(data) !== certificate)
      found.push("its certificate is not the one that it was met with");
    if (found.length > 0) faulty += 1;
    violations.push(...found.map((each) => `at call ${moment}: ${each}`));
    rmSync(image, { recursive: true, force: true });
  }
  const syncs = calls.filter((call) => call.do === "sync").length;
  report(
    `power cut: ${count} moments in ${calls.length} calls, ${syncs} of them syncs, ${shown.entries.length} entries shown; ${faulty} images lacked something`,
  );
  return violations;
}

/** What was sent to anybody so far. */
class Shows {
  readonly entries: Shown[] = [];
  readonly #rests = new Map<string, string>();

  take(call: Call): void {
    if (call.do !== "send") return;
    const text = (this.#rests.get(call.socket) ?? "") + call.bytes.toString("latin1");
    const lines = text.split("\n");
    this.#rests.set(call.socket, lines.pop() ?? "");
    for (const line of lines) {
      if (!line.startsWith('{"type":"entry"')) continue;
      const { seq, action, file, sha256 } = JSON.parse(line);
      this.entries.push({ seq, line, action, file, sha256 });
    }
  }
}

/** What is wrong with a data directory. */
async function faults(data: string, shown: readonly Shown[]): Promise<string[]> {
  const found: string[] = [];
  let store: ReturnType<typeof openStore>;
  try {
    store = openStore(data);
  } catch (error) {
    return [`it does not open: ${error}`];
  }
  try {
    const room = store.rooms.findRoom("lobby");
    const lines =
      room === undefined ? [] : linesOf(store.rooms.older(room.id)).lines.toString("latin1").split("\n");
    if (room !== undefined && lines.length - 1 !== room.head) found.push("its log is not dense");
    for (const { seq, line } of shown) if (lines[seq - 1] !== line) found.push(`entry ${seq} is not there`);
    await store.files.collect();
    for (const { file = "", sha256 = "", action } of shown) {
      if (action !== "complete") continue;
      if (store.files.findFile(file)?.state !== "complete") found.push(`file ${file} is not complete`);
      if (hashOf(join(data, "files", sha256.slice(0, 2), sha256)) !== sha256)
        found.push(`file ${file} lacks bytes`);
    }
  } catch (error) {
    found.push(`it cannot be read: ${error}`);
  } finally {
    store.close();
  }
  const db = new Database(join(data, "pendopo.db"), { readonly: true });
  const { integrity_check: integrity } = db
    .query<{ integrity_check: string }, []>("PRAGMA integrity_check")
    .get()!;
  if (integrity !== "ok") found.push(integrity);
  db.close();
  return found;
}

function certificateIn(data: string): string | undefined {
  const path = join(data, "certificate.pem");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function hashOf(path: string): string {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return "none";
  }
}

testWith(
  ["strace"],
  `R-ENTRY-1: A power cut at ${moments} moments loses nothing that anybody was shown`,
  async () => {
    expect(await cut(await record(), moments)).toEqual([]);
  },
);

testWith(["strace"], "Control: a store that does not wait for the disk is found out", async () => {
  const violations = await cut(await record({ weakness: "synchronous-normal" }), 50);
  expect(violations.join("\n")).toMatch(/entry \d+ is not there/);
});

testWith(["strace"], "Control: a file whose bytes nobody waited for is found out", async () => {
  const violations = await cut(await record({ weakness: "no-sync-of-files" }), 50);
  expect(violations.join("\n")).toMatch(/file \S+ lacks bytes/);
});
