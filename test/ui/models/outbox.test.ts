import { expect, test } from "bun:test";
import { limits } from "../../../src/wire/limits.ts";
import { until } from "./clock.ts";
import type { Tab } from "./fake-browser.ts";
import { FakeBrowser } from "./fake-browser.ts";

function say(tab: Tab, text: string): void {
  const room = tab.app.rooms.current.value!;
  room.draft.value = text;
  room.send();
}

test("Lines written while offline wait, and are sent once and in order when the connection is back", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.downWith = 4002;
  browser.relay.cut();
  say(tab, "one");
  say(tab, "two");
  expect(tab.shown()).toEqual(["one ...", "two ..."]);
  browser.relay.downWith = null;
  tab.app.connection.retryNow();
  await until(() => tab.shown().at(-1) === "two");
  expect(browser.relay.texts("lobby")).toEqual(["one", "two"]);
});

test("R-ONCE-4: Lines written while offline are shown after a reload, before any connection, and sent once", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.bridge = { ...browser.bridge, server: { id: browser.relay.server, fingerprint: null } };
  browser.relay.downWith = 4002;
  browser.relay.cut();
  say(tab, "one");
  tab.reload();
  await until(() => tab.app.screen.value === "rooms");
  expect(tab.shown()).toEqual(["one ..."]);
  say(tab, "two");
  browser.relay.downWith = null;
  tab.app.connection.retryNow();
  await until(() => tab.shown().at(-1) === "two");
  expect(browser.relay.texts("lobby")).toEqual(["one", "two"]);
});

test("The rooms are shown without a connection, even when the bridge has forgotten the server", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.downWith = 4002;
  browser.relay.cut();
  tab.reload();
  await until(() => tab.app.screen.value === "rooms");
});

test("A line whose acknowledgement was lost is sent again, and shown once", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  // The relay takes the line; the page goes before it hears of it.
  const { append } = browser.relay;
  browser.relay.append = (room, draft) => {
    browser.relay.append = append;
    const seq = browser.relay.append(room, draft);
    browser.relay.cut();
    return seq;
  };
  say(tab, "one");
  await until(() => tab.app.connection.state.value.state === "waiting");
  expect(tab.shown()).toEqual(["one ..."]);
  tab.reload();
  await until(() => tab.app.rooms.current.value?.state.value === "joined" && tab.shown()[0] === "one");
  expect(tab.shown()).toEqual(["one"]);
  expect(browser.relay.texts("lobby")).toEqual(["one"]);
});

test("A line that comes back older than everything that is shown only stops waiting", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.ignores = (frame) => frame.type === "post";
  say(tab, "one");
  await until(() => browser.relay.posts().length === 1);
  const { device, n } = browser.relay.posts()[0]!;
  tab.close();
  browser.relay.append(browser.relay.room("lobby"), {
    kind: "message",
    member: "m1",
    name: "Ada",
    device,
    n,
    text: "one",
  });
  for (let i = 0; i < 60; i++) browser.relay.say("lobby", `line ${i}`);
  browser.relay.ignores = () => false;
  tab.load();
  await until(() => tab.shown().length === 50 && tab.app.rooms.current.value?.waiting.value === 0);
  expect(tab.shown()[0]).toBe("line 10");
});

test("R-POST-1: The numbers of a device never go back, over a reload too", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  say(tab, "one");
  await until(() => tab.app.rooms.current.value?.waiting.value === 0);
  tab.reload();
  await until(() => tab.app.rooms.current.value?.state.value === "joined");
  say(tab, "two");
  await until(() => browser.relay.posts().length === 2);
  const [one, two] = browser.relay.posts();
  expect(two!.device).toBe(one!.device);
  expect(two!.n).toBeGreaterThan(one!.n);
});

for (const hasLocks of [true, false]) {
  const where = hasLocks ? "" : " without locks";

  test(`R-POST-3: Two tabs of one browser post as two devices${where}`, async () => {
    const browser = new FakeBrowser();
    browser.hasLocks = hasLocks;
    const one = browser.tab();
    await one.enter("Ada", "lobby");
    const two = browser.tab();
    await until(() => two.app.rooms.current.value?.state.value === "joined");
    say(one, "one");
    say(two, "two");
    await until(() => browser.relay.posts().length === 2);
    expect(new Set(browser.relay.posts().map(({ device }) => device)).size).toBe(2);
    await until(() => one.shown().length === 2 && two.shown().length === 2);
    expect(one.shown()).toEqual(two.shown());
  });

  test(`A tab takes over what a tab that has gone left behind${where}`, async () => {
    const browser = new FakeBrowser();
    browser.hasLocks = hasLocks;
    const one = browser.tab();
    await one.enter("Ada", "lobby");
    const two = browser.tab();
    await until(() => two.app.rooms.current.value?.state.value === "joined");
    browser.relay.downWith = 4002;
    browser.relay.cut();
    say(two, "left behind");
    two.kill();
    browser.clock.advance(120_000);
    await until(() => one.app.connection.state.value.state === "waiting");
    browser.relay.downWith = null;
    one.app.connection.retryNow();
    await until(() => one.shown()[0] === "left behind");
    expect(browser.relay.texts("lobby")).toEqual(["left behind"]);
    expect(browser.storage.keys().filter((key) => key.includes("/line/"))).toEqual([]);
  });

  test(`R-ONCE-4: A reload finds its own lines again${where}`, async () => {
    const browser = new FakeBrowser();
    browser.hasLocks = hasLocks;
    const tab = browser.tab();
    await tab.enter("Ada", "lobby");
    browser.relay.ignores = (frame) => frame.type === "post";
    say(tab, "one");
    await until(() => browser.relay.posts().length === 1);
    tab.reload();
    browser.relay.ignores = () => false;
    await until(() => tab.shown()[0] === "one");
    const [before, after] = browser.relay.posts();
    expect(after).toMatchObject({ device: before!.device, n: before!.n });
  });
}

