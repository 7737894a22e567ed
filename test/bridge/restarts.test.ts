import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Person, startFileServer } from "../relay/file-client.ts";
import { openDoor } from "./door.ts";
import { get, head, noise, offer, openWorld, patch, pathOf, room, sha256 } from "./file-world.ts";
import { RawRequest } from "./raw-request.ts";

const bytes = noise(4_000_000);

test("R-HTTP-3: a relay that restarts in the middle costs an upload and a download nothing that arrived", async () => {
  const data = await mkdtemp(join(tmpdir(), "pendopo-restart-"));
  const world = await openWorld({ server: { data } });
  const { door } = world;
  const offered = await offer(world, "restart", bytes.length);
  const { file } = offered;
  // One that does not end by itself: the relay stops under it.
  const sending = await RawRequest.open(
    door,
    `PATCH /files/${file} HTTP/1.1`,
    "Tus-Resumable: 1.0.0",
    `Pendopo-Ticket: ${offered.put}`,
    "Upload-Offset: 0",
    "Content-Type: application/offset+octet-stream",
    `Content-Length: ${bytes.length}`,
  );
  sending.send(bytes.subarray(0, 1_500_000));
  const receiving = await RawRequest.open(door, `GET ${await pathOf(world, offered)} HTTP/1.1`);
  await receiving.until(() => receiving.receivedBytes > 1_500_000);
  await world.server.stop();
  await receiving.until(() => receiving.isClosed);
  expect(receiving.tail).not.toEndWith("0\r\n\r\n");
  // Whatever it sends now, it learns that it has to come back.
  sending.send(bytes.subarray(1_500_000));
  await sending.until(() => sending.status !== 0 || sending.isClosed);
  expect([502, 503, 0]).toContain(sending.status);

  const server = await startFileServer({ data });
  door.program.now = { ...door.program.now, target: { host: "127.0.0.1", port: server.port } };
  // A ticket does not outlive its relay; a member, by its key, does.
  expect((await head(door, offered)).status).toBe(403);
  const ada = await Person.come(server.port, "Ada", world.ada.keys);
  await ada.join(room);
  const again = { file, put: await ada.ticket(room, file, "put") };
  const offset = Number((await head(door, again)).headers.get("Upload-Offset"));
  expect(offset).toBe(1_500_000);
  expect((await patch(door, again, offset, bytes.subarray(offset))).status).toBe(204);
  const budi = await Person.come(server.port, "Budi", world.budi.keys);
  await budi.join(room);
  const rest = await get(door, await pathOf({ ...world, server, budi }, again), {
    Range: "bytes=1500000-",
    "If-Range": `"${file}"`,
  });
  expect(rest.status).toBe(206);
  expect(sha256(await rest.bytes())).toBe(sha256(bytes.subarray(1_500_000)));
  await door.stop(0);
  await server.stop();
  await rm(data, { recursive: true });
});

test("R-HTTP-3: a bridge that restarts in the middle costs an upload nothing that arrived", async () => {
  await using world = await openWorld();
  const offered = await offer(world, "bridge", bytes.length);
  const target = { host: "127.0.0.1", port: world.server.port };
  const first = openDoor(target);
  expect((await patch(first, offered, 0, bytes.subarray(0, 1_000_000))).status).toBe(204);
  const sending = patch(first, offered, 1_000_000, endless(bytes.subarray(1_000_000, 2_000_000)));
  while (Number((await head(world.door, offered)).headers.get("Upload-Offset")) < 2_000_000);
  await Promise.all([first.stop(0), sending.catch(() => {})]);
  const second = openDoor(target);
  const offset = Number((await head(second, offered)).headers.get("Upload-Offset"));
  expect(offset).toBe(2_000_000);
  expect((await patch(second, offered, offset, bytes.subarray(offset))).status).toBe(204);
  expect(await world.budi.entry(offered.file, "complete")).toMatchObject({ sha256: sha256(bytes) });
  await second.stop(0);
});

/** A body that begins, and then says nothing more. */
function endless(start: Uint8Array): ReadableStream {
  return new ReadableStream({ start: (controller) => controller.enqueue(start) });
}
