import { describe, expect, test } from "bun:test";
import { limits } from "../../src/wire/limits.ts";
import { MemoryStore } from "./fakes.ts";
import { Place } from "./place.ts";

/** A lobby with that many messages behind its first entry, and Ada in it. */
async function withMessages(count: number) {
  const place = new Place();
  const ada = await place.inLobby("Ada");
  for (let n = 1; n <= count; n++) ada.post(n);
  await place.settle();
  return { place, ada };
}

describe("Whoever joins", () => {
  test("a room that is not there makes it, and its first entry says so", async () => {
    const place = new Place();
    const ada = await place.enter("Ada");
    await ada.join({ id: 1, room: " Lobby " });
    await place.settle();
    const [joined, people, created, here] = ada.news().sort((a, b) => order(a.type) - order(b.type));
    expect(joined).toMatchObject({
      type: "joined",
      id: 1,
      room: "Lobby",
      head: 0,
      oldest: 1,
      from: 0,
      isNew: true,
    });
    expect(people).toMatchObject({ people: [{ member: "m1", name: "Ada" }], isFirst: true, isLast: true });
    expect(created).toMatchObject({ seq: 1, kind: "room", action: "created", member: "m1", name: "Ada" });
    expect(here).toMatchObject({ type: "here", member: "m1" });
  });

  test("finds the room by any spelling, and hears its maker's", async () => {
    const { place } = await withMessages(0);
    const budi = await place.enter("Budi");
    await budi.join({ room: "LOBBY" });
    expect(budi.news()[0]).toMatchObject({ type: "joined", room: "lobby", isNew: false });
  });

  test("gets the tail that was asked for, fifty entries when nothing was, and then live ones", async () => {
    const { place, ada } = await withMessages(60);
    const starts: [last: number | undefined, first: number][] = [
      [undefined, 12],
      [0, 62],
      [3, 59],
      [200, 1],
    ];
    for (const [last, first] of starts) {
      const budi = await place.enter(`Budi ${last}`);
      await budi.join(last === undefined ? { room: "lobby" } : { room: "lobby", last });
      expect(budi.news()[0]).toMatchObject({ head: 61, from: first - 1 });
      expect(budi.seqs).toEqual(range(first, 61));
    }
    const late = await place.enter("Late");
    await late.join({ room: "lobby", last: 0 });
    ada.post(61);
    await place.settle();
    expect(late.seqs).toEqual([62]);
  });

  test("after a position gets every entry since, however many", async () => {
    const { place, ada } = await withMessages(500);
    const { epoch } = ada.connection.of("joined")[0]!;
    const budi = await place.enter("Budi");
    await budi.join({ room: "lobby", after: 1, epoch });
    await place.settle();
    expect(budi.seqs).toEqual(range(2, 501));
    const same = await place.enter("Same");
    await same.join({ room: "lobby", after: 501, epoch });
    expect(same.seqs).toEqual([]);
    expect(same.news()[0]).toMatchObject({ type: "joined", from: 501 });
  });

  test("with another epoch, or a position beyond the head, starts afresh", async () => {
    const { place, ada } = await withMessages(2);
    const { epoch } = ada.connection.of("joined")[0]!;
    const budi = await place.enter("Budi");
    const wrong = [{ after: 1, epoch: "another" }, { after: 4, epoch }, { after: 1 }];
    for (const position of wrong) {
      const refusal = await budi.join({ room: "lobby", ...position });
      expect(refusal).toMatchObject({ code: "afresh", details: { epoch, head: 3, oldest: 1 } });
    }
    expect(budi.connection.text).toBe("");
    expect(await budi.join({ room: "lobby", after: 3, epoch })).toBeUndefined();
  });

  test("R-RESUME-2: after a position that is no longer kept learns the oldest one", async () => {
    const { place, ada } = await withMessages(5);
    const { epoch } = ada.connection.of("joined")[0]!;
    ada.leave();
    await place.settle();
    place.store.rooms.get("lobby")!.oldest = 3;
    const budi = await place.enter("Budi");
    const refusal = await budi.join({ room: "lobby", after: 1, epoch });
    expect(refusal).toMatchObject({ code: "gone", details: { epoch, head: 6, oldest: 3 } });
    expect(await budi.join({ room: "lobby", after: 2, epoch })).toBeUndefined();
    expect(budi.seqs).toEqual([3, 4, 5, 6]);
    budi.history(4, 50);
    expect(budi.news().at(-1)).toMatchObject({ type: "page", first: 3, last: 3, oldest: 3 });
  });

  test("again gets a fresh start, each live entry once, and stays one person", async () => {
    const { place, ada } = await withMessages(3);
    const budi = await place.inLobby("Budi");
    ada.news();
    budi.news();
    await budi.join({ room: "lobby", last: 1 });
    ada.post(4);
    await place.settle();
    expect(budi.news().map(({ type, seq }) => seq ?? type)).toEqual(["joined", "people", 4, 5]);
    expect(ada.news().map(({ type }) => type)).toEqual(["entry"]);
  });
});

