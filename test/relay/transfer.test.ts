import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { blockBytes } from "../../src/room/blocks.ts";
import { limits } from "../../src/wire/limits.ts";
import { beginPut, type FileServer, get, Line, Person, put, startFileServer } from "./file-client.ts";

let server: FileServer;
let ada: Person;
let budi: Person;
beforeAll(async () => {
  server = await startFileServer();
  ada = await Person.come(server.port, "Ada");
  budi = await Person.come(server.port, "Budi");
  await ada.join("lobby");
  await budi.join("lobby");
});
afterEach(() => {
  expect(server.troubles.splice(0)).toEqual([]);
});
afterAll(() => server.stop());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Ada offers bytes to the lobby, with a ticket to put them. */
async function offered(bytes: { length: number }, name = "a.bin") {
  const { file } = await ada.offer("lobby", name, bytes.length);
  return { file, ticket: await ada.ticket("lobby", file, "put") };
}

describe("A file", () => {
  test("R-FILE-5 R-FILE-7: goes from one member to another, and everybody sees who has received it", async () => {
    const bytes = randomBytes(3_000_001);
    const { file, ticket } = await offered(bytes, "../../photo.png");
    expect(await budi.entry(file, "offered")).toMatchObject({ fileName: "photo.png", size: bytes.length });
    const whole = { file, sha256: sha256(bytes), mediaType: "application/octet-stream" };
    expect(await put(server.port, ticket, bytes)).toEqual({ type: "stored", ...whole });
    expect(await budi.entry(file, "complete")).toMatchObject({ ...whole, member: ada.member });
    const got = await get(server.port, await budi.ticket("lobby", file, "get"));
    expect(got.ready).toMatchObject({ state: "complete", length: bytes.length, sha256: whole.sha256 });
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(await ada.entry(file, "received")).toMatchObject({ member: budi.member, name: "Budi" });
  });

  for (const size of [0, 1, blockBytes - 1, blockBytes, blockBytes + 1, 9 * blockBytes + 3]) {
    test(`R-PUT-4: of ${size} bytes arrives whole`, async () => {
      const bytes = randomBytes(size);
      const { file, ticket } = await offered(bytes);
      expect(await put(server.port, ticket, bytes)).toMatchObject({ type: "stored", sha256: sha256(bytes) });
      const { ready, bytes: got } = await get(server.port, await budi.ticket("lobby", file, "get"));
      expect(ready).toMatchObject({ size, length: size, state: "complete" });
      expect(got.equals(bytes)).toBe(true);
      await ada.entry(file, "received");
    });
  }

  test("R-GET-2: may be received while it arrives, and what is behind waits for what is in front", async () => {
    const bytes = randomBytes(5_000_000);
    const { file, ticket } = await offered(bytes);
    const sender = await beginPut(server.port, ticket, 0);
    const whole = get(server.port, await budi.ticket("lobby", file, "get"));
    const tail = get(server.port, await budi.ticket("lobby", file, "view"), 4_999_000);
    const early = await Line.open(server.port);
    early.rawAfter("ready");
    early.send({ type: "get", ticket: await budi.ticket("lobby", file, "view"), offset: 0 });
    await sender.sendAll(bytes.subarray(0, 2_000_000));
    await early.until(() => early.rawBytes === 2_000_000);
    expect(early.isClosed).toBe(false);
    sender.sendBytes(bytes.subarray(2_000_000));
    expect(sha256((await whole).bytes)).toBe(sha256(bytes));
    expect((await tail).bytes.equals(bytes.subarray(4_999_000))).toBe(true);
    await early.ended();
    expect(sha256(Buffer.concat(early.raw))).toBe(sha256(bytes));
    await ada.entry(file, "received");
  });

  test("R-GET-1 R-GET-4 R-FILE-7: may be taken in pieces, and is received once all of them are", async () => {
    const bytes = randomBytes(100_000);
    const { file, ticket } = await offered(bytes);
    await put(server.port, ticket, bytes);
    const permit = await budi.ticket("lobby", file, "get");
    const end = await get(server.port, permit, 60_000);
    expect(end.bytes.equals(bytes.subarray(60_000))).toBe(true);
    const middle = await get(server.port, permit, 10_000, 60_000);
    expect(middle.ready).toMatchObject({ offset: 10_000, length: 60_000 });
    expect(middle.bytes.equals(bytes.subarray(10_000, 70_000))).toBe(true);
    expect(ada.line.frames.some(({ action, file: of }) => action === "received" && of === file)).toBe(false);
    await get(server.port, permit, 0, 10_000);
    await ada.entry(file, "received");
    // Once for ever.
    await get(server.port, permit);
    await ada.request({ type: "leave", room: "nowhere" });
    expect(ada.line.frames.some(({ action, file: of }) => action === "received" && of === file)).toBe(false);
  });

  test("R-FILE-7: that is looked at, or taken by its sender, is not received", async () => {
    const bytes = randomBytes(1_000);
    const { file, ticket } = await offered(bytes);
    await put(server.port, ticket, bytes);
    await get(server.port, await budi.ticket("lobby", file, "view"));
    await get(server.port, await ada.ticket("lobby", file, "get"));
    await get(server.port, await budi.ticket("lobby", file, "get"));
    expect(await ada.entry(file, "received")).toMatchObject({ member: budi.member });
    expect(ada.line.frames.filter(({ action, file: of }) => action === "received" && of === file)).toEqual(
      [],
    );
  });

  test("R-FILE-3 R-DISK-3: whose bytes are there already is kept once, and is a file of its own", async () => {
    const bytes = randomBytes(50_000);
    const first = await offered(bytes, "one.bin");
    const second = await offered(bytes, "two.bin");
    await put(server.port, first.ticket, bytes);
    await put(server.port, second.ticket, bytes);
    const hash = sha256(bytes);
    const there = (await readdir(server.data, { recursive: true })).filter((path) => path.includes(hash));
    expect(there).toEqual([join("files", hash.slice(0, 2), hash)]);
    expect(await readdir(join(server.data, "uploads"))).not.toContain(`${second.file}.part`);
    for (const { file } of [first, second])
      expect((await get(server.port, await budi.ticket("lobby", file, "view"))).bytes.equals(bytes)).toBe(
        true,
      );
  });

  test("keeps what is known of a folder", async () => {
    const folder = { files: 3, indexBytes: 1024 };
    const { file } = await ada.offer("lobby", "photos", 10, { folder });
    expect(await budi.entry(file, "offered")).toMatchObject({ folder });
    const line = await Line.open(server.port);
    line.send({ type: "stat", ticket: await ada.ticket("lobby", file, "put") });
    expect(await line.next("ready")).toMatchObject({
      folder,
      mediaType: "application/x-tar",
      state: "arriving",
      offset: 0,
    });
    line.kill();
  });
});