test("A slot that was left is used again, so that devices do not pile up", async () => {
  const browser = new FakeBrowser();
  const one = browser.tab();
  await one.enter("Ada", "lobby");
  say(one, "one");
  await until(() => browser.relay.posts().length === 1);
  one.kill();
  const two = browser.tab();
  await until(() => two.app.rooms.current.value?.state.value === "joined");
  say(two, "two");
  await until(() => browser.relay.posts().length === 2);
  expect(browser.relay.posts()[1]!.device).toBe(browser.relay.posts()[0]!.device);
});

test("After a refusal by the rate everything waits its time and follows in order", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  // As the relay does: the one beyond the burst is refused, and what follows it is held until it comes again.
  let tokens = 3;
  let heldFrom: number | null = null;
  browser.relay.refuses = (frame) => {
    if (frame.type !== "post") return null;
    if (heldFrom !== null && frame.n > heldFrom) return { code: "held", details: { retryMs: 200 } };
    if (tokens > 0) {
      tokens -= 1;
      heldFrom = null;
      return null;
    }
    heldFrom = frame.n;
    return { code: "rate", details: { retryMs: 200 } };
  };
  const texts = Array.from({ length: 30 }, (_, i) => `line ${i}`);
  for (const text of texts) say(tab, text);
  await until(() => heldFrom !== null);
  const before = browser.relay.posts().length;
  await until(() => {
    tokens = 1;
    browser.clock.advance(200);
    return tab.app.rooms.current.value?.waiting.value === 0;
  });
  expect(browser.relay.texts("lobby")).toEqual(texts);
  expect(tab.shown()).toEqual(texts);
  // Few are sent in vain: the window closes at a refusal.
  expect(browser.relay.posts().length - before).toBeLessThan(30 * 5);
});

test("R-ERR-3: A line that is refused comes again no sooner than the relay says, and not at all where it says never", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const sent = (text: string) => browser.relay.posts().filter((post) => post.text === text).length;
  browser.relay.refuses = (frame) => {
    if (frame.type !== "post") return null;
    return frame.text === "later"
      ? { code: "rate", details: { retryMs: 7_000 } }
      : { code: "text-too-long", details: {} };
  };
  say(tab, "never");
  await until(() => tab.shown().includes("never !"));
  say(tab, "later");
  await until(() => sent("later") === 1);
  // What the relay says behind its answer has come.
  browser.relay.signal({ type: "storage", isFull: true });
  await until(() => tab.app.rooms.current.value!.isReadOnly.value);
  browser.clock.advance(6_999);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent("later")).toBe(1);
  browser.clock.advance(1);
  await until(() => sent("later") === 2);
  browser.relay.refuses = () => null;
  browser.relay.cut();
  tab.app.connection.retryNow();
  await until(() => tab.shown().includes("later"));
  expect(sent("never")).toBe(1);
});

test("R-ERR-1: What is done goes by the code of a refusal, whatever its sentence says", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.ignores = (frame) => frame.type === "post";
  for (const text of ["one", "two"]) say(tab, text);
  await until(() => browser.relay.posts().length === 2);
  const [one, two] = browser.relay.posts();
  const refused = (code: string, message: string, retryMs: number | null, post: typeof one) => {
    const { room, device, n } = post!;
    browser.relay.signal({ type: "error", code, message, closes: false, retryMs, room, device, n });
  };
  refused("rate", "text-too-long: this will never do, closes true, retryMs null", 200, one);
  refused("text-too-long", "rate: wait 200 ms and send it again", null, two);
  await until(() => tab.shown().includes("two !"));
  expect(tab.shown()).toEqual(["one ...", "two !"]);
  browser.relay.ignores = () => false;
  browser.clock.advance(200);
  await until(() => tab.shown().includes("one"));
  expect(browser.relay.texts("lobby")).toEqual(["one"]);
});

test("A full disk of the server makes the room read-only, and the line waits", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.refuses = (frame) => (frame.type === "post" ? { code: "storage-full" } : null);
  browser.relay.signal({ type: "storage", isFull: true });
  await until(() => tab.app.rooms.current.value!.isReadOnly.value);
  say(tab, "one");
  await until(() => browser.relay.posts().length === 1);
  browser.relay.refuses = () => null;
  browser.relay.signal({ type: "storage", isFull: false });
  await until(() => !tab.app.rooms.current.value!.isReadOnly.value);
  expect(tab.shown()).toEqual(["one ..."]);
  browser.clock.advance(5_000);
  await until(() => tab.shown()[0] === "one");
});

