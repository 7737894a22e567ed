import { describe, expect, test } from "bun:test";
import { limits } from "../../src/wire/limits.ts";
import type { Frame } from "./fakes.ts";
import { Place } from "./place.ts";

async function two() {
  const place = new Place();
  const [ada, budi] = [await place.inLobby("Ada"), await place.inLobby("Budi")];
  ada.news();
  budi.news();
  return { place, ada, budi };
}

describe("Who is in a room", () => {
  test("is told when somebody comes and goes, to everybody who stays", async () => {
    const { place, ada, budi } = await two();
    const cici = await place.inLobby("Cici");
    expect(cici.connection.of("people")[0]?.people.map(({ name }: Frame) => name)).toEqual([
      "Ada",
      "Budi",
      "Cici",
    ]);
    for (const { connection } of [ada, budi, cici]) {
      expect(connection.of("here").at(-1)).toEqual({
        type: "here",
        room: "lobby",
        member: "m3",
        name: "Cici",
      });
    }
    cici.leave();
    await place.settle();
    for (const person of [ada, budi]) {
      expect(person.news().at(-1)).toEqual({ type: "away", room: "lobby", member: "m3" });
    }
    expect(cici.connection.of("away")).toEqual([]);
  });

  test("is one person on two connections, who is away when the last of them goes", async () => {
    const { place, ada, budi } = await two();
    const again = await place.inLobby("Budi");
    expect(ada.news()).toEqual([]);
    budi.leave();
    await place.settle();
    expect(ada.news()).toEqual([]);
    again.leave();
    await place.settle();
    expect(ada.news()).toMatchObject([{ type: "away", member: "m2" }]);
  });

  test("is told by the newest name", async () => {
    const { place, ada, budi } = await two();
    await place.members.rename("key of Ada", "Countess");
    place.rooms.renamed(ada.member);
    await place.settle();
    const here = { type: "here", room: "lobby", member: "m1", name: "Countess" };
    expect(ada.news()).toEqual([here]);
    expect(budi.news()).toEqual([here]);
  });

  test("comes in as many frames as it needs", async () => {
    const place = new Place();
    const count = limits.peopleFrameMax * 2 + 1;
    for (let i = 1; i <= count; i++) await (await place.enter(`M${i}`)).join({ room: "lobby" });
    const last = await place.inLobby("Last");
    const frames = last.connection.of("people");
    expect(frames.map(({ people, isFirst, isLast }) => [people.length, isFirst, isLast])).toEqual([
      [100, true, false],
      [100, false, false],
      [2, false, true],
    ]);
    expect(new Set(frames.flatMap(({ people }) => people.map(({ member }: Frame) => member))).size).toBe(
      count + 1,
    );
  });
});

describe("Typing", () => {
  test("is told to everybody in the room, and not again within a second", async () => {
    const { place, ada, budi } = await two();
    const typing = { type: "typing", room: "lobby", member: "m1", name: "Ada" };
    ada.typing();
    ada.typing();
    await place.settle();
    expect(ada.news()).toEqual([typing]);
    expect(budi.news()).toEqual([typing]);
    place.clock.time += limits.typingEveryMs - 1;
    ada.typing();
    budi.typing();
    await place.settle();
    expect(ada.news()).toMatchObject([{ member: "m2" }]);
    place.clock.time += 1;
    ada.typing();
    await place.settle();
    expect(budi.news().at(-1)).toEqual(typing);
  });

  test("is kept by no store", async () => {
    const { place, ada } = await two();
    const batches = place.store.batches.length;
    ada.typing();
    await place.settle();
    expect(place.store.batches).toHaveLength(batches);
  });
});

describe("Whoever does not read", () => {
  test("misses signals, and gets the list of people anew when there is room again", async () => {
    const { place, ada, budi } = await two();
    budi.connection.bytes = 0;
    await place.inLobby("Cici");
    ada.typing();
    await place.settle();
    expect(budi.news()).toEqual([]);
    budi.take(10_000);
    const [people, ...rest] = budi.news();
    expect(people?.people.map(({ name }: Frame) => name)).toEqual(["Ada", "Budi", "Cici"]);
    expect(rest).toEqual([]);
  });

  test("misses no entry, and delays nobody", async () => {
    const { place, ada, budi } = await two();
    budi.connection.bytes = 100;
    for (let n = 1; n <= 100; n++) {
      ada.post(n, "x".repeat(100));
      if (n % 10 === 0) await place.settle();
    }
    expect(ada.seqs).toHaveLength(101);
    expect(budi.seqs.length).toBeLessThan(5);
    for (let i = 0; i < 1000 && budi.seqs.length < 101; i++) budi.take(300);
    expect(budi.seqs).toEqual(ada.seqs);
  });

  test("and left is pumped no further", async () => {
    const { place, ada, budi } = await two();
    budi.connection.bytes = 1;
    ada.post(1);
    ada.post(2);
    await place.settle();
    budi.leave();
    budi.connection.bytes = Number.POSITIVE_INFINITY;
    await place.settle();
    expect(budi.texts).toEqual(["Message 1"]);
  });
});
