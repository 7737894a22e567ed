import { expect, test } from "bun:test";
import { effect } from "@preact/signals";
import { Refusal } from "../../../src/wire/errors.ts";
import { limits } from "../../../src/wire/limits.ts";
import { errorFrame } from "../../../src/wire/relay-frames.ts";
import { until } from "./clock.ts";
import type { Tab } from "./fake-browser.ts";
import { FakeBrowser } from "./fake-browser.ts";

function waiting(tab: Tab) {
  const state = tab.app.connection.state.value;
  return state.state === "waiting" ? state : null;
}

test("A page tells a program that has stopped from a server that cannot be reached", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.downWith = 4002;
  browser.relay.cut(4003);
  expect(waiting(tab)).toMatchObject({ hop: "server", reason: "relay-closed" });
  browser.isBridgeUp = false;
  browser.relay.downWith = 1006;
  tab.app.connection.retryNow();
  await until(() => waiting(tab)?.hop === "program");
});

test("R-RESUME-4: A page connects again by itself, later each time, within fifteen seconds", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.downWith = 4002;
  browser.relay.cut();
  const delays: number[] = [];
  for (let i = 0; i < 30; i++) {
    await until(() => waiting(tab) !== null);
    const delay = waiting(tab)!.retryAt - browser.clock.now();
    delays.push(delay);
    browser.clock.advance(delay);
    expect(tab.app.connection.state.value.state).toBe("connecting");
  }
  expect(Math.max(...delays.slice(0, 1))).toBeLessThanOrEqual(500);
  expect(Math.max(...delays)).toBeLessThanOrEqual(15_000);
  expect(Math.max(...delays)).toBeGreaterThan(4_000);
  browser.relay.downWith = null;
  await until(() => waiting(tab) !== null);
  browser.clock.advance(15_000);
  await until(() => tab.app.rooms.current.value?.state.value === "joined");
});

test("A network that is back, and a tab that is shown, connect at once", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.cut();
  tab.online();
  await until(() => tab.app.connection.state.value.state === "online");
  tab.isVisible.value = false;
  browser.relay.cut();
  tab.isVisible.value = true;
  await until(() => tab.app.connection.state.value.state === "online");
});

test("A relay that says when to come back is not asked before", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const busy = {
    ...errorFrame(new Refusal("rate", "Come later")),
    code: "busy",
    closes: true,
    retryMs: 5_000,
  };
  browser.relay.signal(busy);
  await until(() => browser.relay.sockets.size === 1);
  await Promise.resolve();
  browser.relay.cut();
  expect(waiting(tab)!.retryAt - browser.clock.now()).toBeGreaterThanOrEqual(5_000);
});

for (const retryMs of [null, 5_000]) {
  const then =
    retryMs === null ? "is never tried again by itself" : "is tried again when its retryMs is over";
  test(`R-GROW-1: What ends with a code from the future ${then}`, async () => {
    const browser = new FakeBrowser();
    const tab = browser.tab();
    await tab.enter("Ada", "lobby");
    browser.relay.signal({
      type: "error",
      code: "moon-full",
      message: "Look at the sky",
      closes: true,
      retryMs,
    });
    await new Promise((resolve) => setImmediate(resolve));
    browser.relay.cut();
    if (retryMs === null) {
      expect(tab.app.connection.state.value).toMatchObject({ state: "refused", message: "Look at the sky" });
      browser.clock.advance(600_000);
      expect(browser.relay.sockets.size).toBe(0);
      return;
    }
    browser.clock.advance(retryMs - 1);
    expect(browser.relay.sockets.size).toBe(0);
    browser.clock.advance(1);
    await until(() => tab.app.connection.state.value.state === "online");
  });
}

test("A key that the relay does not believe is not tried again by itself", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const wrong = {
    ...errorFrame(new Refusal("rate", "Sign the challenge")),
    code: "signature-wrong",
    closes: true,
    retryMs: null,
  };
  browser.relay.signal(wrong);
  await Promise.resolve();
  browser.relay.cut();
  expect(tab.app.connection.state.value).toEqual({
    state: "refused",
    code: "signature-wrong",
    message: "Sign the challenge",
  });
  tab.app.connection.retryNow();
  await until(() => tab.app.connection.state.value.state === "online");
});

test("Another certificate is looked at again unseen, and it goes on by itself once it is the known one", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const states: string[] = [];
  effect(() => {
    states.push(tab.app.connection.state.value.state);
  });
  browser.relay.downWith = 4006;
  browser.relay.cut(4006);
  const second = async () => {
    browser.clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  };
  for (let seconds = 0; seconds < 45; seconds++) await second();
  expect(states.filter((state) => state === "refused").length).toBeGreaterThan(1);
  browser.relay.downWith = null;
  // Time stands still once it is there: what both then say to each other takes none of the page's clock.
  for (let seconds = 0; seconds < 45 && browser.relay.sockets.size === 0; seconds++) await second();
  await until(() => tab.app.connection.state.value.state === "online");
  expect(new Set(states)).toEqual(new Set(["online", "refused"]));
});