describe("An offer", () => {
  test("R-OFFER-2: that comes again is the same entry", async () => {
    const frame = { type: "offer", room: "lobby", device: "again", n: 1, name: "a", size: 1 };
    ada.line.send(frame);
    const isIt = ({ device }: { device?: unknown }) => device === "again";
    const first = await ada.line.next("entry", isIt);
    ada.line.send(frame);
    expect(await ada.line.next("entry", isIt)).toEqual(first);
  });

  test("of a size that is none is refused", async () => {
    for (const size of [-1, 0.5, "1", null, Number.MAX_SAFE_INTEGER + 1]) {
      const answer = await ada.request({
        type: "offer",
        room: "lobby",
        device: "sizes",
        n: 1,
        name: "a",
        size,
      });
      expect(answer).toMatchObject({ type: "error", code: "bad-frame", closes: false });
    }
  });

  test("R-OFFER-3 R-OFFER-4: of a file that is too large is refused, and its number is still free", async () => {
    const frame = { type: "offer", room: "lobby", device: "large", n: 1, name: "a" };
    const answer = await ada.request({ ...frame, size: 64 * 1024 ** 3 + 1 });
    expect(answer).toMatchObject({
      code: "file-too-large",
      bytesMax: 64 * 1024 ** 3,
      room: "lobby",
      device: "large",
      n: 1,
    });
    ada.line.send({ ...frame, size: 1 });
    await ada.line.next("entry", ({ device }) => device === "large");
  });

  test("without a name is refused", async () => {
    const answer = await ada.request({
      type: "offer",
      room: "lobby",
      device: "names",
      n: 1,
      name: " ",
      size: 1,
    });
    expect(answer).toMatchObject({ code: "file-name-invalid" });
  });

  test("to a room in which one is not is refused", async () => {
    const answer = await ada.request({
      type: "offer",
      room: "elsewhere",
      device: "d",
      n: 99,
      name: "a",
      size: 1,
    });
    expect(answer).toMatchObject({ code: "not-joined" });
  });
});

