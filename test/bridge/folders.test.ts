import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import type { Door } from "./door.ts";
import { type FileWorld, get, noise, offer, openWorld, patch, room, sha256, upload } from "./file-world.ts";
import { type Entry, folderBlob } from "./folder-blob.ts";
import { unzip } from "./zip.ts";

let world: FileWorld;
let door: Door;
beforeAll(async () => {
  world = await openWorld();
  ({ door } = world);
});
afterAll(async () => {
  expect(world.server.troubles).toEqual([]);
  await world[Symbol.asyncDispose]();
});

const files = {
  "a/one.bin": noise(1_500_001),
  "a/empty": noise(0),
  "b/Übung – 文件.txt": new TextEncoder().encode("hello\n"),
  "page.html": new TextEncoder().encode("<!doctype html><script>alert(1)</script>"),
};

async function send(change?: (entries: Entry[]) => unknown, of: Record<string, Uint8Array> = files) {
  const { blob, indexBytes } = folderBlob(of, change);
  const folder = { files: Object.keys(of).length, indexBytes };
  return { file: (await upload(world, "Holiday", blob, { folder })).file, size: blob.length };
}

async function base(file: string, action: "get" | "view" = "get"): Promise<string> {
  return `/folders/${await world.budi.ticket(room, file, action)}/${file}`;
}

