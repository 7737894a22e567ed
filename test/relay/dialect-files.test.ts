import { afterAll, describe, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { limits } from "../../src/wire/limits.ts";
import { OldClient } from "../dialect-2021/old-client.ts";
import { sleep } from "../dialect-2021/patient-time.ts";
import { fileSizes, recordingOf, said } from "../recordings/recordings.ts";
import { get, Person, put } from "./file-client.ts";
import { cleanUp, serve } from "./server.ts";

cleanUp(afterAll);

const room = "room1";
const MiB = 1024 ** 2;

describe.concurrent("A file that a 2021 client sends", () => {
  test("R-2021-21: is a file of the room, and others of the dialect get it as well", async () => {
    const { port, errors } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    const bob = await OldClient.inRoom(port, "bob");
    const bytes = randomBytes(300_000);
    await alice.file("Laporan akhir é.txt", bytes);
    alice.text("that was it");
    const offered = await ada.line.next("entry", ({ action }) => action === "offered");
    expect(offered).toMatchObject({ name: "alice", fileName: "Laporan akhir é.txt", size: bytes.length });
    const file = String(offered.file);
    expect(await ada.entry(file, "complete")).toMatchObject({ sha256: sha256(bytes), name: "alice" });
    const got = await get(port, await ada.ticket(room, file, "get"));
    expect(got.bytes.equals(bytes)).toBe(true);
    await bob.shows("[alice] client_Laporan akhir é.txt Received");
    await bob.shows("[alice] that was it");
    expect(bob.files.get("client_Laporan akhir é.txt")?.equals(bytes)).toBe(true);
    // Its own file never comes back to it.
    expect(alice.files.size).toBe(0);
    expect(errors).toEqual([]);
  });

  test("R-2021-20: may follow another at once, and be empty", async () => {
    const { port } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    const all = [randomBytes(5 * MiB), Buffer.alloc(0), randomBytes(1), randomBytes(1024), Buffer.alloc(0)];
    for (const [i, bytes] of all.entries()) await alice.file(`${i}.bin`, bytes);
    const complete = await Promise.all(
      all.map(async (_, i) => {
        const { file } = await ada.line.next("entry", ({ fileName }) => fileName === `${i}.bin`);
        return (await ada.entry(String(file), "complete")).sha256;
      }),
    );
    expect(complete).toEqual(all.map(sha256));
  });

  test("whose name leads elsewhere is kept under its last part", async () => {
    const { port } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    await alice.file("../../etc/passwd", Buffer.from("x"));
    expect(await ada.line.next("entry", ({ action }) => action === "offered")).toMatchObject({
      fileName: "passwd",
    });
  });

  test("R-2021-22: that is too large is told so and swallowed, and what it says next is heard", async () => {
    const { port } = serve({ fileBytesMax: 1000 });
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    await alice.file("large.bin", randomBytes(200_000));
    alice.text("still here");
    await alice.shows(/^\* "large\.bin" was not sent: Send files of at most 1000 bytes/);
    expect(await ada.line.next("entry", ({ kind }) => kind === "message")).toMatchObject({
      text: "still here",
    });
    expect(ada.line.frames.filter(({ kind }) => kind === "file")).toEqual([]);
  });

  test("R-2021-23: that breaks off has failed, for it cannot go on", async () => {
    const { port } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    const bob = await OldClient.inRoom(port, "bob");
    for (const header of ["FILE", "client_half.bin", "100000"]) {
      alice.send(header);
      await sleep(100);
    }
    alice.send(randomBytes(50_000));
    const { file } = await ada.line.next("entry", ({ action }) => action === "offered");
    await ada.line.next(
      "progress",
      (progress) => progress.file === file && Number(progress.bytes) === 50_000,
    );
    alice.kill();
    expect(await ada.entry(String(file), "failed")).toMatchObject({ reason: "cancelled" });
    // Nothing of it went to the other client, who would wait for the rest for ever.
    await post(ada, "after it", 1);
    await bob.shows("[Ada] after it");
    expect(bob.files.size).toBe(0);
  });

  test("of which a host ends the upload is read to its end, and its sender told", async () => {
    const { port, store } = serve();
    const ada = await member(port, "Ada");
    await ada.request({ type: "host", secret: store.hostSecret });
    const alice = await OldClient.inRoom(port, "alice");
    for (const header of ["FILE", "client_ended.bin", "100000"]) {
      alice.send(header);
      await sleep(100);
    }
    const { file } = await ada.line.next("entry", ({ action }) => action === "offered");
    alice.send(new Uint8Array(50_000));
    expect(await ada.request({ type: "cancel", room, file })).toMatchObject({ type: "ok" });
    alice.send(new Uint8Array(50_000));
    await alice.shows(/^\* "ended\.bin" was not sent: /);
    alice.text("well");
    await ada.line.next("entry", ({ text }) => text === "well");
  });

  test("R-2021-24: comes at the rate that the server takes, and all of them come", async () => {
    const { port } = serve({ ratePerSecond: 20 });
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    for (let i = 0; i < 30; i++) alice.text(`${i} `);
    await alice.file("last.bin", Buffer.from("last"));
    const { file } = await ada.line.next("entry", ({ action }) => action === "offered");
    expect(await ada.entry(String(file), "complete")).toMatchObject({ sha256: sha256(Buffer.from("last")) });
  });
});

describe.concurrent("A file for a 2021 client", () => {
  test("R-2021-25 R-2021-26: is pushed when it is complete, with nothing in between", async () => {
    const { port, errors } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    const all: [string, Buffer][] = [
      ["Foto kegiatan 写真.jpg", randomBytes(5 * MiB)],
      ["empty", Buffer.alloc(0)],
      ["one", randomBytes(1)],
      ["even.bin", randomBytes(4096)],
    ];
    for (const [i, [name, bytes]] of all.entries()) {
      await send(ada, name, bytes);
      await post(ada, `after ${name}`, i + 1);
    }
    await alice.shows("[Ada] after even.bin");
    expect(alice.window.slice(1)).toEqual(
      all.flatMap(([name]) => [`[Ada] client_${name} Received`, `[Ada] after ${name}`]),
    );
    for (const [name, bytes] of all) expect(alice.files.get(`client_${name}`)?.equals(bytes)).toBe(true);
    expect(alice.state).toBe("well");
    expect(errors).toEqual([]);
  });

  test("R-2021-30: counts as received by it", async () => {
    const { port } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    const file = await send(ada, "x", Buffer.from("x"));
    await alice.shows("[Ada] client_x Received");
    expect(await ada.entry(file, "received")).toMatchObject({ name: "alice" });
  });

  test("R-2021-28: is told instead when it is longer than is pushed", async () => {
    const { port } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    await send(ada, "film.mkv", Buffer.alloc(limits.dialectPushBytesMax + 1));
    await alice.shows(
      `[Ada] film.mkv (${limits.dialectPushBytesMax + 1} bytes) is too long for this program: take it with Pendopo`,
    );
    expect(alice.files.size).toBe(0);
  });

  test("R-2021-27: has a name that its file system takes", async () => {
    const { port } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    await send(ada, `${"é".repeat(125)}.txt`, Buffer.from("x"));
    await alice.until(() => alice.files.size === 1);
    const [name = ""] = alice.files.keys();
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(name).toEndWith(".txt");
  });

  test("that is a folder is an archive by its name", async () => {
    const { port } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    const bytes = randomBytes(2048);
    const { file } = await ada.offer(room, "Foto", bytes.length, { folder: { files: 1, indexBytes: 512 } });
    await put(port, await ada.ticket(room, file, "put"), bytes);
    await alice.shows("[Ada] client_Foto.tar Received");
    expect(alice.files.get("client_Foto.tar")?.equals(bytes)).toBe(true);
  });

  test("that failed is never begun", async () => {
    const { port } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    const { file } = await ada.offer(room, "gone", 10);
    await ada.request({ type: "cancel", room, file });
    await post(ada, "no file", 1);
    await alice.shows("[Ada] no file");
    expect(alice.window.slice(1)).toEqual(["[Ada] no file"]);
  });

  test("R-2021-29: that cannot be read to its end ends the connection with a reset", async () => {
    const { port, path } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    const bytes = randomBytes(48 * MiB);
    await send(ada, "broken", bytes);
    await alice.until(() => alice.heard.some(({ bytes }) => bytes.length > 1024));
    alice.pause();
    // Another file takes the memory in which this one may still be.
    await send(ada, "other", Buffer.alloc(32 * MiB));
    const sum = sha256(bytes);
    truncateSync(join(path, "files", sum.slice(0, 2), sum), 0);
    alice.resume();
    await alice.until(() => alice.state !== "well");
    expect(alice.state).toBe("error");
    expect(alice.files.size).toBe(0);
  });

  test("waits for nobody who stops reading in the middle of it", async () => {
    const { port } = serve();
    const ada = await member(port, "Ada");
    const alice = await OldClient.inRoom(port, "alice");
    const bob = await OldClient.inRoom(port, "bob");
    await send(ada, "big", randomBytes(20 * MiB));
    // Not sooner: what waits unread runs together, and its header would be no header.
    await alice.until(() => alice.heard.some(({ bytes }) => bytes.length > 1024));
    alice.pause();
    await bob.shows("[Ada] client_big Received");
    alice.resume();
    await alice.shows("[Ada] client_big Received");
    expect(alice.files.get("client_big")?.equals(bob.files.get("client_big") ?? Buffer.alloc(0))).toBe(true);
  });
});

describe.concurrent("Whoever replays how a 2021 client once sent a file", () => {
  const asItCame = ["file_512", "file_512_spoiled", "file_512_three_members", "file_empty", "file_text"];
  const cuts = ["as it came", "with the header in one piece", "byte by byte at first"] as const;
  const cases = [
    ...asItCame.map((name) => ({ name, cut: cuts[0] })),
    ...cuts.map((cut) => ({ name: "file_200k", cut })),
    { name: "file_empty", cut: cuts[1] },
  ];
  for (const { name, cut } of cases) {
    test(`is understood: ${name}, ${cut}`, async () => {
      const { port } = serve();
      const ada = await member(port, "Ada");
      const client = await OldClient.connect(port);
      const heard = said(recordingOf(name), "client").map(({ bytes }) => bytes);
      const from = heard.findIndex((bytes) => bytes.toString() === "FILE");
      for (const bytes of heard.slice(0, from)) {
        client.send(bytes);
        await sleep(130);
      }
      const header = heard.slice(from, from + 3);
      const behind = Buffer.concat(heard.slice(from + 3));
      if (cut === "as it came") {
        for (const bytes of header) {
          client.send(bytes);
          await sleep(110);
        }
      } else if (cut === "with the header in one piece") {
        client.send(Buffer.concat(header));
        await sleep(200);
      } else {
        for (const bytes of header) {
          for (const byte of bytes) {
            client.send(Uint8Array.of(byte));
            await sleep(2);
          }
          await sleep(110);
        }
      }
      client.send(behind);
      const [, fileName = "", size = ""] = header.map((bytes) => bytes.toString());
      const offered = await ada.line.next("entry", ({ action }) => action === "offered");
      expect(offered).toMatchObject({ fileName: fileName.replace("client_", ""), size: Number(size) });
      expect(fileSizes.get(fileName.replace("client_", "")) ?? Number(size)).toBe(Number(size));
      expect(await ada.entry(String(offered.file), "complete")).toMatchObject({
        sha256: sha256(behind.subarray(0, Number(size))),
      });
      client.kill();
    });
  }
});

async function member(port: number, name: string): Promise<Person> {
  const person = await Person.come(port, name);
  await person.join(room);
  return person;
}

async function send(by: Person, name: string, bytes: Buffer): Promise<string> {
  const { file } = await by.offer(room, name, bytes.length);
  expect(await put(by.port, await by.ticket(room, file, "put"), bytes)).toMatchObject({ type: "stored" });
  return file;
}

async function post(by: Person, text: string, n: number): Promise<void> {
  by.line.send({ type: "post", room, device: "talk", n, text });
  await by.line.next("entry", (entry) => entry.text === text);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