describe("An upload", () => {
  for (const [where, share] of [
    ["at its first byte", 0],
    ["in the middle", 0.5],
    ["at its last byte", 1],
  ] as const) {
    test(`R-PUT-3 R-PROGRESS-3: whose sender dies ${where} goes on there`, async () => {
      const bytes = randomBytes(2_000_000);
      const { file, ticket } = await offered(bytes);
      const before = Math.min(bytes.length - 1, bytes.length * share);
      const sender = await beginPut(server.port, ticket, 0);
      await sender.sendAll(bytes.subarray(0, before));
      if (before > 0)
        await ada.line.next("progress", (frame) => frame.file === file && frame.bytes === before);
      sender.kill();
      await ada.line.next("progress", (frame) => frame.file === file && frame.state === "parked");
      const asking = await Line.open(server.port);
      asking.send({ type: "stat", ticket });
      expect(await asking.next("ready")).toMatchObject({
        offset: before,
        size: bytes.length,
        state: "arriving",
      });
      asking.send({ type: "put", ticket, offset: before });
      await asking.next("ready");
      asking.sendBytes(bytes.subarray(before));
      expect(await asking.next("stored")).toMatchObject({ sha256: sha256(bytes) });
      await asking.ended();
    });
  }

  test("R-PUT-1 R-TRANSFER-3: at another offset is told the right one, and may go on there over the same connection", async () => {
    const bytes = randomBytes(10_000);
    const { file, ticket } = await offered(bytes);
    const sender = await beginPut(server.port, ticket, 5);
    expect(await sender.next("error")).toMatchObject({
      code: "offset-wrong",
      offset: 0,
      file,
      closes: false,
    });
    sender.send({ type: "put", ticket, offset: 0 });
    await sender.next("ready");
    sender.sendBytes(bytes);
    await sender.next("stored");
  });

  test("may follow its frame at once", async () => {
    const bytes = randomBytes(300_000);
    const { ticket } = await offered(bytes);
    const sender = await Line.open(server.port);
    const frame = Buffer.from(`{"type":"put","ticket":"${ticket}","offset":0}\n`);
    sender.sendBytes(Buffer.concat([frame, bytes]));
    expect(await sender.next("stored")).toMatchObject({ sha256: sha256(bytes) });
  });

  test("R-PUT-2: whose bytes stand behind a refused frame ends, as they are no lines", async () => {
    const { file, ticket } = await offered({ length: 10 });
    const sender = await Line.open(server.port);
    sender.sendBytes(Buffer.from(`{"type":"put","ticket":"${ticket}","offset":3}\nabcdefg\n`));
    expect(await sender.next("error")).toMatchObject({ code: "offset-wrong", offset: 0 });
    expect(await sender.next("error")).toMatchObject({ code: "not-json", closes: true });
    await sender.ended();
    const asking = await Line.open(server.port);
    asking.send({ type: "stat", ticket });
    expect(await asking.next("ready")).toMatchObject({ file, offset: 0 });
    asking.kill();
  });

  test("R-PUT-6: with a byte too many is not made whole", async () => {
    const bytes = randomBytes(10_001);
    const { file, ticket } = await offered({ length: 10_000 });
    expect(await put(server.port, ticket, bytes)).toMatchObject({ code: "too-many-bytes", closes: true });
    const asking = await Line.open(server.port);
    asking.send({ type: "stat", ticket });
    expect(await asking.next("ready")).toMatchObject({ file, state: "arriving" });
    asking.kill();
  });

  test("of which the sender has no more waits for the rest", async () => {
    const bytes = randomBytes(10_000);
    const { ticket } = await offered({ length: 10_001 });
    const sender = await beginPut(server.port, ticket, 0);
    await sender.sendAll(bytes);
    sender.kill();
    const asking = await Line.open(server.port);
    asking.send({ type: "stat", ticket });
    expect(await asking.next("ready")).toMatchObject({ state: "arriving", size: 10_001 });
    asking.kill();
  });

  test("R-PUT-5: by two at once goes on with the newer one", async () => {
    const bytes = randomBytes(1_000_000);
    const { ticket } = await offered(bytes);
    const older = await beginPut(server.port, ticket, 0);
    await older.sendAll(bytes.subarray(0, 400_000));
    await ada.line.next("progress", ({ bytes: stored }) => stored === 400_000);
    const newer = await beginPut(server.port, ticket, 400_000);
    expect(await older.next("error")).toMatchObject({ code: "taken-over", closes: true });
    newer.sendBytes(bytes.subarray(400_000));
    expect(await newer.next("stored")).toMatchObject({ sha256: sha256(bytes) });
  });

  test("R-PUT-5: that two begin at the same moment is one's", async () => {
    const bytes = randomBytes(200_000);
    const { ticket } = await offered(bytes);
    const both = await Promise.all([put(server.port, ticket, bytes), put(server.port, ticket, bytes)]);
    expect(both.map(({ type, code }) => code ?? type).toSorted()).toEqual(["stored", "taken-over"]);
  });

  test("R-FILE-6 R-GET-3: that is cancelled has failed, for its receivers too", async () => {
    const bytes = randomBytes(500_000);
    const { file, ticket } = await offered(bytes);
    const sender = await beginPut(server.port, ticket, 0);
    const receiver = get(server.port, await budi.ticket("lobby", file, "get"));
    await sender.sendAll(bytes.subarray(0, 100_000));
    expect(await ada.request({ type: "cancel", room: "lobby", file, reason: "changed" })).toMatchObject({
      type: "ok",
    });
    expect(await budi.entry(file, "failed")).toMatchObject({ reason: "changed", member: ada.member });
    expect(await sender.next("error")).toMatchObject({ code: "upload-failed", closes: true });
    expect((await receiver).bytes.length).toBeLessThan(bytes.length);
    expect(await ada.request({ type: "ticket", room: "lobby", file, action: "put" })).toMatchObject({
      code: "file-over",
    });
    expect(await ada.request({ type: "cancel", room: "lobby", file })).toMatchObject({ code: "file-over" });
    expect(await readdir(join(server.data, "uploads"))).not.toContain(`${file}.part`);
  });

  test("that is cancelled while it becomes one leaves no bytes behind", async () => {
    const kept = new Set<string>();
    for (let round = 0; round < 30; round++) {
      const bytes = randomBytes(2_000_000);
      const { file, ticket } = await offered(bytes);
      const sender = await beginPut(server.port, ticket, 0);
      await sender.sendAll(bytes);
      await Bun.sleep(round % 10);
      const answer = await ada.request({ type: "cancel", room: "lobby", file });
      if (answer.type !== "ok") kept.add(sha256(bytes));
      await sender.ended();
      const there = await readdir(join(server.data, "files"), { recursive: true });
      expect(there.includes(join(sha256(bytes).slice(0, 2), sha256(bytes)))).toBe(kept.has(sha256(bytes)));
    }
    // Both happen: whether one does depends on the machine, and so the test does not ask for it.
    console.log(`  ${kept.size} of 30 had become a file before they were cancelled`);
  });

  test("that is cancelled leaves nobody waiting who asked for it just then", async () => {
    const bytes = randomBytes(500_000);
    const { file, ticket } = await offered(bytes);
    const permit = await budi.ticket("lobby", file, "get");
    const sender = await beginPut(server.port, ticket, 0);
    await sender.sendAll(bytes.subarray(0, 100_000));
    const receivers = Array.from({ length: 40 }, () => get(server.port, permit));
    const cancelled = ada.request({ type: "cancel", room: "lobby", file });
    for (const { ready, bytes: got } of await Promise.all(receivers)) {
      if (ready.type === "error") expect(ready).toMatchObject({ code: "file-over" });
      else expect(got.length).toBeLessThan(bytes.length);
    }
    expect(await cancelled).toMatchObject({ type: "ok" });
  });

  test("R-CANCEL-1: may be cancelled by a host, and has failed as its sender's", async () => {
    const host = await Person.come(server.port, "The host");
    await host.join("lobby");
    const { file } = await offered({ length: 10 });
    expect(await host.request({ type: "cancel", room: "lobby", file })).toMatchObject({ code: "owner-only" });
    await host.request({ type: "host", secret: server.store.hostSecret });
    expect(await host.request({ type: "cancel", room: "lobby", file })).toMatchObject({ type: "ok" });
    expect(await budi.entry(file, "failed")).toMatchObject({ reason: "cancelled", member: ada.member });
    host.line.kill();
  });

  test("may be cancelled by its ticket alone", async () => {
    const { file, ticket } = await offered({ length: 10 });
    const line = await Line.open(server.port);
    line.send({ type: "cancel", ticket });
    expect(await line.next("cancelled")).toMatchObject({ file });
    expect(await budi.entry(file, "failed")).toMatchObject({ reason: "cancelled" });
    line.kill();
  });

  test("R-PROGRESS-2: is seen by whoever comes late", async () => {
    const bytes = randomBytes(1_000);
    const { file, ticket } = await offered(bytes);
    const sender = await beginPut(server.port, ticket, 0);
    await sender.sendAll(bytes.subarray(0, 700));
    await ada.line.next("progress", (frame) => frame.file === file && frame.bytes === 700);
    const citra = await Person.come(server.port, `Citra ${file}`);
    await citra.join("lobby");
    expect(await citra.line.next("progress", (frame) => frame.file === file)).toMatchObject({
      bytes: 700,
      state: "arriving",
    });
    sender.kill();
    citra.line.kill();
  });
});

