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

test("R-CLOSED-8: What waits for a closed room is not said in another one of its name, nor is the room made again", async () => {
  const { door } = await startHouse();
  const [adas, bimas] = [new RealBrowser(door), new RealBrowser(door)];
  const ada = open(adas);
  await ada.enter("Ada", "Lobby");
  const way = { key: "three green cats", isNew: true };
  expect(await ada.app.rooms.join("Attic", way)).toBeNull();
  const bima = open(bimas);
  await bima.enter("Bima", "Lobby");
  expect(await bima.app.rooms.join("Attic", { key: "three green hats", isNew: false })).toMatchObject({
    key: "problem.room-key-wrong",
  });
  expect(await bima.app.rooms.join("Attic", { ...way, isNew: false })).toBeNull();
  const room = bima.app.rooms.current.value!;
  expect(room.isClosed.value).toBe(true);

  // Out, with a line that waits: it must not leave the page any more.
  expect(await ada.app.rooms.managing.erase("Attic")).toBeNull();
  await until(() => room.problem.value?.key === "problem.deleted");
  say(bima, "For Ada alone");
  bima.close();
  const again = open(bimas);
  await until(() => again.app.rooms.current.value?.problem.value?.key === "problem.room-closed");
  again.close();

  const citra = open(new RealBrowser(door));
  await citra.enter("Citra", "Attic");
  expect(citra.app.rooms.current.value?.notice.value).toBe("created");
  const last = open(bimas);
  await until(() => last.app.rooms.current.value?.problem.value?.key === "problem.room-gone");
  expect(last.app.rooms.current.value?.waiting.value).toBe(1);
  say(citra, "Who is here?");
  await until(() => citra.shown()[0] === "Who is here?");
  expect(citra.shown()).toEqual(["Who is here?"]);
});

test("A room leaves the list of whoever deletes it, on all their pages, and stays in that of others until they have read it", async () => {
  const { door } = await startHouse();
  const adas = new RealBrowser(door);
  const [ada, bima] = [open(adas), open(new RealBrowser(door))];
  const ids = (tab: Tab) => tab.app.rooms.list.value.map(({ id }) => id);
  await ada.enter("Ada", "Lobby");
  expect(await ada.app.rooms.join("Attic")).toBeNull();
  const second = open(adas);
  await until(() => second.app.rooms.current.value?.state.value === "joined");
  await bima.enter("Bima", "Attic");
  const room = bima.app.rooms.current.value!;
  expect(room.isOut.value).toBe(false);

  expect(await ada.app.rooms.managing.erase("Attic")).toBeNull();
  await until(() => room.isOut.value);
  expect(room.problem.value).toMatchObject({
    key: "problem.deleted",
    values: { name: "Ada", room: "Attic" },
  });
  expect(ids(bima)).toEqual(["Attic"]);
  expect(ids(ada)).toEqual(["Lobby"]);
  expect(ada.app.rooms.current.value?.id).toBe("Lobby");
  await until(() => second.app.rooms.current.value?.id === "Lobby");
  expect(ids(second)).toEqual(["Lobby"]);
  ada.close();
  second.close();
  const again = open(adas);
  await until(() => again.app.rooms.current.value?.state.value === "joined");
  expect(ids(again)).toEqual(["Lobby"]);

  // What was put in order can be made anew.
  bima.app.rooms.leave(room);
  expect(await bima.app.rooms.join("Attic")).toBeNull();
  expect(bima.app.rooms.current.value?.isOut.value).toBe(false);
});

test("What is wrong with a key is told at the key, at the login too", async () => {
  const { door } = await startHouse();
  const [ada, bima] = [open(new RealBrowser(door)), open(new RealBrowser(door))];
  await ada.enter("Ada", "Lobby");
  await ada.app.rooms.join("Attic", { key: "three green cats", isNew: true });
  const { login, screen } = bima.app;
  await until(() => screen.value === "login");
  login.name.value = "Bima";
  login.room.value = "Attic";
  login.enter();
  for (const [key, problem] of [
    ["", "room-closed"],
    ["short", "key-too-short"],
    ["three green hats", "room-key-wrong"],
  ] as const) {
    if (key !== "") {
      login.key.value = key;
      expect(login.keyProblem.value).toBeNull();
      login.enter();
    }
    await until(() => login.keyProblem.value?.key === `problem.${problem}`);
    expect(login.wantsKey.value).toBe(true);
    expect(login.roomProblem.value).toBeNull();
  }
  login.key.value = "three green cats";
  login.enter();
  await until(() => bima.app.rooms.current.value?.id === "Attic");
  expect(login.keyProblem.value).toBeNull();
});

test("Who needs the key again goes on where they were once they have it", async () => {
  const { door } = await startHouse();
  const bimas = new RealBrowser(door);
  const [ada, bima] = [open(new RealBrowser(door)), open(bimas)];
  await ada.enter("Ada", "Lobby");
  await ada.app.rooms.join("Attic", { key: "three green cats", isNew: true });
  await bima.enter("Bima", "Lobby");
  await bima.app.rooms.join("Attic", { key: "three green cats", isNew: false });
  bima.close();
  expect(await ada.app.rooms.managing.rekey("Attic", "short")).toMatchObject({
    key: "problem.key-too-short",
  });
  expect(await ada.app.rooms.managing.rekey("Attic", "three blue cats")).toBeNull();
  say(ada, "A new key");
  const again = open(bimas);
  const room = () => again.app.rooms.current.value!;
  await until(() => room()?.problem.value?.key === "problem.room-closed");
  expect(await again.app.rooms.unlock(room(), "three green cats")).toMatchObject({
    key: "problem.room-key-wrong",
  });
  expect(await again.app.rooms.unlock(room(), "three blue cats")).toBeNull();
  await until(() => again.shown().includes("A new key"));
  expect(room().problem.value).toBeNull();

  // Opened, it is in the lobby of everybody.
  expect(await ada.app.rooms.managing.rekey("Attic", null)).toBeNull();
  await until(() => !room().isClosed.value);
  const citra = open(new RealBrowser(door));
  await citra.enter("Citra", "Lobby");
  expect((await citra.app.rooms.lobby())?.map(({ room }) => room).sort()).toEqual(["Attic", "Lobby"]);
  citra.app.rooms.current.value!.askAbout();
  await until(() => citra.app.rooms.current.value?.about.value?.maker?.name.value === "Ada");
  expect(citra.app.rooms.current.value?.about.value?.mayManage).toBe(false);
});
