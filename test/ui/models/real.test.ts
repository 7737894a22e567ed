import { afterEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SocketLike } from "../../../src/ui/models/deps.ts";
import { type Door, openDoor } from "../../bridge/door.ts";
import { startTestRelay, type TestRelay } from "../../protocol/relay.ts";
import { Clock, until } from "./clock.ts";
import { FakeBrowser, type Tab } from "./fake-browser.ts";

/*
 * The models over a real bridge and a real relay, by real sockets and real time.
 */

class RealClock extends Clock {
  override readonly now = () => Date.now();
  override readonly setTimer = (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  };
}

class RealBrowser extends FakeBrowser {
  constructor(readonly door: Door) {
    super(undefined, new RealClock());
  }

  override fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.door.origin + path, {
      ...init,
      headers: { ...init?.headers, origin: this.door.origin },
    });
  }

  override tab(options: { hash?: string } = {}): Tab {
    return super.tab({ ...options, openSocket: () => this.#open() });
  }

  #open(): SocketLike {
    // Bun's WebSocket takes headers, which the DOM's type does not know.
    const headers = { headers: { origin: this.door.origin } } as unknown as string[];
    const socket = new WebSocket(`ws://localhost:${this.door.port}/relay`, headers);
    socket.binaryType = "arraybuffer";
    const like: SocketLike = {
      onmessage: null,
      onclose: null,
      send: (text) => socket.send(text),
      close: () => socket.close(),
    };
    socket.onmessage = (event) => like.onmessage?.(event);
    socket.onclose = (event) => like.onclose?.(event);
    return like;
  }
}

let cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.reverse()) await clean();
  cleanUp = [];
});

/** A relay that can be stopped and started again on the same data, and a bridge to it. */
async function startHouse(): Promise<{
  door: Door;
  relay: TestRelay;
  stop(): Promise<void>;
  start(): Promise<void>;
}> {
  const data = await mkdtemp(join(tmpdir(), "pendopo-models-"));
  cleanUp.push(() => rm(data, { recursive: true }));
  const open = () => startTestRelay({ data, ratePerSecond: 50 });
  const relay = await open();
  const target = (port: number) => ({ host: "127.0.0.1", port });
  const door = openDoor(target(relay.port));
  let running: TestRelay | null = relay;
  cleanUp.push(() => door.stop(0));
  cleanUp.push(async () => running?.stop());
  return {
    door,
    relay,
    async stop() {
      await running?.stop();
      running = null;
    },
    async start() {
      running = await open();
      door.program.now = { ...door.program.now, target: target(running.port) };
    },
  };
}

function open(browser: RealBrowser, options: { hash?: string } = {}): Tab {
  const tab = browser.tab(options);
  cleanUp.push(async () => tab.close());
  return tab;
}

function say(tab: Tab, text: string): void {
  const room = tab.app.rooms.current.value!;
  room.draft.value = text;
  room.send();
}

test("Two pages talk over the real bridge and the real relay", async () => {
  const { door, relay } = await startHouse();
  const ada = open(new RealBrowser(door), { hash: `#host=${relay.hostSecret}` });
  const bima = open(new RealBrowser(door));
  await ada.enter("Ada", "Lobby");
  expect(ada.app.rooms.current.value?.notice.value).toBe("created");
  await bima.enter("Bima", "lobby");
  expect(bima.app.rooms.current.value?.id).toBe("Lobby");
  expect(bima.app.rooms.current.value?.notice.value).toBe("welcome");
  await until(() => ada.app.me.isHost.value);

  say(ada, "Selamat pagi, `semua` \u{1f44b}");
  await until(() => bima.shown().length === 1);
  bima.app.rooms.current.value!.draft.value = "P";
  bima.app.rooms.current.value!.typed();
  await until(() => ada.app.rooms.current.value?.typing.value.length === 1);
  say(bima, "Pagi!");
  await until(() => ada.shown().length === 2 && ada.app.rooms.current.value?.typing.value.length === 0);
  expect(await bima.app.me.rename("Ada")).toMatchObject({ key: "problem.name-taken" });
  expect(await bima.app.me.rename("Bima Sakti")).toBeNull();
  const names = () => ada.app.rooms.current.value!.people.value.map((person) => person.name.value);
  await until(() => names().join() === "Ada,Bima Sakti");
  expect(await ada.app.me.freeName("Nobody")).toMatchObject({ key: "problem.name-unknown" });
});

test("A burst faster than the rate arrives whole and in order, and history reads back to its beginning", async () => {
  const { door } = await startHouse();
  const ada = open(new RealBrowser(door));
  await ada.enter("Ada", "lobby");
  const texts = Array.from({ length: 120 }, (_, i) => `line ${i}`);
  for (const text of texts) say(ada, text);
  await until(() => ada.app.rooms.current.value?.waiting.value === 0);
  expect(ada.shown()).toEqual(texts);

  const bima = open(new RealBrowser(door));
  await bima.enter("Bima", "lobby");
  const room = bima.app.rooms.current.value!;
  await until(() => {
    room.loadOlder();
    return room.older.value === "none" && bima.shown().length >= 120;
  });
  expect(bima.shown()).toEqual(texts);
});

test("Lines written while the relay is down are sent once after it is back, over a reload too", async () => {
  const house = await startHouse();
  const ada = open(new RealBrowser(house.door));
  const bima = open(new RealBrowser(house.door));
  await ada.enter("Ada", "lobby");
  await bima.enter("Bima", "lobby");
  say(ada, "before");
  await until(() => bima.shown().length === 1);
  await house.stop();
  await until(() => ada.app.connection.state.value.state === "waiting");
  say(ada, "during, one");
  ada.reload();
  await until(() => ada.app.screen.value === "rooms");
  say(ada, "during, two");
  expect(ada.shown()).toEqual(["during, one ...", "during, two ..."]);
  await house.start();
  const texts = ["before", "during, one", "during, two"];
  await until(() => {
    // As a person who presses "Try now" does.
    ada.app.connection.retryNow();
    bima.app.connection.retryNow();
    return bima.shown().length === 3 && ada.shown().length === 3;
  });
  await until(() => ada.app.rooms.current.value?.waiting.value === 0);
  expect(ada.shown()).toEqual(texts);
  expect(bima.shown()).toEqual(texts);
});