describe("A ticket", () => {
  test("R-TICKET-1 R-CANCEL-1: to put is for whoever offered", async () => {
    const { file } = await offered({ length: 1 });
    const answer = await budi.request({ type: "ticket", room: "lobby", file, action: "put" });
    expect(answer).toMatchObject({ code: "owner-only", file, closes: false });
    expect(await budi.request({ type: "cancel", room: "lobby", file })).toMatchObject({ code: "owner-only" });
  });

  test("R-TICKET-2: is not given for a file of another room, nor to somebody outside", async () => {
    const { file } = await offered({ length: 1 });
    await budi.join("other");
    for (const room of ["other"])
      expect(await budi.request({ type: "ticket", room, file, action: "get" })).toMatchObject({
        code: "file-unknown",
      });
    const citra = await Person.come(server.port, `C ${file}`);
    expect(await citra.request({ type: "ticket", room: "lobby", file, action: "get" })).toMatchObject({
      code: "not-joined",
    });
    citra.line.kill();
  });

  test("R-TICKET-5: is the same when it is asked for again, and another for another action", async () => {
    const { file, ticket } = await offered({ length: 1 });
    expect(await ada.ticket("lobby", file, "put")).toBe(ticket);
    expect(await ada.ticket("lobby", file, "get")).not.toBe(ticket);
  });

  test("is good for its bearer, who may have left the room meanwhile", async () => {
    const bytes = randomBytes(100);
    const { file, ticket } = await offered(bytes);
    await put(server.port, ticket, bytes);
    const citra = await Person.come(server.port, `D ${file}`);
    await citra.join("lobby");
    const permit = await citra.ticket("lobby", file, "view");
    await citra.request({ type: "leave", room: "lobby" });
    citra.line.kill();
    expect((await get(server.port, permit)).bytes.equals(bytes)).toBe(true);
  });

  test("R-TICKET-3: allows nothing but its action", async () => {
    const { file } = await offered({ length: 1 });
    const view = await budi.ticket("lobby", file, "view");
    const line = await beginPut(server.port, view, 0);
    expect(await line.next("error")).toMatchObject({ code: "ticket-invalid", closes: false });
    line.send({ type: "cancel", ticket: view });
    expect(await line.next("error")).toMatchObject({ code: "ticket-invalid" });
    line.send({ type: "get", ticket: await ada.ticket("lobby", file, "put"), offset: 0 });
    expect(await line.next("error")).toMatchObject({ code: "ticket-invalid" });
    line.kill();
  });

  test("that nobody was given is refused", async () => {
    const line = await Line.open(server.port);
    line.send({ type: "stat", ticket: `${"x".repeat(42)}A` });
    expect(await line.next("error")).toMatchObject({ code: "ticket-invalid", retryMs: 0 });
    line.kill();
  });
});

