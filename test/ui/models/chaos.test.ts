import { expect, test } from "bun:test";
import fc from "fast-check";
import { until } from "./clock.ts";
import type { Tab } from "./fake-browser.ts";
import { FakeBrowser } from "./fake-browser.ts";

const steps = [
  "say",
  "say",
  "other says",
  "cut",
  "go down",
  "come back",
  "time passes",
  "reload",
  "kill and reload",
  "lose posts",
  "lose acknowledgements",
  "hear again",
  "load older",
  "second tab",
  "close second tab",
] as const;

/** Lets what is under way arrive, as far as it goes without time passing. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function run(sequence: readonly (typeof steps)[number][], hasLocks: boolean): Promise<void> {
  const browser = new FakeBrowser();
  browser.hasLocks = hasLocks;
  browser.bridge = { ...browser.bridge, server: { id: browser.relay.server, fingerprint: null } };
  const { relay, clock } = browser;
  for (let i = 0; i < 70; i++) relay.say("lobby", `long ago ${i}`);
  const tab = browser.tab();
  await tab.enter("Ada", "lobby");
  let second: Tab | null = null;
  const said: string[] = [];
  const say = (from: Tab) => {
    const room = from.app.rooms.current.value;
    if (!room) return;
    said.push(`mine ${said.length}`);
    room.draft.value = said.at(-1)!;
    room.send();
  };
  const { append } = relay;
  for (const step of sequence) {
    if (step === "say") say(second && said.length % 2 === 1 ? second : tab);
    if (step === "other says") relay.say("lobby", `other ${relay.texts("lobby").length}`);
    if (step === "cut") relay.cut();
    if (step === "go down") relay.downWith = 4002;
    if (step === "go down") relay.cut();
    if (step === "come back") relay.downWith = null;
    if (step === "time passes") clock.advance(20_000);
    if (step === "reload") tab.reload();
    if (step === "kill and reload") tab.kill();
    if (step === "kill and reload") tab.load();
    if (step === "lose posts") relay.ignores = (frame) => frame.type === "post";
    if (step === "lose acknowledgements") {
      relay.append = (room, draft) => {
        const seq = append.call(relay, room, draft);
        relay.cut();
        return seq;
      };
    }
    if (step === "hear again") relay.append = append;
    if (step === "hear again") relay.ignores = () => false;
    if (step === "load older") tab.app.rooms.current.value?.loadOlder();
    if (step === "second tab") second ??= browser.tab();
    if (step === "close second tab") second?.kill();
    if (step === "close second tab") second = null;
    await settle();
  }
  relay.downWith = null;
  relay.append = append;
  relay.ignores = () => false;
  // A post that was swallowed without an answer is sent again on the next connection.
  relay.cut();
  second?.kill();
  clock.advance(120_000);
  await until(() => {
    clock.advance(1_000);
    const room = tab.app.rooms.current.value;
    if (room?.state.value !== "joined") tab.app.connection.retryNow();
    const kept = browser.storage.keys().some((key) => key.includes("/line/"));
    return room?.state.value === "joined" && room.waiting.value === 0 && !kept;
  });
  const room = tab.app.rooms.current.value!;
  await until(() => {
    room.loadOlder();
    return room.older.value === "none" && tab.shown().length >= relay.texts("lobby").length;
  });
  expect(tab.shown()).toEqual(relay.texts("lobby"));
  const mine = relay.texts("lobby").filter((text) => text.startsWith("mine"));
  expect(mine.toSorted()).toEqual(said.toSorted());
  expect(relay.mixedUp).toEqual([]);
  tab.kill();
}

for (const hasLocks of [true, false]) {
  test(`Whatever breaks, each line is there once and all are shown in the log's order${hasLocks ? "" : ", without locks too"}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 40 }), (sequence) =>
        run(sequence, hasLocks),
      ),
      { numRuns: 60 },
    );
  }, 60_000);
}
