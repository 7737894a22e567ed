import { describe, expect, test } from "bun:test";
import { type Door, openPlainDoor } from "./door.ts";
import { get, tus } from "./file-world.ts";
import { RawRequest } from "./raw-request.ts";
import { fileId, TransferStandIn, ticket } from "./transfer-stand-in.ts";

const gib = 1024 ** 3;
/** What sockets take in on the way: four of them, at up to 6 MiB where the system tunes them, and what each end reads at once. */
const flightBytesMax = 64 * 1024 * 1024;

function rawPatch(door: Door, length: number): Promise<RawRequest> {
  return RawRequest.open(
    door,
    `PATCH /files/${fileId} HTTP/1.1`,
    "Tus-Resumable: 1.0.0",
    `Pendopo-Ticket: ${ticket}`,
    "Upload-Offset: 0",
    "Content-Type: application/offset+octet-stream",
    `Content-Length: ${length}`,
  );
}

/** Waits until a count stands still, while other requests go round: everybody had every chance to go on. */
async function settle(door: Door, count: () => number): Promise<void> {
  let before = -1;
  for (let still = 0; still < 100; still += 1) {
    if (count() !== before) still = 0;
    before = count();
    await (await get(door, "/api/bridge")).bytes();
  }
}

test("R-HTTP-4: a relay that does not read stops an upload of 1 GiB, of which little is on its way at any time", async () => {
  using relay = new TransferStandIn(gib);
  relay.isPaused = true;
  await using door = openPlainDoor(relay.target);
  const request = await rawPatch(door, gib);
  for (let n = 0; n < 1024; n += 1) request.send(relay.piece);
  await settle(door, () => request.sentBytes);
  expect(request.isBlocked).toBe(true);
  expect(request.sentBytes).toBeLessThan(flightBytesMax);
  let flightBytes = 0;
  const look = relay.changed.bind(relay);
  relay.changed = () => {
    flightBytes = Math.max(flightBytes, request.sentBytes - relay.receivedBytes);
    look();
  };
  relay.resume();
  await relay.until(() => relay.receivedBytes === gib);
  expect(flightBytes).toBeLessThan(flightBytesMax);
  relay.store();
  await request.until(() => request.status !== 0);
  expect(request.text).toContain(`Upload-Offset: ${gib}`);
  expect(request.status).toBe(204);
  request.cut();
}, 60_000);

test("R-HTTP-4: a browser that does not read stops a download of 1 GiB, of which little is on its way at any time", async () => {
  using relay = new TransferStandIn(gib);
  relay.action = "get";
  relay.state = "complete";
  await using door = openPlainDoor(relay.target);
  const request = await RawRequest.open(door, `GET /files/${ticket}/${fileId}/x HTTP/1.1`);
  request.pause();
  await settle(door, () => relay.sentBytes);
  expect(relay.sentBytes).toBeGreaterThan(0);
  expect(relay.sentBytes).toBeLessThan(flightBytesMax);
  let flightBytes = 0;
  const look = relay.changed.bind(relay);
  relay.changed = () => {
    flightBytes = Math.max(flightBytes, relay.sentBytes - request.receivedBytes);
    look();
  };
  request.resume();
  await request.until(() => request.tail.endsWith("\r\n0\r\n\r\n"));
  expect(relay.sentBytes).toBe(gib);
  expect(request.receivedBytes).toBeGreaterThan(gib);
  expect(flightBytes).toBeLessThan(flightBytesMax);
  request.cut();
}, 60_000);

test("R-GET-6: A download is ended in good order when all of it was taken, and broken off otherwise", async () => {
  using relay = new TransferStandIn(100_000);
  relay.action = "get";
  relay.state = "complete";
  await using door = openPlainDoor(relay.target);
  expect((await (await get(door, `/files/${ticket}/${fileId}/x`)).bytes()).length).toBe(relay.size);
  await relay.until(() => relay.calls[0]?.endedBy !== undefined);
  // Of one that is still arriving nothing is on its way when the browser goes.
  relay.state = "arriving";
  relay.missingBytes = 1_000;
  const request = await RawRequest.open(door, `GET /files/${ticket}/${fileId}/x HTTP/1.1`);
  await request.until(() => request.receivedBytes - request.text.indexOf("\r\n\r\n") > 99_000);
  request.cut();
  await relay.until(() => relay.calls[1]?.endedBy !== undefined);
  expect(relay.calls.map(({ endedBy }) => endedBy)).toEqual(["order", "reset"]);
});

test("A browser that goes away takes its connection with it", async () => {
  using relay = new TransferStandIn(gib);
  relay.action = "get";
  await using door = openPlainDoor(relay.target);
  let closed = 0;
  relay.changed = () => {
    closed = relay.calls.filter(({ socket }) => socket.readyState <= 0).length;
  };
  const request = await RawRequest.open(door, `GET /files/${ticket}/${fileId}/x HTTP/1.1`);
  await request.until(() => request.receivedBytes > 1_000_000);
  request.cut();
  while (closed === 0) await get(door, "/api/bridge");
  // And one of which nothing has come yet.
  relay.answer = () => null;
  const waiting = await RawRequest.open(door, `GET /files/${ticket}/${fileId}/x HTTP/1.1`);
  while (relay.calls.length < 2) await get(door, "/api/bridge");
  waiting.cut();
  while (closed < 2) await get(door, "/api/bridge");
});

