import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm, truncate, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StorageFull } from "../../src/room/storage-errors.ts";
import { limits } from "../../src/wire/limits.ts";
import {
  beginPut,
  type FileServer,
  get,
  Line,
  newKeys,
  Person,
  put,
  startFileServer,
} from "./file-client.ts";

const MiB = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

let cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of cleanUp.reverse()) await each();
  cleanUp = [];
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pendopo-disk-"));
  cleanUp.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function started(data: string, files = {}): Promise<FileServer> {
  const server = await startFileServer({ data, files });
  cleanUp.push(() => server.stop());
  return server;
}

async function stopped(server: FileServer): Promise<void> {
  cleanUp = cleanUp.slice(0, -1);
  await server.stop();
}

/** Ada is in the lobby, and has offered bytes. */
async function ready(server: FileServer, size: number, keys = newKeys()) {
  const ada = await Person.come(server.port, "Ada", keys);
  await ada.join("lobby");
  const { file } = await ada.offer("lobby", "a.bin", size);
  return { ada, keys, file, ticket: await ada.ticket("lobby", file, "put") };
}

async function back(server: FileServer, keys: ReturnType<typeof newKeys>) {
  const ada = await Person.come(server.port, "Ada", keys, 1_000);
  await ada.join("lobby");
  return ada;
}

async function stat(port: number, ticket: string) {
  const line = await Line.open(port);
  line.send({ type: "stat", ticket });
  const answer = await line.next("ready");
  line.kill();
  return answer;
}

describe("After a restart", () => {
  test("R-PUT-3: an upload goes on where it was, and its hash is that of the whole file", async () => {
    const data = await newFolder();
    const bytes = randomBytes(3 * MiB + 5);
    const first = await started(data);
    const { ada, keys, file, ticket } = await ready(first, bytes.length);
    const sender = await beginPut(first.port, ticket, 0);
    await sender.sendAll(bytes.subarray(0, 2 * MiB));
    await ada.line.next("progress", (frame) => frame.bytes === 2 * MiB);
    await stopped(first);
    const second = await started(data);
    const again = await back(second, keys);
    expect(await again.line.next("progress")).toMatchObject({ file, bytes: 2 * MiB, state: "parked" });
    const permit = await again.ticket("lobby", file, "put");
    expect(await stat(second.port, permit)).toMatchObject({ offset: 2 * MiB, state: "arriving" });
    expect(await put(second.port, permit, bytes, 2 * MiB)).toMatchObject({
      type: "stored",
      sha256: sha256(bytes),
    });
  });

  test("R-TICKET-6: an old ticket is void", async () => {
    const data = await newFolder();
    const first = await started(data);
    const { ticket } = await ready(first, 10);
    await stopped(first);
    const second = await started(data);
    const line = await beginPut(second.port, ticket, 0);
    expect(await line.next("error")).toMatchObject({ code: "ticket-invalid" });
    line.kill();
  });

  test("R-DISK-5: an upload that lacked only its entry becomes complete by itself", async () => {
    const data = await newFolder();
    const bytes = randomBytes(MiB);
    const first = await started(data);
    const { keys, file } = await ready(first, bytes.length);
    await stopped(first);
    // As a crash right behind the last byte leaves it.
    await Bun.write(join(data, "uploads", `${file}.part`), bytes);
    const second = await started(data);
    const ada = await back(second, keys);
    const got = await get(second.port, await ada.ticket("lobby", file, "get"));
    expect(got.ready).toMatchObject({ state: "complete", sha256: sha256(bytes) });
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(await readdir(join(data, "uploads"))).toEqual([]);
  });

  test("R-DISK-5: an upload that was moved to its place, and lacked only its entry, becomes complete by itself", async () => {
    const data = await newFolder();
    const bytes = randomBytes(MiB);
    const first = await started(data);
    const { keys, file } = await ready(first, bytes.length);
    await Bun.write(join(data, "uploads", `${file}.part`), bytes);
    const record = first.store.files.findFile(file);
    if (record === undefined) throw new Error("The file was not offered");
    // As a crash between the move and the entry leaves it.
    const open = await first.store.files.openBytes(record, 0);
    await open.publish();
    await open.close();
    await stopped(first);
    expect(await readdir(join(data, "uploads"))).toEqual([]);
    const second = await started(data);
    const ada = await back(second, keys);
    const got = await get(second.port, await ada.ticket("lobby", file, "get"));
    expect(got.ready).toMatchObject({ state: "complete", sha256: sha256(bytes) });
    expect(got.bytes.equals(bytes)).toBe(true);
  });

  test("R-DISK-5: what no row names is gone, and what is not ours stays", async () => {
    const data = await newFolder();
    await stopped(await started(data));
    const hash = "ab".repeat(32);
    const orphan = join(data, "uploads", `${"x".repeat(22)}.part`);
    await Bun.write(orphan, "x");
    await Bun.write(join(data, "files", "ab", hash), "x");
    await Bun.write(join(data, "uploads", "notes.txt"), "x");
    await started(data);
    expect(existsSync(orphan)).toBe(false);
    expect(existsSync(join(data, "files", "ab", hash))).toBe(false);
    expect(existsSync(join(data, "uploads", "notes.txt"))).toBe(true);
  });

  test("bytes beyond the size, as no upload writes them, are not taken for the file's", async () => {
    const data = await newFolder();
    const first = await started(data);
    const { keys, file } = await ready(first, 10);
    await stopped(first);
    await Bun.write(join(data, "uploads", `${file}.part`), "0123456789abc");
    const second = await started(data);
    const ada = await back(second, keys);
    const got = await get(second.port, await ada.ticket("lobby", file, "view"));
    expect(got.bytes.toString()).toBe("0123456789");
  });
});

