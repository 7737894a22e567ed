import { afterEach, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import type { FileStore, OpenBytes } from "../../src/room/file-store.ts";
import { beginPut, type FileServer, Line, Person, startFileServer } from "./file-client.ts";

let server: FileServer;
afterEach(async () => {
  expect(server.troubles).toEqual([]);
  await server.stop();
});

/** Something that a disk does, which waits from its first time on until it may. */
function gate() {
  const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
  const { promise: isOpen, resolve: open } = Promise.withResolvers<void>();
  const pass = () => {
    asked();
    return isOpen;
  };
  return { isAsked, open, pass };
}

/** A store whose disk waits before it writes bytes, or before it makes a file for good. */
function waiting(what: "write" | "publish", pass: () => Promise<void>) {
  return (files: FileStore): FileStore =>
    intercepted(files, "openBytes", (openBytes) => async (...given: Parameters<FileStore["openBytes"]>) => {
      const bytes: OpenBytes = await openBytes(...given);
      return intercepted(bytes, what, (run) => async (...args: unknown[]) => {
        await pass();
        return (run as (...args: unknown[]) => unknown)(...args);
      });
    });
}

function intercepted<T extends object, K extends keyof T>(
  target: T,
  name: K,
  make: (own: T[K]) => unknown,
): T {
  return new Proxy(target, {
    get(_, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return key === name ? make(value.bind(target)) : value.bind(target);
    },
  });
}

async function offered(size: number) {
  const [ada, budi] = [await Person.come(server.port, "Ada"), await Person.come(server.port, "Budi")];
  for (const person of [ada, budi]) await person.join("lobby");
  const { file } = await ada.offer("lobby", "a.bin", size);
  return { ada, budi, file, ticket: await ada.ticket("lobby", file, "put") };
}

test("R-FILE-1: A byte that has not been written yet is nobody's", async () => {
  const { isAsked, open, pass } = gate();
  server = await startFileServer({ wrap: waiting("write", pass) });
  const bytes = randomBytes(100_000);
  const { ada, budi, file, ticket } = await offered(bytes.length);
  const receiver = await Line.open(server.port);
  receiver.rawAfter("ready");
  receiver.send({ type: "get", ticket: await budi.ticket("lobby", file, "view"), offset: 0 });
  await receiver.until(() => receiver.frames.some(({ type }) => type === "ready"));
  const sender = await beginPut(server.port, ticket, 0);
  await sender.sendAll(bytes);
  await isAsked;
  // A round through the relay, behind the bytes.
  await ada.request({ type: "leave", room: "nowhere" });
  expect(receiver.rawBytes).toBe(0);
  open();
  await receiver.ended();
  expect(Buffer.concat(receiver.raw).equals(bytes)).toBe(true);
});

/** A store that tells how many bytes were read from its disk. */
function counting(files: FileStore, told: (bytes: number) => void): FileStore {
  return intercepted(
    files,
    "openBytes",
    (openBytes) =>
      async (...given: Parameters<FileStore["openBytes"]>) => {
        const bytes: OpenBytes = await openBytes(...given);
        return intercepted(bytes, "read", (read) => async (...args: Parameters<OpenBytes["read"]>) => {
          const count = await read(...args);
          told(count);
          return count;
        });
      },
  );
}

/** Waits until a count stands still, while the relay answers others again and again. */
async function still(person: Person, count: () => number): Promise<void> {
  let before = -1;
  for (let rounds = 0; rounds < 100; rounds += 1) {
    if (count() !== before) rounds = 0;
    before = count();
    await person.request({ type: "leave", room: "nowhere" });
  }
}

test("R-FILE-2: While the disk takes nothing a sender is not read, and while a receiver takes nothing the disk is not", async () => {
  const MiB = 1024 ** 2;
  const size = 128 * MiB;
  // What the relay has for all files, and what sockets take in on the way.
  const memoryBytesMax = 64 * MiB;
  const { isAsked, open, pass } = gate();
  let read = 0;
  const count = (bytes: number) => {
    read += bytes;
  };
  server = await startFileServer({ wrap: (files) => counting(waiting("write", pass)(files), count) });
  const { ada, budi, file, ticket } = await offered(size);
  const piece = randomBytes(MiB);
  const sender = await beginPut(server.port, ticket, 0);
  let taken = 0;
  const sending = (async () => {
    for (; taken < size; taken += MiB) await sender.sendAll(piece);
  })();
  await isAsked;
  await still(ada, () => taken);
  expect(taken).toBeLessThan(memoryBytesMax);
  open();
  await sending;
  await sender.next("stored");

  const before = read;
  const receiver = await Line.open(server.port);
  receiver.keepsRaw = false;
  receiver.rawAfter("ready");
  receiver.pause();
  receiver.send({ type: "get", ticket: await budi.ticket("lobby", file, "view"), offset: 0 });
  await still(budi, () => read);
  expect(read - before).toBeLessThan(memoryBytesMax);
  receiver.resume();
  await receiver.ended();
  expect(receiver.rawBytes).toBe(size);
  expect(read - before).toBeGreaterThanOrEqual(size);
}, 60_000);

test("R-FILE-4: A file that is not on the disk for good is complete for nobody, though all of its bytes have been taken", async () => {
  const { isAsked, open, pass } = gate();
  server = await startFileServer({ wrap: waiting("publish", pass) });
  const bytes = randomBytes(100_000);
  const { ada, budi, file, ticket } = await offered(bytes.length);
  const sender = await beginPut(server.port, ticket, 0);
  await sender.sendAll(bytes);
  await isAsked;
  const asking = await Line.open(server.port);
  asking.send({ type: "stat", ticket });
  expect(await asking.next("ready")).toMatchObject({ state: "arriving", offset: bytes.length });
  await ada.request({ type: "leave", room: "nowhere" });
  const isComplete = ({ action }: { action?: unknown }) => action === "complete";
  expect(budi.line.frames.some(isComplete)).toBe(false);
  expect(sender.frames.some(({ type }) => type === "stored")).toBe(false);
  open();
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(await budi.entry(file, "complete")).toMatchObject({ sha256 });
  expect(await sender.next("stored")).toMatchObject({ sha256 });
  asking.kill();
});
