import { expect, test } from "bun:test";
import type { Person } from "../../../src/ui/models/people.ts";
import { until } from "./clock.ts";
import { FakeBrowser, type Tab } from "./fake-browser.ts";

async function two() {
  const ada = new FakeBrowser();
  const bima = new FakeBrowser(ada.relay, ada.clock);
  const [first, second] = [ada.tab(), bima.tab()];
  await first.enter("Ada", "lobby");
  await second.enter("Bima", "lobby");
  await until(() => first.app.rooms.current.value!.people.value.length === 2);
  return { ada, bima, first, second };
}

function person(tab: Tab, name: string): Person {
  const room = tab.app.rooms.current.value!;
  return [...room.people.value, ...room.away.value].find((one) => one.name.value === name)!;
}

function say(tab: Tab, text: string): void {
  const room = tab.app.rooms.current.value!;
  room.draft.value = text;
  room.send();
}

const names = (tab: Tab) => tab.app.rooms.list.value.map((room) => room.name.value);

test("What one writes to one person appears at theirs by itself, unread, under the writer's name", async () => {
  const { first, second } = await two();
  expect(await first.app.rooms.direct(person(first, "Bima"))).toBeNull();
  expect(first.app.rooms.current.value).toMatchObject({ id: "@m1+m2" });
  expect(first.app.title.value).toBe("Bima · Pendopo");
  expect(names(second)).toEqual(["lobby"]);
  say(first, "Psst");
  await until(() => names(second).length === 2);
  expect(names(second)).toEqual(["lobby", "Ada"]);
  const chat = second.app.rooms.list.value[1]!;
  await until(() => chat.unread.value === 1);
  expect(second.app.title.value).toBe("(1) lobby · Pendopo");
  second.app.rooms.show(chat);
  expect(second.shown()).toEqual(["Psst"]);
  expect(chat.unread.value).toBe(0);
  say(second, "Yes?");
  await until(() => first.shown().length === 2);
});

test("R-DIRECT-6: A conversation is joined when it is told of, and is that of a member, whatever anybody is called", async () => {
  const { ada, first, second } = await two();
  // Somebody who was called Bima writes to Ada, and Bima does as well.
  const impostor = new FakeBrowser(ada.relay, ada.clock).tab();
  await impostor.enter("Citra", "lobby");
  await until(() => first.app.rooms.current.value!.people.value.length === 3);
  for (const [tab, text] of [
    [second, "from Bima"],
    [impostor, "from the other"],
  ] as const) {
    await tab.app.rooms.direct(person(tab, "Ada"));
    say(tab, text);
  }
  await until(() => names(first).length === 3);
  ada.relay.signal({ type: "here", room: "lobby", member: "m3", name: "Bima" });
  await until(() => names(first).every((name, i) => name === ["lobby", "Bima", "Bima"][i]));
  const chats = first.app.rooms.list.value.slice(1);
  expect(chats.map(({ other }) => other?.member)).toEqual(["m2", "m3"]);
  for (const [i, text] of ["from Bima", "from the other"].entries()) {
    await until(() => chats[i]!.state.value === "joined");
    first.app.rooms.show(chats[i]!);
    await until(() => first.shown().length === 1);
    expect(first.shown()).toEqual([text]);
  }
});

test("What was written to somebody who was away counts as unread when they come back", async () => {
  const { first, second } = await two();
  say(second, "I have to go");
  await until(() => first.shown().length === 1);
  second.close();
  await first.app.rooms.direct(person(first, "Bima"));
  for (const text of ["one", "two", "three"]) say(first, text);
  await until(() => first.app.rooms.current.value!.waiting.value === 0);
  second.load();
  await until(() => names(second).length === 2);
  await until(() => second.app.rooms.list.value[1]!.unread.value === 3);
});

test("The same person is the same conversation, over a reload and while nobody answers", async () => {
  const { ada, first } = await two();
  const bima = person(first, "Bima");
  await first.app.rooms.direct(bima);
  say(first, "Psst");
  await until(() => first.app.rooms.current.value!.waiting.value === 0);
  first.app.rooms.show(first.app.rooms.list.value[0]!);
  await first.app.rooms.direct(bima);
  expect(names(first)).toEqual(["lobby", "Bima"]);
  ada.relay.downWith = 4002;
  first.reload();
  await until(() => first.app.screen.value === "rooms");
  expect(names(first)).toEqual(["lobby", "Bima"]);
  expect(first.app.rooms.current.value?.id).toBe("@m1+m2");
  ada.relay.downWith = null;
  first.app.connection.retryNow();
  await until(() => first.shown().includes("Psst"));
});

test("Conversations come after the rooms, whatever was joined first", async () => {
  const { first } = await two();
  await first.app.rooms.direct(person(first, "Bima"));
  await first.app.rooms.join("kitchen");
  expect(names(first)).toEqual(["lobby", "kitchen", "Bima"]);
});

test("A conversation that was put away stays away until the other one writes again", async () => {
  const { first, second } = await two();
  await first.app.rooms.direct(person(first, "Bima"));
  say(first, "Psst");
  await until(() => names(second).length === 2);
  const chat = second.app.rooms.list.value[1]!;
  await until(() => chat.state.value === "joined" && chat.unread.value === 1);
  second.app.rooms.show(chat);
  second.app.rooms.leave(chat);
  expect(names(second)).toEqual(["lobby"]);
  second.reload();
  await until(() => second.app.rooms.current.value?.state.value === "joined");
  expect(names(second)).toEqual(["lobby"]);
  say(first, "Are you there?");
  await until(() => names(second).length === 2);
  await until(() => second.app.rooms.list.value[1]!.unread.value === 1);
});

test("A new name shows in the conversation and in the title", async () => {
  const { first, second } = await two();
  await first.app.rooms.direct(person(first, "Bima"));
  await second.app.me.rename("Bima Sakti");
  await until(() => names(first)[1] === "Bima Sakti");
  expect(first.app.title.value).toBe("Bima Sakti · Pendopo");
});

test("Nobody can be spoken to while there is no connection, and it is said", async () => {
  const { ada, first } = await two();
  const bima = person(first, "Bima");
  ada.relay.cut();
  expect(await first.app.rooms.direct(bima)).toEqual({ key: "problem.offline" });
});