describe("In time", () => {
  test("R-DISK-8: a file is removed after as long as files are kept, and says so", async () => {
    const data = await newFolder();
    let nowMs = Date.now();
    const server = await started(data, { keepMs: 1_000, wallClock: () => nowMs });
    const { ada, file, ticket } = await ready(server, 4);
    await put(server.port, ticket, Buffer.from("text"));
    const permit = await ada.ticket("lobby", file, "view");
    await server.files.expire();
    expect((await get(server.port, permit)).bytes.toString()).toBe("text");
    nowMs += 2_000;
    await server.files.expire();
    expect((await get(server.port, permit)).ready).toMatchObject({ code: "file-gone" });
    expect(await ada.request({ type: "ticket", room: "lobby", file, action: "get" })).toMatchObject({
      code: "file-gone",
    });
    expect(
      (await readdir(join(data, "files"), { recursive: true })).filter((path) => path.length > 2),
    ).toEqual([]);
  });

  test("R-DISK-4: a file whose bytes another one has keeps them", async () => {
    const data = await newFolder();
    let nowMs = Date.now();
    const server = await started(data, { keepMs: 60_000, wallClock: () => nowMs });
    const { ada, ticket } = await ready(server, 4);
    await put(server.port, ticket, Buffer.from("text"));
    const first = await ada.ticket("lobby", (await ada.offer("lobby", "c", 4)).file, "put");
    nowMs += 61_000;
    const later = await ada.offer("lobby", "b", 4);
    await put(server.port, await ada.ticket("lobby", later.file, "put"), Buffer.from("text"));
    await server.files.expire();
    expect(await beginPut(server.port, first, 0).then((line) => line.next("error"))).toMatchObject({
      code: "file-over",
    });
    expect((await get(server.port, await ada.ticket("lobby", later.file, "view"))).bytes.toString()).toBe(
      "text",
    );
  });

  test("R-DISK-6: an upload that was parked for too long has failed", async () => {
    const data = await newFolder();
    const server = await started(data);
    const { ada, file, ticket } = await ready(server, 10);
    const sender = await beginPut(server.port, ticket, 0);
    await sender.sendAll(Buffer.from("text"));
    await ada.line.next("progress", ({ bytes }) => bytes === 4);
    const longAgo = (Date.now() - limits.parkedMsMax - 60_000) / 1000;
    await utimes(join(data, "uploads", `${file}.part`), longAgo, longAgo);
    await server.files.expire();
    // Not while somebody sends.
    expect(await stat(server.port, ticket)).toMatchObject({ state: "arriving" });
    sender.kill();
    await ada.line.next("progress", ({ state }) => state === "parked");
    await utimes(join(data, "uploads", `${file}.part`), longAgo, longAgo);
    await server.files.expire();
    expect(await ada.entry(file, "failed")).toMatchObject({ reason: "expired" });
  });

  test("R-PUT-7 R-PROGRESS-3: an upload of which nothing comes is parked, and a slow one lives", async () => {
    const data = await newFolder();
    let skippedMs = 0;
    const server = await started(data, { now: () => performance.now() + skippedMs });
    const { ada, ticket } = await ready(server, 1_000);
    const slow = await beginPut(server.port, ticket, 0);
    for (let i = 1; i <= 5; i++) {
      skippedMs += limits.parkedAfterMs - 1_000;
      await slow.sendAll(Buffer.from("text"));
      await ada.line.next("progress", ({ bytes }) => bytes === 4 * i);
      server.files.sweep();
    }
    expect(slow.isClosed).toBe(false);
    skippedMs += limits.parkedAfterMs;
    server.files.sweep();
    expect(await slow.next("error")).toMatchObject({ code: "silence", retryMs: 0 });
    await ada.line.next("progress", ({ state, bytes }) => state === "parked" && bytes === 20);
    await put(server.port, ticket, Buffer.alloc(1_000), 20);
    expect(server.troubles).toEqual([]);
  });
});