test("A tab that is shown again looks at once whether the known certificate is back", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  tab.isVisible.value = false;
  browser.relay.cut(4006);
  expect(tab.app.connection.state.value.state).toBe("refused");
  tab.isVisible.value = true;
  await until(() => tab.app.connection.state.value.state === "online");
});

test("R-LIVE-5: A hop that is gone without a word is noticed after 45 seconds of silence, and made anew", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const [silent] = browser.relay.sockets;
  browser.clock.advance(44_000);
  expect(tab.app.connection.state.value.state).toBe("online");
  browser.clock.advance(7_000);
  await until(() => tab.app.connection.state.value.state === "online");
  expect(browser.relay.sockets.has(silent!)).toBe(false);
  expect(browser.relay.sockets.size).toBe(1);
});

test("After a sleep a shown tab finds out within five seconds that nobody is there", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  tab.isVisible.value = false;
  browser.clock.advance(30_000);
  tab.isVisible.value = true;
  await until(() => browser.relay.heard.some(({ type }) => type === "ping"));
  browser.clock.advance(5_000);
  expect(tab.app.connection.state.value.state).not.toBe("online");
});

test("R-LIVE-2: A ping is answered in the message handler, without a timer", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.signal({ type: "ping" });
  await until(() => browser.relay.heard.some(({ type }) => type === "pong"));
});

test("Frames of unknown types and with unknown fields are ignored, unreadable ones too", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const [socket] = browser.relay.sockets;
  socket!.write(
    '{"type":"tomorrow"}\n{"type":"storage","isFull":"maybe"}\n{"type":"storage","isFull":true,"more":1}\n',
  );
  await until(() => tab.app.rooms.current.value!.isReadOnly.value);
  expect(tab.app.connection.state.value.state).toBe("online");
});

test("An entry of a kind that is not known takes its place and is not shown", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const room = browser.relay.room("lobby");
  const [socket] = browser.relay.sockets;
  room.entries.push(room.entries[0]!);
  socket!.write(
    '{"type":"entry","room":"lobby","seq":2,"at":1,"member":"m9","name":"B","kind":"react","to":1}\n',
  );
  browser.relay.say("lobby", "after it");
  await until(() => tab.shown()[0] === "after it");
  expect(browser.relay.heard.filter(({ type }) => type === "join").length).toBe(1);
});

test("R-ONCE-6: An entry that comes again is shown once", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.say("lobby", "one");
  const room = browser.relay.room("lobby");
  const [socket] = browser.relay.sockets;
  for (let i = 0; i < 3; i++) socket!.write(browser.relay.line(room, 2));
  browser.relay.say("lobby", "two");
  await until(() => tab.shown().at(-1) === "two");
  expect(tab.shown()).toEqual(["one", "two"]);
});

test("A gap in the entries is filled by joining again", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const [socket] = browser.relay.sockets;
  socket!.rooms.delete("lobby");
  browser.relay.say("lobby", "lost on the way");
  socket!.rooms.add("lobby");
  browser.relay.say("lobby", "arrived");
  await until(() => tab.shown().length === 2);
  expect(tab.shown()).toEqual(["lost on the way", "arrived"]);
});

test("A room that is full is tried again when the relay says", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.refuses = (frame) => (frame.type === "join" ? { code: "room-full" } : null);
  browser.relay.cut();
  tab.app.connection.retryNow();
  const room = tab.app.rooms.current.value!;
  await until(() => room.problem.value?.key === "problem.room-full");
  browser.relay.refuses = () => null;
  browser.clock.advance(30_000);
  await until(() => room.state.value === "joined");
  expect(room.problem.value).toBeNull();
});

test("Two rooms are joined on one connection", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  await tab.app.rooms.join("kitchen");
  expect(browser.relay.sockets.size).toBe(1);
  expect([...browser.relay.sockets][0]!.rooms).toEqual(new Set(["lobby", "kitchen"]));
});

test("R-BRIDGE-5: A page sends whole lines, and none of its messages is longer than a line may be", async () => {
  const browser = new FakeBrowser();
  const sent: string[] = [];
  const openSocket = () => {
    const socket = browser.relay.open();
    const send = socket.send.bind(socket);
    socket.send = (text) => {
      sent.push(text);
      send(text);
    };
    return socket;
  };
  const tab = browser.tab({ openSocket });
  await tab.enter("Ada", "lobby");
  const room = tab.app.rooms.current.value!;
  // The one takes six bytes for each in JSON, and the other has line ends of its own.
  const texts = ['"\\\u0001".', "a\nb\r\nc\u2028d"].map((text) =>
    text.repeat(Math.floor(limits.textBytesMax / text.length)).slice(0, limits.textBytesMax / 2),
  );
  for (const text of texts) {
    room.draft.value = text;
    room.send();
  }
  await until(() => room.waiting.value === 0);
  expect(browser.relay.posts()).toHaveLength(2);
  for (const message of sent) {
    expect(message.endsWith("\n")).toBe(true);
    for (const line of message.slice(0, -1).split("\n")) expect(() => JSON.parse(line)).not.toThrow();
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(65_536);
  }
});
