import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { type FileServer, get, Person, put, startFileServer } from "./file-client.ts";

let server: FileServer;
beforeAll(async () => {
  server = await startFileServer();
});
afterAll(async () => {
  expect(server.troubles).toEqual([]);
  await server.stop();
});

test("A file goes from one member to another, and everybody sees who has received it", async () => {
  const ada = await Person.come(server.port, "Ada");
  const budi = await Person.come(server.port, "Budi");
  await ada.join("lobby");
  await budi.join("lobby");
  const bytes = randomBytes(3_000_001);
  const { file } = await ada.offer("lobby", "../../photo.png", bytes.length);
  expect(await budi.entry(file, "offered")).toMatchObject({ fileName: "photo.png", size: bytes.length });
  const stored = await put(server.port, await ada.ticket("lobby", file, "put"), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(stored).toEqual({ type: "stored", file, sha256, mediaType: "application/octet-stream" });
  expect(await budi.entry(file, "complete")).toMatchObject({ sha256, mediaType: "application/octet-stream" });
  const got = await get(server.port, await budi.ticket("lobby", file, "get"));
  expect(got.ready).toMatchObject({ state: "complete", length: bytes.length, sha256 });
  expect(got.bytes.equals(bytes)).toBe(true);
  expect(await ada.entry(file, "received")).toMatchObject({ member: budi.member, name: "Budi" });
});
