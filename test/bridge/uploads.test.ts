import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type FileWorld, get, head, noise, offer, openWorld, patch, pathOf, room, sha256, tus, upload } from "./file-world.ts";

let world: FileWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  expect(world.server.troubles).toEqual([]);
  await world[Symbol.asyncDispose]();
});

test("A file that is put in one request is whole, and everybody gets the same bytes", async () => {
  const bytes = noise(3_000_001);
  const offered = await offer(world, "photo.bin", bytes.length);
  const response = await patch(world.door, offered, 0, bytes);
  expect([response.status, response.headers.get("Upload-Offset")]).toEqual([204, "3000001"]);
  expect(await world.budi.entry(offered.file, "complete")).toMatchObject({ sha256: sha256(bytes) });
  const got = await get(world.door, await pathOf(world, offered));
  expect(got.status).toBe(200);
  expect(sha256(await got.bytes())).toBe(sha256(bytes));
  expect(await world.ada.entry(offered.file, "received")).toMatchObject({ member: world.budi.member });
});