describe("A transfer connection", () => {
  test("R-TRANSFER-1 R-TRANSFER-3 R-TRANSFER-4: refuses what is none of its frames, and lets another follow", async () => {
    const { ticket } = await offered({ length: 1 });
    const line = await Line.open(server.port);
    line.send(
      { type: "stat", ticket },
      { type: "join", room: "lobby" },
      { type: "get", ticket },
      { type: "stat", ticket },
    );
    await line.next("ready");
    expect(await line.next("error")).toMatchObject({ code: "unknown-type" });
    expect(await line.next("error")).toMatchObject({ code: "bad-frame" });
    await line.next("ready");
    line.sendBytes(Buffer.from("no json\n"));
    expect(await line.next("error")).toMatchObject({ code: "not-json", closes: true });
    await line.ended();
  });

  test("R-FRAME-3: takes its frame a byte at a time", async () => {
    const { ticket } = await offered({ length: 3 });
    const line = await Line.open(server.port);
    for (const byte of Buffer.from(`{"type":"put","ticket":"${ticket}","offset":0}\nabc`))
      await line.sendAll(Buffer.of(byte));
    expect(await line.next("stored")).toMatchObject({ mediaType: "text/plain" });
  });

  test("R-GET-1: refuses bytes beyond the end", async () => {
    const { file } = await offered({ length: 10 });
    const { ready } = await get(server.port, await budi.ticket("lobby", file, "view"), 5, 6);
    expect(ready).toMatchObject({ code: "offset-wrong", offset: 10 });
  });

  test("R-FILE-7: whose receiver dies disturbs nobody, and is not one who received", async () => {
    const bytes = randomBytes(8_000_000);
    const { file, ticket } = await offered(bytes);
    await put(server.port, ticket, bytes);
    const permit = await budi.ticket("lobby", file, "get");
    const dying = await Line.open(server.port);
    dying.rawAfter("ready");
    dying.onRaw = () => dying.kill();
    dying.send({ type: "get", ticket: permit, offset: 0 });
    await dying.ended();
    // All of this fits into the buffers of the system: the relay has sent it, and nobody has read it.
    const small = randomBytes(1_000);
    const other = await offered(small);
    await put(server.port, other.ticket, small);
    const deaf = await Line.open(server.port);
    deaf.send({ type: "get", ticket: await budi.ticket("lobby", other.file, "get"), offset: 0 });
    deaf.pause();
    await Bun.sleep(50);
    deaf.kill();
    expect((await get(server.port, permit)).bytes.equals(bytes)).toBe(true);
    await ada.entry(file, "received");
    expect(ada.line.frames.some(({ action, file: of }) => action === "received" && of === other.file)).toBe(
      false,
    );
  });

  test("R-GET-5: whose receiver stops reading holds nobody up", async () => {
    const bytes = randomBytes(24_000_000);
    const { file, ticket } = await offered(bytes);
    const slow = await Line.open(server.port);
    slow.rawAfter("ready");
    slow.send({ type: "get", ticket: await budi.ticket("lobby", file, "view"), offset: 0 });
    await slow.until(() => slow.frames.some(({ type }) => type === "ready"));
    slow.pause();
    const quick = get(server.port, await budi.ticket("lobby", file, "get"));
    expect(await put(server.port, ticket, bytes)).toMatchObject({ type: "stored" });
    expect((await quick).bytes.equals(bytes)).toBe(true);
    expect(slow.rawBytes).toBeLessThan(bytes.length);
    slow.resume();
    await slow.ended();
    expect(sha256(Buffer.concat(slow.raw))).toBe(sha256(bytes));
  });
});

