import { expect, test } from "bun:test";
import { until } from "./clock.ts";
import { FakeBrowser } from "./fake-browser.ts";

test("Who enters a new room reads that it was created, who comes later is welcomed", async () => {
  const ada = new FakeBrowser();
  const first = ada.tab();
  await first.enter("Ada", "lobby");
  expect(first.app.rooms.current.value?.notice.value).toBe("created");
  const bima = new FakeBrowser(ada.relay, ada.clock).tab();
  await bima.enter("Bima", "lobby");
  expect(bima.app.rooms.current.value?.notice.value).toBe("welcome");
});

test("What one reads at one's coming in is gone with the next line, whoever says it", async () => {
  const ada = new FakeBrowser();
  const [first, second] = [ada.tab(), new FakeBrowser(ada.relay, ada.clock).tab()];
  await first.enter("Ada", "lobby");
  const room = first.app.rooms.current.value!;
  room.draft.value = "said before";
  room.send();
  await until(() => room.waiting.value === 0);
  await second.enter("Bima", "lobby");
  const theirs = second.app.rooms.current.value!;
  await until(() => second.shown().includes("said before"));
  expect(theirs.notice.value).toBe("welcome");
  room.draft.value = "said after";
  room.send();
  await until(() => second.shown().includes("said after"));
  expect(theirs.notice.value).toBeNull();
});

test("R-BRIDGE-6: A line typed in one page appears in another, however the stream is cut", async () => {
  const ada = new FakeBrowser();
  ada.relay.chunkBytes = 7;
  const first = ada.tab();
  const second = new FakeBrowser(ada.relay, ada.clock).tab();
  await first.enter("Ada", "lobby");
  await second.enter("Bima", "lobby");
  const room = first.app.rooms.current.value!;
  room.draft.value = "Selamat pagi \u{1f44b}";
  room.send();
  expect(first.shown()).toEqual(["Selamat pagi \u{1f44b} ..."]);
  expect(room.draft.value).toBe("");
  await until(() => second.shown().includes("Selamat pagi \u{1f44b}"));
  await until(() => room.waiting.value === 0);
  expect(first.shown()).toEqual(["Selamat pagi \u{1f44b}"]);
});

test("A sent line keeps the key that it had while it waited", async () => {
  const tab = new FakeBrowser().tab();
  await tab.enter("Ada", "lobby");
  const room = tab.app.rooms.current.value!;
  const keys = () =>
    room.timeline.value.flatMap((row) => (row.kind === "run" ? [row.key, row.lines[0]!.key] : []));
  room.draft.value = "one";
  room.send();
  const before = keys();
  await until(() => room.waiting.value === 0);
  expect(keys()).toEqual(before);
});

test("A reload brings back the rooms, and the one that was shown", async () => {
  const tab = new FakeBrowser().tab();
  await tab.enter("Ada", "lobby");
  expect(await tab.app.rooms.join("kitchen")).toBeNull();
  tab.app.rooms.show(tab.app.rooms.list.value[0]!);
  tab.reload();
  await until(() => tab.app.rooms.current.value?.state.value === "joined");
  expect(tab.app.rooms.list.value.map(({ id }) => id)).toEqual(["lobby", "kitchen"]);
  expect(tab.app.rooms.current.value?.id).toBe("lobby");
  expect(tab.app.me.name.value).toBe("Ada");
  expect(tab.app.rooms.current.value?.notice.value).toBeNull();
});

test("A taken name is refused with a free one, which one press takes", async () => {
  const ada = new FakeBrowser();
  await ada.tab().enter("Ada", "lobby");
  const { app } = new FakeBrowser(ada.relay, ada.clock).tab();
  await until(() => app.screen.value === "login");
  app.login.name.value = "Ada";
  app.login.room.value = "lobby";
  app.login.enter();
  await until(() => app.login.nameProblem.value !== null);
  expect(app.login.nameProblem.value).toMatchObject({ key: "problem.name-taken", suggestion: "Ada 2" });
  expect(app.login.busy.value).toBe(false);
  app.login.takeSuggestion();
  await until(() => app.screen.value === "rooms");
  expect(app.me.name.value).toBe("Ada 2");
});

