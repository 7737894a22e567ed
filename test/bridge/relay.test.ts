import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ed25519 from "@noble/ed25519";
import * as v from "valibot";
import { type Relay, startRelay } from "../../src/relay/relay.ts";
import { Members } from "../../src/room/members.ts";
import { Rooms } from "../../src/room/rooms.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { challengeSchema, helloText } from "../../src/wire/prelude.ts";
import { encodeFrame } from "../../src/wire/relay-frames.ts";
import { filesOf } from "../relay/files-of.ts";
import { openPage, openPlainDoor, type Page, Sentences } from "./door.ts";

let folder: string;
let store: Store;
let rooms: Rooms;
let relay: Relay;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pendopo-bridge-"));
  store = openStore(folder);
  const now = () => performance.now();
  rooms = new Rooms({
    store: store.rooms,
    members: store.members,
    waiting: { soon: setImmediate, later: setTimeout, now },
    wallClock: Date.now,
    onStorage() {},
    onBroken(error) {
      throw error;
    },
  });
  relay = startRelay({
    rooms,
    files: filesOf(store, rooms),
    members: new Members(store.members, 0, now),
    serverId: store.serverId,
    hostSecret: store.hostSecret,
    program: "pendopo/test",
    log: new Sentences(),
    hostname: "127.0.0.1",
    port: 0,
    connectionsMax: 10,
  });
});

afterAll(async () => {
  await rooms.drain();
  await relay.stop(0);
  store.close();
  await rm(folder, { recursive: true });
});

/** Waits for the line that a claim is about. */
async function line(page: Page, claim: string): Promise<Record<string, unknown>> {
  for (let bytes = 1; ; bytes = page.received.length + 1) {
    const whole = page.received.subarray(0, page.received.lastIndexOf("\n") + 1);
    const found = whole
      .toString()
      .split("\n")
      .find((text) => text.includes(claim));
    if (found !== undefined) return JSON.parse(found);
    await page.got(bytes);
  }
}

test("Through the bridge a page talks to a relay as if there were nothing in between", async () => {
  await using door = openPlainDoor({ host: "127.0.0.1", port: relay.port });
  const page = openPage(door);
  const challenge = v.parse(challengeSchema, await line(page, '"challenge"'));
  expect(challenge.server).toBe(store.serverId);

  const { secretKey, publicKey } = await ed25519.keygenAsync();
  const signature = await ed25519.signAsync(new TextEncoder().encode(helloText(challenge)), secretKey);
  const key = Buffer.from(publicKey).toString("base64url");
  const signed = Buffer.from(signature).toString("base64url");
  page.socket.send(encodeFrame({ type: "hello", id: 1, key, signature: signed, name: "Ada" }));
  expect(await line(page, '"welcome"')).toMatchObject({ name: "Ada", server: store.serverId });

  page.socket.send(encodeFrame({ type: "join", id: 2, room: "lobby", last: 10 }));
  const post = encodeFrame({ type: "post", room: "lobby", device: "d", n: 1, text: "hello é" });
  // A frame may be cut between messages as well.
  page.socket.send(post.slice(0, 20));
  page.socket.send(post.slice(20));
  expect(await line(page, '"kind":"message"')).toMatchObject({ text: "hello é", seq: 2, name: "Ada" });
  page.socket.close();
  await page.closed;
});

test("A fault of the page reaches it as an error frame, and then the close says that the relay ended it", async () => {
  await using door = openPlainDoor({ host: "127.0.0.1", port: relay.port });
  const page = openPage(door);
  await line(page, '"challenge"');
  page.socket.send("this is no frame\n");
  expect(await page.closed).toEqual({ code: 4003, reason: "relay-closed" });
  expect(await line(page, '"error"')).toMatchObject({ code: "not-json", closes: true });
});