describe("On a transfer connection a stranger", () => {
  const stat = { type: "stat", ticket: `${"x".repeat(42)}A` };

  test("R-TRANSFER-3: who shows no good ticket for too long is let go", async () => {
    const { ticket } = await offered({ length: 1 });
    const line = await Line.open(server.port);
    const wrong = Array.from({ length: limits.ticketsWrongMax }, () => stat);
    line.send(...wrong, { type: "stat", ticket }, ...wrong, stat, stat);
    await line.ended();
    const answers = line.frames.filter(({ type }) => type !== "challenge");
    const refusals = wrong.map(() => "ticket-invalid");
    expect(answers.map(({ code }) => code)).toEqual([...refusals, undefined, ...refusals, "ticket-tries"]);
    expect(answers.at(-1)).toMatchObject({ closes: true, retryMs: 0 });
  });

  test("R-STATE-5: has no more time than a hello has, whatever it sends", async () => {
    const quick = await startFileServer({ timing: { helloMsMax: 1 } });
    const line = await Line.open(quick.port);
    line.send(stat);
    expect(await line.next("error")).toMatchObject({ code: "ticket-invalid" });
    expect(await line.next("error")).toMatchObject({ code: "hello-late", closes: true, retryMs: 0 });
    await line.ended();
    await quick.stop();
  });
});