describe("A join that is refused changes nothing", () => {
  test("when the room's id cannot be one", async () => {
    const place = new Place();
    const ada = await place.enter("Ada");
    for (const room of ["", "@ada", "a\u202eb", "x".repeat(limits.roomCharsMax + 1)]) {
      expect(await ada.join({ room })).toMatchObject({ code: "room-invalid" });
    }
    expect(place.store.rooms.size).toBe(0);
  });

  test("when the room is not there and must not be made", async () => {
    const place = new Place();
    const ada = await place.enter("Ada");
    expect(await ada.join({ room: "lobby", create: false })).toMatchObject({ code: "room-unknown" });
    expect(place.store.rooms.size).toBe(0);
  });

  test("when the room of a position is not there", async () => {
    const place = new Place();
    const ada = await place.enter("Ada");
    const refusal = await ada.join({ room: "lobby", after: 7, epoch: "lost" });
    expect(refusal).toMatchObject({ code: "afresh", details: { head: 0, oldest: 1 } });
    expect(place.store.rooms.size).toBe(0);
    await ada.join({ room: "lobby" });
    await place.settle();
    expect(ada.connection.of("joined")).toMatchObject([{ isNew: true }]);
    expect(ada.connection.of("entry")).toMatchObject([{ seq: 1, action: "created" }]);
  });

  test("when the room is full, but for those who are in it", async () => {
    const place = new Place();
    for (let i = 1; i <= limits.roomMembersMax; i++)
      await (await place.enter(`M${i}`)).join({ room: "lobby" });
    const late = await place.enter("Late");
    expect(await late.join({ room: "lobby" })).toMatchObject({ code: "room-full" });
    expect(late.connection.text).toBe("");
    expect(await (await place.enter("M7")).join({ room: "lobby" })).toBeUndefined();
  });
});

describe("Two who make a room at once", () => {
  test("are in the same one, which was made once", async () => {
    const place = new Place();
    const [ada, budi] = [await place.enter("Ada"), await place.enter("Budi")];
    const letGo = place.holdUp();
    const joins = [ada.join({ room: "lobby" }), budi.join({ room: "Lobby" })];
    await letGo();
    await Promise.all(joins);
    await place.settle();
    expect(ada.connection.of("joined")).toMatchObject([{ room: "lobby", isNew: true }]);
    expect(budi.connection.of("joined")).toMatchObject([{ room: "lobby", isNew: false }]);
    ada.post(1, "Hello");
    await place.settle();
    expect(budi.texts).toEqual(["Hello"]);
  });

  test("are in the same one also when a third is refused just then", async () => {
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [0, 2, 1],
    ]) {
      const place = new Place();
      const people = [await place.enter("Ada"), await place.enter("Budi"), await place.enter("Cici")];
      const letGo = place.holdUp();
      const frames = [{ room: "lobby" }, { room: "lobby" }, { room: "lobby", after: 3, epoch: "lost" }];
      const joins = order.map((i) => people[i]!.join(frames[i]!));
      await letGo();
      await Promise.all(joins);
      const [ada, budi] = people;
      expect(ada!.seat?.room === budi!.seat?.room).toBe(true);
      expect(place.store.rooms.size).toBe(1);
    }
  });
});

test("Two who open a room again at once are in the same one, also when the first is refused", async () => {
  const place = new Place();
  const ada = await place.inLobby("Ada");
  ada.leave();
  const people = [await place.enter("Budi"), await place.enter("Cici"), await place.enter("Dewi")];
  const frames = [{ room: "lobby", after: 9, epoch: "lost" }, { room: "lobby" }, { room: "lobby" }];
  const [refusal] = await Promise.all(people.slice(0, 2).map((person, i) => person.join(frames[i]!)));
  expect(refusal).toMatchObject({ code: "afresh" });
  await people[2]!.join(frames[2]!);
  expect(people[2]!.seat?.room === people[1]!.seat?.room).toBe(true);
});

test("A room that everybody has left is read from the store when somebody comes back", async () => {
  const store = new MemoryStore();
  const place = new Place(store);
  const ada = await place.inLobby("Ada");
  ada.post(1, "Keep this");
  ada.leave();
  const budi = await place.inLobby("Budi");
  // The line was on its way into the store: the room waited for it.
  expect(budi.texts).toEqual(["Keep this"]);
  budi.leave();
  await place.settle();
  const before = store.readCount;
  const cici = await place.inLobby("Cici");
  expect(cici.texts).toEqual(["Keep this"]);
  expect(store.readCount).toBe(before + 1);
});

function order(type: string): number {
  return ["joined", "people", "entry", "here"].indexOf(type);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}
