import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sleep } from "../dialect-2021/patient-time.ts";
import type { Door } from "./door.ts";
import {
  type FileWorld,
  get,
  head,
  noise,
  type Offered,
  offer,
  openWorld,
  patch,
  pathOf,
  room,
  sha256,
  tus,
  upload,
} from "./file-world.ts";
import { RawRequest } from "./raw-request.ts";

/** How long a sender may be silent here; where time is checked, a busy machine must be able to keep to it. */
const stalledMsMax = 400;

let world: FileWorld;
let door: Door;
beforeAll(async () => {
  world = await openWorld({ door: { limits: { stalledMsMax } } });
  ({ door } = world);
});
afterAll(async () => {
  expect(world.server.troubles).toEqual([]);
  await world[Symbol.asyncDispose]();
});

/** How many bytes of an upload the relay has, by HEAD. */
async function offsetOf(offered: Offered): Promise<number> {
  return Number((await head(door, offered)).headers.get("Upload-Offset"));
}

/** Begins a PATCH of which a test sends the body itself. */
function rawPatch(
  { file, put }: Offered,
  offset: number,
  length: number,
  to: Door = door,
): Promise<RawRequest> {
  return RawRequest.open(
    to,
    `PATCH /files/${file} HTTP/1.1`,
    "Tus-Resumable: 1.0.0",
    `Pendopo-Ticket: ${put}`,
    `Upload-Offset: ${offset}`,
    "Content-Type: application/offset+octet-stream",
    `Content-Length: ${length}`,
  );
}

/** Waits until the relay has some number of bytes of an upload, or more. */
async function stored(offered: Offered, bytes: number): Promise<void> {
  while ((await offsetOf(offered)) < bytes);
}

test("A file that is put in one request is whole, and everybody gets the same bytes", async () => {
  const bytes = noise(3_000_001);
  const offered = await offer(world, "photo.bin", bytes.length);
  const response = await patch(door, offered, 0, bytes);
  expect([response.status, response.headers.get("Upload-Offset")]).toEqual([204, "3000001"]);
  expect(response.headers.get("Tus-Resumable")).toBe("1.0.0");
  expect(await world.budi.entry(offered.file, "complete")).toMatchObject({ sha256: sha256(bytes) });
  const got = await get(door, await pathOf(world, offered));
  expect(sha256(await got.bytes())).toBe(sha256(bytes));
  expect(await world.ada.entry(offered.file, "received")).toMatchObject({ member: world.budi.member });
});

test("A file that is put in pieces tells after each how far it is, so that the next may follow at once", async () => {
  const bytes = noise(1_000_000);
  const offered = await offer(world, "pieces", bytes.length);
  for (let at = 0; at < bytes.length; at += 130_001) {
    const piece = bytes.subarray(at, at + 130_001);
    const response = await patch(door, offered, at, piece);
    expect([response.status, response.headers.get("Upload-Offset")]).toEqual([
      204,
      String(at + piece.length),
    ]);
  }
  expect(await world.budi.entry(offered.file, "complete")).toMatchObject({ sha256: sha256(bytes) });
});

describe("Sizes", () => {
  for (const size of [0, 1, 65_535, 65_536, 65_537, 524_287, 524_288, 524_289]) {
    test(`${size} bytes`, async () => {
      const bytes = noise(size, size);
      const offered = await upload(world, "sized", bytes);
      expect(await world.budi.entry(offered.file, "complete")).toMatchObject({ sha256: sha256(bytes) });
      const got = await get(door, await pathOf(world, offered));
      expect(got.headers.get("Content-Length")).toBe(String(size));
      expect(sha256(await got.bytes())).toBe(sha256(bytes));
    });
  }
});

describe("POST", () => {
  test("It answers where to put a file that was offered", async () => {
    const { file, put } = await offer(world, "created", 10);
    const metadata = { "Upload-Length": "10", "Upload-Metadata": "filename Y3JlYXRlZA==" };
    const response = await tus(door, "POST", "/files", put, metadata);
    expect([response.status, response.headers.get("Location")]).toEqual([201, `/files/${file}`]);
    expect(await offsetOf({ file, put })).toBe(0);
  });

  test("It takes bytes with it", async () => {
    const bytes = noise(10);
    const offered = await offer(world, "at once", 10);
    const headers = { "Upload-Length": "10", "Content-Type": "application/offset+octet-stream" };
    const response = await tus(door, "POST", "/files", offered.put, headers, bytes);
    expect([response.status, response.headers.get("Upload-Offset")]).toEqual([201, "10"]);
    expect(await world.budi.entry(offered.file, "complete")).toMatchObject({ sha256: sha256(bytes) });
  });

  test("An empty file needs nothing more", async () => {
    const { file, put } = await offer(world, "empty", 0);
    expect((await tus(door, "POST", "/files", put, { "Upload-Length": "0" })).status).toBe(201);
    expect(await world.budi.entry(file, "complete")).toMatchObject({ sha256: sha256(new Uint8Array()) });
  });

  const lies: [string, Record<string, string>, number][] = [
    ["another length than the offer's", { "Upload-Length": "11" }, 400],
    ["a length that is too long by far", { "Upload-Length": "99999999999999" }, 400],
    ["a negative length", { "Upload-Length": "-1" }, 400],
    ["a length that is no number", { "Upload-Length": "ten" }, 400],
    ["no length", {}, 400],
    ["a length to be told later", { "Upload-Defer-Length": "1" }, 501],
  ];
  for (const [kind, headers, status] of lies) {
    test(`${kind} is refused with ${status}`, async () => {
      const { put } = await offer(world, "lie", 10);
      expect((await tus(door, "POST", "/files", put, headers)).status).toBe(status);
    });
  }
});