test("A name or room that cannot be one is told before anything is sent, until the field changes", async () => {
  const browser = new FakeBrowser();
  const { app } = browser.tab();
  await until(() => app.screen.value === "login");
  app.login.name.value = " ";
  app.login.room.value = "x".repeat(65);
  app.login.enter();
  expect(app.login.nameProblem.value?.key).toBe("problem.name-empty");
  expect(app.login.roomProblem.value).toMatchObject({ key: "problem.room-too-long", values: { max: 64 } });
  app.login.name.value = "A";
  expect(app.login.nameProblem.value).toBeNull();
  expect(browser.relay.heard).toEqual([]);
});

test("Nobody is connected before the first login, and the server is known all the same", async () => {
  const browser = new FakeBrowser();
  const { app } = browser.tab();
  await until(() => app.screen.value === "login");
  expect(app.connection.state.value.state).toBe("idle");
  expect(browser.relay.sockets.size).toBe(0);
});

test("Older lines come when they are asked for, in order, until there are none", async () => {
  const browser = new FakeBrowser();
  for (let i = 1; i <= 120; i++) browser.relay.say("lobby", `line ${i}`);
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const room = tab.app.rooms.current.value!;
  await until(() => tab.shown().length === 50);
  expect(room.older.value).toBe("more");
  room.loadOlder();
  room.loadOlder();
  expect(room.older.value).toBe("loading");
  await until(() => tab.shown().length === 100);
  room.loadOlder();
  await until(() => room.older.value === "none");
  expect(tab.shown()).toEqual(Array.from({ length: 120 }, (_, i) => `line ${i + 1}`));
});

test("R-HIST-2: Lines that are said while older ones come stand behind them, whatever comes first", async () => {
  const browser = new FakeBrowser();
  const { relay } = browser;
  for (let i = 1; i <= 80; i++) relay.say("lobby", `line ${i}`);
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  await until(() => tab.shown().length === 50);
  relay.ignores = (frame) => frame.type === "history";
  tab.app.rooms.current.value!.loadOlder();
  await until(() => relay.heard.some(({ type }) => type === "history"));
  const room = relay.room("lobby");
  const [socket] = relay.sockets;
  for (let seq = 1; seq <= 30; seq++) {
    socket!.write(relay.line(room, seq));
    if (seq % 10 === 0) relay.say("lobby", `line ${80 + seq / 10}`);
  }
  const asked = relay.heard.find((frame) => frame.type === "history")!;
  socket!.tell({ type: "page", id: asked.id!, room: "lobby", first: 1, last: 30, oldest: 1 });
  await until(() => tab.app.rooms.current.value!.older.value === "none");
  expect(tab.shown()).toEqual(Array.from({ length: 83 }, (_, i) => `line ${i + 1}`));
});

test("R-ENTRY-4: Lines stand in the order of the log, though the server's clock goes back", async () => {
  const browser = new FakeBrowser();
  for (let i = 1; i <= 100; i++) browser.relay.say("lobby", `line ${i}`);
  const tab = browser.tab();
  for (const [i, entry] of browser.relay.room("lobby").entries.entries()) entry.at -= i * 7_000_000;
  await tab.enter("Ada", "lobby");
  await until(() => tab.shown().length === 50);
  tab.app.rooms.current.value!.loadOlder();
  await until(() => tab.shown().length === 100);
  expect(tab.shown()).toEqual(Array.from({ length: 100 }, (_, i) => `line ${i + 1}`));
});

test("R-ENTRY-5: Whoever has one's name is somebody else all the same", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const room = tab.app.rooms.current.value!;
  room.draft.value = "mine";
  room.send();
  await until(() => room.waiting.value === 0);
  browser.relay.say("lobby", "not mine", "m99", "Ada");
  await until(() => tab.shown().length === 2);
  const runs = room.timeline.value.flatMap((row) => (row.kind === "run" ? [row] : []));
  expect(runs.map(({ isOwn, lines }) => [isOwn, lines.map(({ text }) => text)])).toEqual([
    [true, ["mine"]],
    [false, ["not mine"]],
  ]);
});