test("R-TRANSFER-3: Who takes no answers is not read from, and gets all of them later", async () => {
  const count = 100_000;
  const { file, ticket } = await offered({ length: 1 });
  const sender = await beginPut(server.port, ticket, 0);
  await sender.next("ready");
  const beyond = { type: "get", ticket: await budi.ticket("lobby", file, "get"), offset: 2 };
  let handled = 0;
  const open = server.files.open.bind(server.files);
  server.files.open = (id) => {
    handled += 1;
    return open(id);
  };
  const line = await Line.open(server.port);
  line.pause();
  line.sendBytes(Buffer.from(`${JSON.stringify(beyond)}\n`.repeat(count)));
  // Until nothing more happens while others are served.
  for (let before = -1; handled === 0 || before !== handled; ) {
    before = handled;
    for (let i = 0; i < 100; i++) {
      ada.line.send({ type: "ping" });
      await ada.line.next("pong");
    }
  }
  expect(handled).toBeLessThan(count);
  line.resume();
  await line.until(() => line.frames.length > count);
  server.files.open = open;
  line.kill();
  sender.kill();
});

test("R-TRANSFER-5: A transfer connection that waits for a frame is ended for its silence, one that waits for bytes is not", async () => {
  const quick = await startFileServer({ timing: { silenceMsMax: 1_500 } });
  const dewi = await Person.come(quick.port, "Dewi");
  await dewi.join("lobby");
  const { file } = await dewi.offer("lobby", "a.bin", 10);
  const ticket = await dewi.ticket("lobby", file, "put");
  const waiting = await beginPut(quick.port, ticket, 0);
  const receiver = await Line.open(quick.port);
  receiver.rawAfter("ready");
  receiver.send({ type: "get", ticket: await dewi.ticket("lobby", file, "view"), offset: 0 });
  const idle = await Line.open(quick.port);
  idle.send({ type: "stat", ticket });
  await idle.next("ready");
  expect(await idle.next("error")).toMatchObject({ code: "silence", closes: true, retryMs: 0 });
  await idle.ended();
  const bytes = randomBytes(10);
  waiting.sendBytes(bytes);
  await waiting.next("stored");
  await receiver.ended();
  expect(Buffer.concat(receiver.raw).equals(bytes)).toBe(true);
  await quick.stop();
});