describe("PATCH", () => {
  test("R-HTTP-2: at another offset it is refused with 409 and the right one, and nothing is taken", async () => {
    const offered = await offer(world, "offsets", 1_000);
    await patch(door, offered, 0, noise(400));
    for (const offset of [0, 399, 401, 990, 2_000]) {
      const response = await patch(door, offered, offset, noise(10));
      expect([offset, response.status, response.headers.get("Upload-Offset")]).toEqual([offset, 409, "400"]);
    }
    expect((await patch(door, offered, 1_000, "")).status).toBe(409);
    expect(await offsetOf(offered)).toBe(400);
  });

  test("More bytes than were offered are refused with 413", async () => {
    const offered = await offer(world, "short", 1_000);
    expect((await patch(door, offered, 0, noise(1_001))).status).toBe(413);
    expect((await patch(door, offered, 0, noise(400))).status).toBe(204);
    expect((await patch(door, offered, 400, noise(601))).status).toBe(413);
  });

  test("More bytes than were offered, of a body that does not tell its length, are not taken", async () => {
    const offered = await offer(world, "unknown", 100_000);
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(noise(60_000));
      },
    });
    expect((await patch(door, offered, 0, body)).status).toBe(413);
  });

  test("Without offset, with another type, and without tus it is refused", async () => {
    const offered = await offer(world, "headers", 10);
    const path = `/files/${offered.file}`;
    const type = { "Content-Type": "application/offset+octet-stream" };
    expect((await tus(door, "PATCH", path, offered.put, type, "x")).status).toBe(403);
    expect((await patch(door, offered, 0, "x", { "Content-Type": "text/plain" })).status).toBe(400);
    expect((await patch(door, offered, 0, "x", { "Tus-Resumable": "0.2" })).status).toBe(400);
    for (const bad of ["-1", "1.5", "x", ""]) {
      expect([bad, (await patch(door, offered, 0, "x", { "Upload-Offset": bad })).status]).toEqual([
        bad,
        400,
      ]);
    }
    expect(await offsetOf(offered)).toBe(0);
  });

  test("A file that is complete takes nothing more, and says that it has all", async () => {
    const offered = await upload(world, "over", noise(10));
    expect(await offsetOf(offered)).toBe(10);
    expect((await patch(door, offered, 0, noise(10))).status).toBe(409);
    expect((await patch(door, offered, 10, "")).status).toBe(204);
  });
});

describe("R-HTTP-3: a sender that goes away", () => {
  for (const [what, length] of [
    ["before the first byte", 0],
    ["after one byte", 1],
    ["in the middle", 600_000],
    ["before the last byte", 999_999],
  ] as const) {
    test(`${what} goes on where it was, and what arrived is not sent again`, async () => {
      const bytes = noise(1_000_000);
      const offered = await offer(world, "cut", bytes.length);
      const request = await rawPatch(offered, 0, bytes.length);
      request.send(bytes.subarray(0, length));
      await stored(offered, length);
      request.cut();
      expect(await offsetOf(offered)).toBe(length);
      expect((await patch(door, offered, length, bytes.subarray(length))).status).toBe(204);
      expect(await world.budi.entry(offered.file, "complete")).toMatchObject({ sha256: sha256(bytes) });
    });
  }

  test("One that comes back while its old connection is still there takes over", async () => {
    const bytes = noise(1_000_000);
    const offered = await offer(world, "taken over", bytes.length);
    const old = await rawPatch(offered, 0, bytes.length);
    old.send(bytes.subarray(0, 500_000));
    await stored(offered, 500_000);
    expect((await patch(door, offered, 500_000, bytes.subarray(500_000))).status).toBe(204);
    old.send(bytes.subarray(500_000));
    await old.until(() => old.status !== 0 || old.isClosed);
    expect([423, 0]).toContain(old.status);
    expect(await world.budi.entry(offered.file, "complete")).toMatchObject({ sha256: sha256(bytes) });
  });

  test("R-HTTP-5: one that sends nothing for too long is parked, and goes on later", async () => {
    const offered = await offer(world, "parked", 1_000);
    const request = await rawPatch(offered, 0, 1_000);
    request.send(noise(300));
    await request.until(() => request.status !== 0);
    expect(request.status).toBe(408);
    request.cut();
    expect(await offsetOf(offered)).toBe(300);
    expect((await patch(door, offered, 300, noise(700))).status).toBe(204);
  });

  test("R-HTTP-5: one that is slow but honest arrives, however long it takes", async () => {
    const offered = await offer(world, "slow", 40);
    const request = await rawPatch(offered, 0, 40);
    const startedAt = Date.now();
    // Forty times a tenth of what it may be silent for: four times that in all.
    for (let n = 0; n < 40; n += 1) {
      request.send(noise(1));
      await sleep(stalledMsMax / 10);
    }
    await request.until(() => request.status !== 0);
    expect(request.status).toBe(204);
    expect(Date.now() - startedAt).toBeGreaterThan(stalledMsMax * 3);
    request.cut();
  });
});