test("A question for older lines is asked again when its answer was lost", async () => {
  const browser = new FakeBrowser();
  for (let i = 1; i <= 80; i++) browser.relay.say("lobby", `line ${i}`);
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  await until(() => tab.shown().length === 50);
  browser.relay.ignores = (frame) => frame.type === "history";
  tab.app.rooms.current.value!.loadOlder();
  await until(() => browser.relay.heard.some(({ type }) => type === "history"));
  browser.relay.cut();
  browser.relay.ignores = () => false;
  tab.app.connection.retryNow();
  await until(() => tab.shown().length === 80);
  expect(tab.shown()[0]).toBe("line 1");
});

test("What was said while the page was away follows at once, without a gap or a repetition", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.say("lobby", "one");
  await until(() => tab.shown().length === 1);
  browser.relay.cut();
  for (let i = 0; i < 300; i++) browser.relay.say("lobby", `missed ${i}`);
  tab.app.connection.retryNow();
  await until(() => tab.shown().length === 301);
  expect(tab.shown().slice(0, 3)).toEqual(["one", "missed 0", "missed 1"]);
});

test("A room whose log began anew starts afresh", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.say("lobby", "old");
  await until(() => tab.shown().length === 1);
  browser.relay.cut();
  browser.relay.rooms.clear();
  browser.relay.room("lobby").epoch = "I".repeat(11);
  browser.relay.say("lobby", "new");
  tab.app.connection.retryNow();
  await until(() => tab.shown()[0] === "new");
  expect(tab.shown()).toEqual(["new"]);
});

test("A room whose position is no longer kept starts at the tail", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.cut();
  for (let i = 1; i <= 9; i++) browser.relay.say("lobby", `line ${i}`);
  browser.relay.room("lobby").oldest = 8;
  tab.app.connection.retryNow();
  await until(() => tab.shown().length === 3);
  expect(tab.app.rooms.current.value!.older.value).toBe("none");
});

test("Lines of others in a room that is not shown are unread, one's own are not", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  await tab.app.rooms.join("kitchen");
  const lobby = tab.app.rooms.list.value[0]!;
  browser.relay.say("kitchen", "seen");
  browser.relay.say("lobby", "unseen");
  lobby.draft.value = "mine";
  lobby.send();
  await until(() => lobby.waiting.value === 0);
  expect(lobby.unread.value).toBe(1);
  expect(tab.app.rooms.unreadTotal.value).toBe(1);
  expect(tab.app.title.value).toBe("(1) kitchen \u00b7 Pendopo");
});

test("A shown room counts as read only while the tab is visible", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const room = tab.app.rooms.current.value!;
  tab.isVisible.value = false;
  browser.relay.say("lobby", "unseen");
  await until(() => room.unread.value === 1);
  expect(room.timeline.value.map(({ kind }) => kind)).toEqual(["day", "event", "new", "run"]);
  tab.isVisible.value = true;
  expect(room.unread.value).toBe(0);
  // The line stays, so that one sees where to begin.
  expect(room.firstUnread.value).toBe(2);
  room.draft.value = "an answer";
  room.send();
  expect(room.timeline.value.some(({ kind }) => kind === "new")).toBe(false);
});

test("After a reload, what came meanwhile stands below the new line", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  browser.relay.say("lobby", "seen");
  await until(() => tab.shown().length === 1);
  browser.clock.advance(1_000);
  tab.close();
  browser.relay.say("lobby", "missed");
  tab.load();
  await until(() => tab.shown().length === 2);
  const rows = tab.app.rooms.current.value!.timeline.value.map(({ kind }) => kind);
  expect(rows).toEqual(["day", "event", "run", "new", "run"]);
});

test("R-ENTRY-7: A new name shows beside what was said before", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const room = tab.app.rooms.current.value!;
  browser.relay.say("lobby", "hello");
  await until(() => tab.shown().length === 1);
  const before = room.timeline.value.at(-1);
  browser.relay.signal({ type: "here", room: "lobby", member: "m99", name: "Bima Sakti" });
  await until(() => room.people.value.length === 2);
  const run = room.timeline.value.at(-1)!;
  expect(run).toBe(before!);
  expect(run.kind === "run" && run.author.name.value).toBe("Bima Sakti");
  expect(await tab.app.me.rename("Ada L")).toBeNull();
  expect(tab.app.me.name.value).toBe("Ada L");
  expect(room.people.value.map((person) => person.name.value)).toEqual(["Ada L", "Bima Sakti"]);
});