test("Who leaves the server leaves its transfers, and so does a bridge that stops", async () => {
  using relay = new TransferStandIn(gib);
  relay.action = "get";
  await using door = openPlainDoor(relay.target);
  for (const end of [
    () => fetch(`${door.origin}/api/reset`, { method: "POST", headers: { Origin: door.origin } }),
    () => door.stop(0),
  ]) {
    door.program.now = { ...door.program.now, target: relay.target };
    const request = await RawRequest.open(door, `GET /files/${ticket}/${fileId}/x HTTP/1.1`);
    await request.until(() => request.receivedBytes > 1_000_000);
    request.pause();
    await end();
    request.resume();
    await request.until(() => request.isClosed);
    expect(request.tail).not.toEndWith("0\r\n\r\n");
  }
});

test("As many transfers as may be are under way, and then the next is told to wait", async () => {
  using relay = new TransferStandIn(gib);
  relay.answer = () => null;
  await using door = openPlainDoor(relay.target, { limits: { transfersMax: 2 } });
  const first = [1, 2].map(() => RawRequest.open(door, `GET /files/${ticket}/${fileId}/x HTTP/1.1`));
  const [one] = await Promise.all(first);
  while (relay.calls.length < 2) await get(door, "/api/bridge");
  const response = await get(door, `/files/${ticket}/${fileId}/x`);
  expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "5"]);
  expect((await tus(door, "HEAD", `/files/${fileId}`, ticket)).status).toBe(503);
  one?.cut();
  relay.action = "get";
  relay.answer = () => '{"type":"error","code":"file-gone","message":"Gone","closes":false,"retryMs":null}';
  let status = 503;
  while (status === 503) status = (await get(door, `/files/${ticket}/${fileId}/x`)).status;
  expect(status).toBe(410);
});

describe("A relay that misbehaves", () => {
  const error = (code: string, more = {}) =>
    JSON.stringify({ type: "error", code, message: "Do this", closes: true, retryMs: 5_000, ...more });
  const answers: [string, object | string, number][] = [
    ["no JSON", "{]", 502],
    ["JSON of another kind", "[]", 502],
    ["another frame", { type: "stored", file: fileId, sha256: "0".repeat(64), mediaType: "x" }, 502],
    ["a frame without its fields", { type: "ready" }, 502],
    ["an error without a code", '{"type":"error"}', 502],
    ["an error of a code that nobody knows", error("something-new"), 502],
    ["an error of a code that every object has", error("__proto__"), 502],
    ["a full disk", error("disk-full"), 507],
    ["a low disk", error("disk-low"), 507],
    ["busy", error("busy"), 503],
    ["a ticket that is void", error("ticket-invalid"), 403],
    ["a file that is unknown", error("file-unknown"), 404],
    ["a file that is gone", error("file-gone"), 410],
    ["another offset", error("offset-wrong", { offset: 7 }), 409],
  ];
  for (const [kind, answer, status] of answers) {
    test(`${kind} is answered with ${status}`, async () => {
      using relay = new TransferStandIn(100);
      relay.answer = () => answer;
      await using door = openPlainDoor(relay.target);
      const response = await get(door, `/files/${ticket}/${fileId}/x`);
      expect(response.status).toBe(status);
      expect(await response.text()).toMatch(/^[A-Z].*\n$/);
      const upload = await tus(door, "HEAD", `/files/${fileId}`, ticket);
      expect(upload.status).toBe(status);
      if (status === 409) expect(upload.headers.get("Upload-Offset")).toBe("7");
      expect(door.log.said.filter((line) => !line.startsWith("A transfer ended"))).toEqual([]);
    });
  }

  test("A type that would be a header of its own is none", async () => {
    using relay = new TransferStandIn(3);
    relay.action = "view";
    relay.state = "complete";
    const { answer } = relay;
    await using door = openPlainDoor(relay.target);
    for (const mediaType of [
      "video/x\r\nSet-Cookie: a=b",
      "video/x; y",
      "text/javascript",
      "image/svg+xml",
      "video/é",
    ]) {
      relay.answer = (frame) => ({ ...(answer(frame) as object), mediaType });
      const { headers, status } = await get(door, `/files/${ticket}/${fileId}/x`);
      expect([status, headers.get("Content-Type")]).toEqual([200, "application/octet-stream"]);
      expect(headers.has("Set-Cookie")).toBe(false);
    }
  });

  test("One that says nothing is given up after a while, in both directions", async () => {
    using relay = new TransferStandIn(100);
    const { answer } = relay;
    relay.answer = () => null;
    await using door = openPlainDoor(relay.target, {
      limits: { answerMsMax: 20, stalledMsMax: 20, tickMs: 5 },
    });
    expect((await get(door, `/files/${ticket}/${fileId}/x`)).status).toBe(408);
    relay.answer = answer;
    // All bytes came, and it does not say that it has stored them.
    const body = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0" };
    const upload = await tus(door, "PATCH", `/files/${fileId}`, ticket, body, Buffer.alloc(100));
    expect(upload.status).toBe(408);
  });

  test("One that is full in the middle stops the upload with its reason", async () => {
    using relay = new TransferStandIn(gib);
    await using door = openPlainDoor(relay.target);
    const request = await rawPatch(door, gib);
    for (let n = 0; n < 1024; n += 1) request.send(relay.piece);
    await relay.until(() => relay.receivedBytes > 10_000_000);
    for (const { socket, isRaw } of relay.calls) if (isRaw) socket.end(`${error("disk-full")}\n`);
    await request.until(() => request.status !== 0 || request.isClosed);
    expect(request.text).toContain("Retry-After: 5");
    expect(request.status).toBe(507);
    request.cut();
  });
});