describe("DELETE", () => {
  test("It ends an upload for everybody, for good", async () => {
    const offered = await offer(world, "regretted", 1_000);
    await patch(door, offered, 0, noise(10));
    expect((await tus(door, "DELETE", `/files/${offered.file}`, offered.put)).status).toBe(204);
    expect(await world.budi.entry(offered.file, "failed")).toMatchObject({ reason: "cancelled" });
    expect((await head(door, offered)).status).toBe(410);
    expect((await patch(door, offered, 10, noise(10))).status).toBe(410);
  });

  test("A file that is complete stays", async () => {
    const offered = await upload(world, "kept", noise(10));
    expect((await tus(door, "DELETE", `/files/${offered.file}`, offered.put)).status).toBe(410);
    expect((await get(door, await pathOf(world, offered))).status).toBe(200);
  });
});

test("OPTIONS says what is spoken here, to anybody, and nothing to other origins", async () => {
  const response = await fetch(`http://localhost:${door.port}/files`, { method: "OPTIONS" });
  expect(response.status).toBe(204);
  expect(response.headers.get("Tus-Version")).toBe("1.0.0");
  expect(response.headers.get("Tus-Extension")).toBe("creation,creation-with-upload,termination");
  for (const name of response.headers.keys()) expect(name).not.toStartWith("access-control");
});

test("HEAD finishes a file of which all bytes had come, since nobody would send more of it", async () => {
  const bytes = noise(100_000);
  const offered = await offer(world, "unfinished", bytes.length);
  const request = await rawPatch(offered, 0, bytes.length);
  request.send(bytes);
  request.cut();
  await stored(offered, bytes.length);
  expect(await world.budi.entry(offered.file, "complete")).toMatchObject({ sha256: sha256(bytes) });
});

describe("Tickets", () => {
  test("Without one, with one that is none, with one that is unknown: 403 and what to do", async () => {
    const { file } = await offer(world, "locked", 10);
    for (const ticket of ["x", "A".repeat(43), "A".repeat(44), "é".repeat(43)]) {
      const response = await tus(door, "DELETE", `/files/${file}`, ticket);
      expect([ticket, response.status]).toEqual([ticket, 403]);
      expect(await response.text()).toContain("icket");
    }
    expect((await tus(door, "HEAD", `/files/${file}`, undefined)).status).toBe(403);
    expect(
      (await tus(door, "POST", "/files", undefined, { Origin: door.origin, "Upload-Length": "1" })).status,
    ).toBe(403);
  });

  test("One for another file does not fit", async () => {
    const one = await offer(world, "one", 10);
    const other = await offer(world, "other", 10);
    expect((await head(door, { file: one.file, put: other.put })).status).toBe(404);
    expect((await patch(door, { file: one.file, put: other.put }, 0, noise(10))).status).toBe(404);
    expect(await offsetOf(other)).toBe(0);
  });

  test("One to get a file is none to put or end it", async () => {
    const { file } = await offer(world, "mine", 10);
    const ticket = await world.budi.ticket(room, file, "get");
    expect((await patch(door, { file, put: ticket }, 0, noise(10))).status).toBe(403);
    expect((await tus(door, "DELETE", `/files/${file}`, ticket)).status).toBe(403);
  });
});

test("R-HTTP-12: no ticket and no name stands in the log", async () => {
  const offered = await offer(world, "secret name", 1_000);
  await patch(door, offered, 5, noise(10));
  const request = await rawPatch(offered, 0, 1_000);
  request.send(noise(10));
  await stored(offered, 10);
  request.cut();
  await head(door, offered);
  const said = door.log.said.join("\n");
  expect(said).not.toContain(offered.put);
  expect(said).not.toContain("secret");
  expect(said).not.toContain(offered.file);
});