test("R-DISK-7: A file whose bytes cannot be written fails alone", async () => {
  const data = await newFolder();
  const server = await started(data);
  const { ada, file, ticket } = await ready(server, 100);
  // A folder in the place of the upload.
  await Bun.write(join(data, "uploads", `${file}.part`, "x"), "x");
  const line = await beginPut(server.port, ticket, 0);
  expect(await line.next("error")).toMatchObject({ code: "internal", closes: true });
  const other = await ada.offer("lobby", "b", 4);
  expect(
    await put(server.port, await ada.ticket("lobby", other.file, "put"), Buffer.from("text")),
  ).toMatchObject({
    type: "stored",
  });
  expect(server.troubles.length).toBeGreaterThan(0);
});

test("R-PUT-3: Nobody sends on behind bytes that were lost, though the entry about it finds no space", async () => {
  const data = await newFolder();
  const server = await started(data);
  const bytes = randomBytes(300_000);
  const { file, ticket } = await ready(server, bytes.length);
  const part = join(data, "uploads", `${file}.part`);
  const sender = await beginPut(server.port, ticket, 0);
  const { rooms } = server.store;
  const full = spyOn(rooms, "append").mockRejectedValue(new StorageFull("Full"));
  await rename(part, `${part}-away`);
  await sender.sendAll(bytes.subarray(0, 100_000));
  expect(await sender.next("error")).toMatchObject({ code: "upload-failed", closes: true });
  await rename(`${part}-away`, part);
  full.mockRestore();
  const again = await beginPut(server.port, ticket, 0);
  again.sendBytes(bytes);
  expect(await again.next("stored")).toMatchObject({ sha256: sha256(bytes) });
});