function fileAt(address: string, path: string): string {
  return `${address}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}

describe("A folder as a zip", () => {
  test("It has every file under its path, whole, and counts as received", async () => {
    const { file } = await send();
    const response = await get(door, `${await base(file)}/Holiday.zip`);
    expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "application/zip"]);
    expect(response.headers.get("Content-Disposition")).toContain("filename*=UTF-8''Holiday.zip");
    expect(response.headers.get("Content-Security-Policy")).toContain("sandbox");
    const zip = unzip(await response.bytes());
    expect([...zip.keys()].sort()).toEqual(Object.keys(files).sort());
    for (const [path, bytes] of Object.entries(files)) {
      const found = zip.get(path);
      expect([path, found && sha256(found.bytes), found?.crc, found?.isUtf8]).toEqual([
        path,
        sha256(bytes),
        crc32(bytes),
        true,
      ]);
    }
    expect(await world.ada.entry(file, "received")).toMatchObject({ member: world.budi.member });
  });

  test("It is made while the folder is still arriving", async () => {
    const { blob, indexBytes } = folderBlob(files);
    const offered = await offer(world, "Arriving", blob.length, { folder: { files: 4, indexBytes } });
    const getting = get(door, `${await base(offered.file)}/Arriving.zip`);
    await patch(door, offered, 0, blob.subarray(0, 600_000));
    const response = await getting;
    await patch(door, offered, 600_000, blob.subarray(600_000));
    expect(unzip(await response.bytes()).size).toBe(4);
  });

  test("HEAD tells name and type", async () => {
    const response = await get(door, `${await base((await send()).file)}/x.zip`, {}, "HEAD");
    expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "application/zip"]);
  });
});

describe("One file of a folder", () => {
  test("It is answered as if it had been sent alone, with Range", async () => {
    const { file } = await send();
    const address = await base(file);
    for (const [path, bytes] of Object.entries(files)) {
      const response = await get(door, fileAt(address, path));
      expect([response.status, response.headers.get("Content-Length")]).toEqual([
        200,
        bytes.length > 1024 * 1024 ? null : String(bytes.length),
      ]);
      expect(sha256(await response.bytes())).toBe(sha256(bytes));
    }
    const one = fileAt(address, "a/one.bin");
    const part = await get(door, one, { Range: "bytes=-2" });
    expect([part.status, part.headers.get("Content-Range")]).toEqual([206, "bytes 1499999-1500000/1500001"]);
    expect(await part.bytes()).toEqual(files["a/one.bin"].subarray(-2));
    expect((await get(door, one, { Range: "bytes=1500001-" })).status).toBe(416);
    const etag = part.headers.get("ETag") ?? "";
    expect((await get(door, one, { "If-None-Match": etag })).status).toBe(304);
    expect((await get(door, fileAt(address, "page.html"), {}, "HEAD")).headers.get("ETag")).not.toBe(etag);
  });

  test("Its type is told from its own bytes, and what runs is never shown", async () => {
    const { file } = await send();
    const address = await base(file, "view");
    const text = await get(door, fileAt(address, "b/Übung – 文件.txt"));
    expect(text.headers.get("Content-Type")).toBe("text/plain; charset=utf-8");
    expect(text.headers.get("Content-Disposition")).toStartWith("inline;");
    expect(text.headers.get("Content-Disposition")).toContain(encodeURIComponent("Übung – 文件.txt"));
    const page = await get(door, fileAt(address, "page.html"));
    expect(page.headers.get("Content-Type")).toBe("application/octet-stream");
    expect(page.headers.get("Content-Disposition")).toStartWith("attachment;");
    expect(page.headers.get("Content-Security-Policy")).toContain("sandbox");
  });

  test("One that is not there is not found", async () => {
    const address = await base((await send()).file);
    for (const path of ["none", "a", "a/", "/a/one.bin", "../x", ".pendopo-index.json"]) {
      expect([path, (await get(door, fileAt(address, path))).status]).toEqual([path, 404]);
    }
    expect((await get(door, `${address}/files/%ff`)).status).toBe(400);
  });
});

describe("R-HTTP-11 R-FOLDER-3: an index that was made up", () => {
  const raw = { x: noise(1_000) };
  const first = ([entry]: Entry[]) => entry as Entry;
  const bad: [string, (entries: Entry[]) => unknown][] = [
    ["no JSON", () => "{"],
    ["JSON of another kind", () => []],
    ["a file without size", (all) => ({ files: [{ ...first(all), size: undefined }] })],
    ["a negative offset", (all) => ({ files: [{ ...first(all), offset: -1 }] })],
    ["a size that is no integer", (all) => ({ files: [{ ...first(all), size: 1.5 }] })],
    ["an offset within the index", (all) => ({ files: [{ ...first(all), offset: 600 }] })],
    ["an offset beyond the end", (all) => ({ files: [{ ...first(all), offset: 999_999 }] })],
    ["a size beyond the end", (all) => ({ files: [{ ...first(all), size: 999_999 }] })],
    ["the same bytes many times", (all) => ({ files: Array(20).fill(first(all)) })],
    [
      "bytes that overlap",
      (all) => ({ files: [first(all), { ...first(all), offset: first(all).offset + 999 }] }),
    ],
  ];
  for (const [kind, change] of bad) {
    test(`${kind}: refused, and nothing hangs`, async () => {
      const address = await base((await send(change, raw)).file);
      expect((await get(door, `${address}/x.zip`)).status).toBe(404);
      expect((await get(door, fileAt(address, "x"))).status).toBe(404);
    });
  }

  test("Its paths are made safe, and no two alike", async () => {
    const paths = ["../../etc/passwd", "/abs", "C:\\x", "CON", "Same.txt", "same.TXT", "a/../b", "a/b"];
    const many = Object.fromEntries(paths.map((_, n) => [`${n}`, noise(n + 1)]));
    const { file } = await send(
      (all) => ({ files: all.map((entry, n) => ({ ...entry, path: paths[n] })) }),
      many,
    );
    const zip = unzip(await (await get(door, `${await base(file)}/x.zip`)).bytes());
    expect([...zip.keys()]).toEqual([
      "etc/passwd",
      "abs",
      "C/x",
      "_CON",
      "Same.txt",
      "same (2).TXT",
      "a/b",
      "a/b (2)",
    ]);
  });

  test("A time that is none, or that no zip can say, does no harm", async () => {
    for (const mtime of [0, -1, 1e18, Number.MAX_VALUE]) {
      const { file } = await send((all) => ({ files: [{ ...first(all), mtime }] }), raw);
      expect(unzip(await (await get(door, `${await base(file)}/x.zip`)).bytes()).size).toBe(1);
    }
  });

  test("A file is no folder, and an index larger than the folder is none", async () => {
    const { file } = await upload(world, "file", noise(2_000));
    expect((await get(door, `${await base(file)}/x.zip`)).status).toBe(404);
    const lying = await upload(world, "lying", noise(2_000), { folder: { files: 1, indexBytes: 1_999 } });
    expect((await get(door, `${await base(lying.file)}/x.zip`)).status).toBe(404);
    const huge = await upload(world, "huge", noise(2_000), { folder: { files: 1, indexBytes: 2 ** 50 } });
    expect((await get(door, `${await base(huge.file)}/x.zip`)).status).toBe(404);
  });
});