test("R-SIGNAL-3: Somebody who is here already and comes again is listed once, under the newest name", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const room = tab.app.rooms.current.value!;
  const names = () => room.people.value.map((person) => person.name.value);
  for (const name of ["Bima", "Bima", "Bima Sakti"])
    browser.relay.signal({ type: "here", room: "lobby", member: "m99", name });
  await until(() => names().includes("Bima Sakti"));
  expect(names()).toEqual(["Ada", "Bima Sakti"]);
});

test("R-SIGNAL-6: Who types is shown for five seconds, or until the line comes, and oneself never", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const room = tab.app.rooms.current.value!;
  const type = () => browser.relay.signal({ type: "typing", room: "lobby", member: "m99", name: "Bima" });
  browser.relay.signal({ type: "typing", room: "lobby", member: tab.app.me.member.value!, name: "Ada" });
  type();
  await until(() => room.typing.value.length > 0);
  expect(room.typing.value.map(({ member }) => member)).toEqual(["m99"]);
  browser.clock.advance(4_999);
  expect(room.typing.value.length).toBe(1);
  browser.clock.advance(1);
  expect(room.typing.value.length).toBe(0);
  type();
  await until(() => room.typing.value.length === 1);
  browser.relay.say("lobby", "done");
  await until(() => room.typing.value.length === 0);
});

test("R-SIGNAL-4: That one types is told at most every three seconds, and not when one has stopped", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  const room = tab.app.rooms.current.value!;
  const told = () => browser.relay.heard.filter(({ type }) => type === "typing").length;
  room.draft.value = "h";
  for (let ms = 0; ms < 7_000; ms += 500) {
    room.typed();
    browser.clock.advance(500);
  }
  await until(() => told() === 3);
  browser.clock.advance(20_000);
  room.typed();
  await until(() => told() > 3);
  expect(told()).toBe(4);
});

test("Leaving the last room leads to the login, with the name", async () => {
  const tab = new FakeBrowser().tab();
  await tab.enter("Ada", "lobby");
  tab.app.rooms.leave(tab.app.rooms.current.value!);
  expect(tab.app.screen.value).toBe("login");
  expect(tab.app.login.name.value).toBe("Ada");
  await tab.enter("Ada", "kitchen");
  tab.reload();
  await until(() => tab.app.rooms.current.value?.id === "kitchen");
  expect(tab.app.rooms.list.value.length).toBe(1);
});

test("The host's secret in the address is claimed once, and goes from the address", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab({ hash: `#host=${browser.relay.hostSecret}` });
  await tab.enter("Ada", "lobby");
  await until(() => tab.app.me.isHost.value);
  expect(tab.hash).toBe("");
  expect(tab.app.notices.list.value.map(({ key }) => key)).toEqual(["notice.host"]);
});

test("Who is the host already claims nothing with a start address", async () => {
  const browser = new FakeBrowser();
  const tab = browser.tab({ hash: `#host=${browser.relay.hostSecret}` });
  await tab.enter("Ada", "lobby");
  await until(() => tab.app.me.isHost.value);
  // As one that was good once, after its answer was lost.
  const again = browser.tab({ hash: `#host=${"x".repeat(43)}` });
  await until(() => again.app.me.isHost.value);
  expect(again.hash).toBe("");
  expect(again.app.notices.list.value.map(({ key }) => key)).toEqual(["notice.host"]);
});

test("A draft survives a reload", async () => {
  const tab = new FakeBrowser().tab();
  await tab.enter("Ada", "lobby");
  tab.app.rooms.current.value!.draft.value = "half a thou";
  tab.reload();
  await until(() => tab.app.rooms.current.value !== null);
  expect(tab.app.rooms.current.value!.draft.value).toBe("half a thou");
});