test("A file of more than 4 GiB goes on, and is read, beyond them", async () => {
  const data = await newFolder();
  const size = 4 * 1024 ** 3 + 3;
  const first = await started(data);
  const { keys, file } = await ready(first, size);
  await stopped(first);
  const part = join(data, "uploads", `${file}.part`);
  await Bun.write(part, "");
  await truncate(part, size - 3);
  const second = await started(data);
  const ada = await back(second, keys);
  const sender = await beginPut(second.port, await ada.ticket("lobby", file, "put"), size - 3);
  await sender.next("ready");
  await sender.sendAll(Buffer.from("ab"));
  // Without the last byte: hashing all of it would take this test's time.
  const end = await get(second.port, await ada.ticket("lobby", file, "view"), size - 4, 3);
  expect(end.ready).toMatchObject({ offset: size - 4, size, length: 3 });
  expect(end.bytes.toString("latin1")).toBe("\0ab");
  sender.kill();
});

const canMount = process.platform === "linux" && process.getuid?.() === 0 && Bun.which("mount") !== null;

describe.skipIf(!canMount)("On a small disk", () => {
  async function mounted(mebibytes: number): Promise<string> {
    const data = await newFolder();
    const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", data]);
    if (exitCode !== 0) throw new Error("The disk could not be mounted");
    cleanUp.push(async () => Bun.spawnSync(["umount", "-l", data]));
    return data;
  }

  async function say(person: Person, text: string, n: number) {
    person.line.send({ type: "post", room: "lobby", device: "talk", n, text });
    return person.line.next("entry", (frame) => frame.text === text);
  }

  test("R-DISK-1 R-DISK-2 R-PUT-8: an upload is parked where the part for the chat begins, and goes on when there is space", async () => {
    const data = await mounted(24);
    const server = await started(data, { diskFreeMin: 16 * MiB });
    const bytes = randomBytes(6 * MiB);
    const { ada, file, ticket } = await ready(server, bytes.length);
    const refused = await ada.request({
      type: "offer",
      room: "lobby",
      device: "more",
      n: 1,
      name: "b",
      size: 20 * MiB,
    });
    expect(refused).toMatchObject({ code: "disk-low", retryMs: 5_000, closes: false });
    const ballast = join(data, "ballast");
    await Bun.write(ballast, new Uint8Array(server.store.files.freeBytes() - 4 * MiB));
    expect(await put(server.port, ticket, bytes)).toMatchObject({
      code: "disk-full",
      closes: true,
      retryMs: 5_000,
    });
    const { offset } = await stat(server.port, ticket);
    expect(offset).toBeLessThan(bytes.length);
    await ada.line.next("progress", (frame) => frame.state === "parked" && frame.file === file);
    await say(ada, "still here", 1);
    const line = await beginPut(server.port, ticket, Number(offset));
    // It had space for a block at most: either it is told at once or with the next bytes.
    line.sendBytes(bytes.subarray(Number(offset)));
    expect(await line.next("error")).toMatchObject({ retryMs: 5_000 });
    line.kill();
    await rm(ballast);
    const now = Number((await stat(server.port, ticket)).offset);
    expect(await put(server.port, ticket, bytes, now)).toMatchObject({
      type: "stored",
      sha256: sha256(bytes),
    });
    expect(server.troubles).toEqual([]);
  });

  test("R-PUT-8: that is full to the last byte nothing is half kept, and all goes on when there is space", async () => {
    const data = await mounted(16);
    const server = await started(data);
    const bytes = randomBytes(4 * MiB);
    const { ada, ticket } = await ready(server, bytes.length);
    const ballast = join(data, "ballast");
    await Bun.write(ballast, new Uint8Array(server.store.files.freeBytes() - 2 * MiB));
    expect(await put(server.port, ticket, bytes)).toMatchObject({ code: "disk-full" });
    const { offset } = await stat(server.port, ticket);
    const part = (await readdir(join(data, "uploads")))[0] ?? "";
    expect(Bun.file(join(data, "uploads", part)).size).toBe(Number(offset));
    await rm(ballast);
    expect(await put(server.port, ticket, bytes, Number(offset))).toMatchObject({
      type: "stored",
      sha256: sha256(bytes),
    });
    await say(ada, "there is space", 1);
    expect(server.troubles).toEqual([]);
  });
});
