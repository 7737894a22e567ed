import { afterEach, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "bun";
import { readDirectly } from "../../src/relay/direct-read.ts";
import { beginPut, Person, startFileServer } from "./file-client.ts";

const open: { stop: () => void | Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

/** A connection: the socket of a server, which is paused, and who has dialled it. */
async function connection() {
  const { promise: accepted, resolve } = Promise.withResolvers<Socket>();
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.pause();
        resolve(socket);
      },
      data() {},
    },
  });
  const client = await Bun.connect({ hostname: "127.0.0.1", port: server.port, socket: { data() {} } });
  open.push({
    stop() {
      client.terminate();
      server.stop(true);
    },
  });
  return { client, socket: await accepted };
}

test("What has come on a socket is read to where it is wanted", async () => {
  const { client, socket } = await connection();
  const memory = new Uint8Array(new SharedArrayBuffer(1024));
  expect(readDirectly(socket, memory)).toBe(0);
  const bytes = randomBytes(600);
  client.write(bytes);
  let got = 0;
  for (let i = 0; i < 1_000 && got < bytes.length; i++, await Bun.sleep(1)) {
    got += readDirectly(socket, memory.subarray(10 + got, 1024));
  }
  expect(Buffer.from(memory.subarray(10, 610)).equals(bytes)).toBe(true);
  expect(readDirectly(socket, memory)).toBe(0);
});

test("Nothing is read without memory, from a socket that is closed, and from what is none", async () => {
  const { client, socket } = await connection();
  client.write("bytes");
  await Bun.sleep(10);
  expect(readDirectly(socket, new Uint8Array(0))).toBe(0);
  socket.terminate();
  const memory = new Uint8Array(10);
  expect([readDirectly(socket, memory), readDirectly({}, memory), readDirectly({ fd: -1 }, memory)]).toEqual([
    0, 0, 0,
  ]);
});

test("R-PUT-1: Of what comes faster than it is read nothing is lost, doubled or out of its place", async () => {
  const { server, ada } = await adaAtHome();
  // More than the memory for files, in a burst: some of it waits.
  const bytes = randomBytes(60_000_001);
  const { file } = await ada.offer("lobby", "fast.bin", bytes.length);
  const ticket = await ada.ticket("lobby", file, "put");
  const first = await beginPut(server.port, ticket, 0);
  await first.sendAll(bytes.subarray(0, 30_000_000));
  first.kill();
  const stored = await storedOf(server.port, ticket);
  const second = await beginPut(server.port, ticket, stored);
  await second.sendAll(bytes.subarray(stored));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(await second.next("stored")).toMatchObject({ sha256 });
  expect(server.troubles).toEqual([]);
});

test("R-PUT-6: A byte too many is noticed behind many that came fast", async () => {
  const { server, ada } = await adaAtHome();
  const bytes = randomBytes(20_000_000);
  const { file } = await ada.offer("lobby", "fast.bin", bytes.length - 1);
  const sender = await beginPut(server.port, await ada.ticket("lobby", file, "put"), 0);
  sender.sendBytes(bytes);
  expect(await sender.next("error")).toMatchObject({ code: "too-many-bytes" });
});

/** A server, and somebody in its lobby. */
async function adaAtHome() {
  const server = await startFileServer();
  open.push(server);
  const ada = await Person.come(server.port, "Ada");
  await ada.join("lobby");
  return { server, ada };
}

/** How many bytes of an upload are kept, once no more of them are on their way. */
async function storedOf(port: number, ticket: string): Promise<number> {
  const line = await beginPut(port, ticket, Number.MAX_SAFE_INTEGER);
  const { offset } = await line.next("error");
  line.kill();
  return Number(offset);
}