test("A line that the relay will never take is shown as failed, over a reload too, and can be sent anew", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.refuses = (frame) =>
    frame.type === "post" && frame.text === "bad" ? { code: "text-too-long" } : null;
  say(tab, "bad");
  say(tab, "good");
  await until(() => tab.shown().includes("good"));
  expect(tab.shown()).toEqual(["good", "bad !"]);
  tab.reload();
  await until(() => tab.shown().length === 2);
  const line = () =>
    tab.app.rooms.current
      .value!.timeline.value.flatMap((row) => (row.kind === "run" ? row.lines : []))
      .at(-1)!;
  expect(line().problem?.key).toBe("problem.text-too-long");
  browser.relay.refuses = () => null;
  line().retry?.();
  await until(() => tab.shown().at(-1) === "bad");
  expect(browser.relay.texts("lobby")).toEqual(["good", "bad"]);
});

test("A failed line can be removed", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.refuses = (frame) => (frame.type === "post" ? { code: "text-too-long" } : null);
  say(tab, "bad");
  await until(() => tab.shown()[0] === "bad !");
  const [row] = tab.app.rooms.current.value!.timeline.value.filter(({ kind }) => kind === "run");
  if (row?.kind === "run") row.lines[0]?.remove?.();
  expect(tab.shown()).toEqual([]);
  expect(browser.storage.keys().filter((key) => key.includes("/line/"))).toEqual([]);
});

test("A number that the relay has seen is replaced by one above its mark", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.refuses = (frame) =>
    frame.type === "post" && frame.n <= 40 ? { code: "number-used", details: { mark: 40 } } : null;
  say(tab, "one");
  say(tab, "two");
  await until(() => tab.shown().at(-1) === "two");
  expect(browser.relay.texts("lobby")).toEqual(["one", "two"]);
});

test("Leaving a room gives up the lines that wait there", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  await tab.app.rooms.join("kitchen");
  browser.relay.ignores = (frame) => frame.type === "post";
  say(tab, "one");
  await until(() => browser.relay.posts().length === 1);
  expect(tab.app.rooms.current.value!.waiting.value).toBe(1);
  tab.app.rooms.leave(tab.app.rooms.current.value!);
  expect(tab.app.rooms.current.value?.id).toBe("lobby");
  expect(browser.storage.keys().filter((key) => key.includes("/line/"))).toEqual([]);
});

test("A text is sent only when it is neither blank nor too long, and the draft stays otherwise", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const room = tab.app.rooms.current.value!;
  say(tab, " \n ");
  say(tab, "\u{1f600}".repeat(limits.textBytesMax / 4 + 1));
  expect(room.waiting.value).toBe(0);
  expect(room.draftProblem.value?.key).toBe("problem.text-too-long");
  say(tab, "\u{1f600}".repeat(limits.textBytesMax / 4));
  expect(room.waiting.value).toBe(1);
});

test("A full storage loses nothing while the page lives, and no number is used twice after it", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  say(tab, "kept");
  await until(() => tab.app.rooms.current.value?.waiting.value === 0);
  browser.storage.isFull = true;
  say(tab, "one");
  say(tab, "two");
  await until(() => tab.shown().length === 3 && tab.app.rooms.current.value?.waiting.value === 0);
  browser.storage.isFull = false;
  tab.reload();
  await until(() => tab.app.rooms.current.value?.state.value === "joined");
  say(tab, "three");
  await until(() => browser.relay.posts().length === 4);
  const names = browser.relay.posts().map(({ device, n }) => `${device}/${n}`);
  expect(new Set(names).size).toBe(4);
});

test("A browser that keeps nothing chats all the same, and says so", async () => {
  const browser = new FakeBrowser();
  browser.hasStorage = false;
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  say(tab, "one");
  await until(() => tab.shown()[0] === "one");
  expect(tab.app.notices.list.value.map(({ key }) => key)).toEqual(["notice.storage"]);
});

test("R-OPEN-5 R-HELLO-6: Everything that belongs to a server is kept under its id, and another server never hears of it", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.downWith = 4002;
  browser.relay.cut();
  say(tab, "for the first server");
  const foreign = browser.storage.keys().filter((key) => !key.startsWith(`pendopo/${browser.relay.server}/`));
  expect(foreign.filter((key) => !key.startsWith("pendopo/target/"))).toEqual([]);
  browser.relay.downWith = null;
  browser.relay.server = "g".repeat(22);
  const heard = browser.relay.heard.length;
  tab.app.connection.retryNow();
  await until(() => tab.reloads === 1);
  tab.reload();
  await until(() => tab.app.screen.value === "login");
  expect(browser.relay.heard.length).toBe(heard);
  // The key is another one too, so that the first server's member stays the owner of the name.
  await tab.enter("Ada elsewhere", "lobby");
  expect(browser.relay.posts()).toEqual([]);
});
