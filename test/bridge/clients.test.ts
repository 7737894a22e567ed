import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Upload } from "tus-js-client";
import type { Door } from "./door.ts";
import { type FileWorld, get, head, noise, offer, openWorld, pathOf, sha256, upload } from "./file-world.ts";

let world: FileWorld;
let door: Door;
let folder: string;
const bytes = noise(3_000_000);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pendopo-clients-"));
  await Bun.write(join(folder, "file"), bytes);
  world = await openWorld();
  ({ door } = world);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

type Options = NonNullable<ConstructorParameters<typeof Upload>[1]>;

/** Uploads with the library that pages use. */
function send(put: string, options: Options): { upload: Upload; done: Promise<void> } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Under Bun it is the library's other half, which takes a Buffer, that runs.
  const upload = new Upload(Buffer.from(bytes) as unknown as Blob, {
    headers: { "Pendopo-Ticket": put },
    retryDelays: [0, 10, 20],
    onSuccess: () => resolve(),
    onError: reject,
    ...options,
  });
  upload.start();
  return { upload, done: promise };
}

describe("tus-js-client", () => {
  test("It uploads to where a file was offered", async () => {
    const { file, put } = await offer(world, "tus", bytes.length);
    await send(put, { uploadUrl: `http://localhost:${door.port}/files/${file}` }).done;
    expect(await world.budi.entry(file, "complete")).toMatchObject({ sha256: sha256(bytes) });
  });

  test("It makes an upload, and sends it in pieces", async () => {
    const { file, put } = await offer(world, "tus 2", bytes.length);
    const metadata = { filename: "Übung.txt", filetype: "text/html" };
    const endpoint = `http://localhost:${door.port}/files`;
    await send(put, { endpoint, metadata, chunkSize: 200_001 }).done;
    expect(await world.budi.entry(file, "complete")).toMatchObject({ sha256: sha256(bytes) });
  });

  test("It is stopped, and goes on where it was", async () => {
    const { file, put } = await offer(world, "tus 3", bytes.length);
    const uploadUrl = `http://localhost:${door.port}/files/${file}`;
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const first = send(put, { uploadUrl, chunkSize: 500_000, onChunkComplete: () => resolve() });
    await begun;
    await first.upload.abort();
    const offset = async () => Number((await head(door, { file, put })).headers.get("Upload-Offset"));
    // What the relay took last may still be on its way to the disk.
    while ((await offset()) < 500_000);
    const offsets: number[] = [];
    await send(put, { uploadUrl, onProgress: (sent) => offsets.push(sent) }).done;
    expect(offsets[0]).toBeGreaterThanOrEqual(500_000);
    expect(await world.budi.entry(file, "complete")).toMatchObject({ sha256: sha256(bytes) });
  });
});

const hasCurl = Bun.which("curl") !== null;

/** Runs curl. @returns What it wrote. */
async function curl(words: string[], stdin?: Blob): Promise<string> {
  const all = ["curl", "--silent", "--show-error", "--max-time", "20", ...words];
  const process = Bun.spawn(all, { stdin: stdin ?? "ignore", stderr: "inherit" });
  return await new Response(process.stdout).text();
}

describe.skipIf(!hasCurl)("curl", () => {
  test("It uploads with a ticket, and goes on with the rest of a file", async () => {
    const { file, put } = await offer(world, "curl", bytes.length);
    const url = `http://localhost:${door.port}/files/${file}`;
    const headers = ["-H", "Tus-Resumable: 1.0.0", "-H", `Pendopo-Ticket: ${put}`];
    const patch = ["-X", "PATCH", ...headers, "-H", "Content-Type: application/offset+octet-stream"];
    await Bun.write(join(folder, "start"), bytes.subarray(0, 1_000_000));
    await curl([...patch, "-H", "Upload-Offset: 0", "-T", join(folder, "start"), url]);
    expect(await curl(["--head", ...headers, url])).toContain("Upload-Offset: 1000000\r\n");
    // From a pipe, so that nobody knows how much will come.
    const rest = [...patch, "-H", "Upload-Offset: 1000000", "-T", "-"];
    const code = ["-o", join(folder, "answer"), "-w", "%{http_code}"];
    expect(await curl([...rest, ...code, url], new Blob([bytes.subarray(1_000_000)]))).toBe("204");
    expect(await world.budi.entry(file, "complete")).toMatchObject({ sha256: sha256(bytes) });
  });

  test("It downloads under the file's name, and goes on with one that was cut off", async () => {
    const offered = await upload(world, "Laporan.bin", bytes);
    const url = `http://localhost:${door.port}${await pathOf(world, offered)}`;
    await curl(["-O", "-J", "--output-dir", folder, url]);
    expect(sha256(await Bun.file(join(folder, "Laporan.bin")).bytes())).toBe(sha256(bytes));
    const half = join(folder, "half");
    await Bun.write(half, bytes.subarray(0, 1_234_567));
    await curl(["-C", "-", "-o", half, url]);
    expect(sha256(await Bun.file(half).bytes())).toBe(sha256(bytes));
  });

  test("It takes its time, and gets every byte as it was", async () => {
    const many = noise(24_000_000, 7);
    const offered = await upload(world, "slow", many);
    const url = `http://localhost:${door.port}${await pathOf(world, offered)}`;
    const slow = join(folder, "slow");
    await curl(["--limit-rate", "24M", "-o", slow, url]);
    expect(sha256(await Bun.file(slow).bytes())).toBe(sha256(many));
    expect(await world.ada.entry(offered.file, "received")).toMatchObject({ member: world.budi.member });
  });

  test("One that is stopped has not received the file", async () => {
    const many = noise(24_000_000, 8);
    const offered = await upload(world, "stopped", many);
    const url = `http://localhost:${door.port}${await pathOf(world, offered)}`;
    await curl(["--limit-rate", "4M", "--max-time", "0.3", "-o", join(folder, "stopped"), url]);
    // Had it been told of, it would have been before what comes next.
    const next = await upload(world, "next", bytes);
    await (await get(door, await pathOf(world, next))).bytes();
    await world.ada.entry(next.file, "received");
    expect(
      world.ada.line.frames.filter(({ action, file }) => action === "received" && file === offered.file),
    ).toEqual([]);
  });
});
