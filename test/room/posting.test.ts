import { describe, expect, test } from "bun:test";
import { MemoryStore } from "./fakes.ts";
import { Place } from "./place.ts";

describe("An entry", () => {
  test("R-ENTRY-1: is shown to nobody before it is durable, and then to everybody, its author too", async () => {
    const place = new Place();
    const [ada, budi] = [await place.inLobby("Ada"), await place.inLobby("Budi")];
    const letGo = place.holdUp();
    ada.post(1, "Hello");
    await place.settle();
    expect(place.store.batches.at(-1)).toBe(1);
    expect([...ada.texts, ...budi.texts]).toEqual([]);
    await letGo();
    expect(ada.texts).toEqual(["Hello"]);
    expect(budi.connection.of("entry").at(-1)).toMatchObject({
      room: "lobby",
      seq: 2,
      at: 1_700_000_000_000,
      member: "m1",
      name: "Ada",
      kind: "message",
      device: "laptop",
      n: 1,
      text: "Hello",
    });
  });

  test("gathers with others while a batch is being committed, and one commit keeps them all", async () => {
    const place = new Place();
    const [ada, budi] = [await place.inLobby("Ada"), await place.inLobby("Budi")];
    const letGo = place.holdUp();
    ada.post(1);
    await place.settle();
    for (let n = 1; n <= 3; n++) {
      ada.post(n + 1, `a${n}`);
      budi.post(n, `b${n}`);
    }
    await letGo();
    expect(place.store.batches.slice(-2)).toEqual([1, 6]);
    expect(budi.texts).toEqual(["Message 1", "a1", "b1", "a2", "b2", "a3", "b3"]);
    expect(ada.texts).toEqual(budi.texts);
  });

  test("of one room waits for no member of another", async () => {
    const place = new Place();
    const ada = await place.inLobby("Ada");
    const other = await place.enter("Other");
    await other.join({ room: "kitchen" });
    ada.post(1, "Hello");
    await place.settle();
    expect(other.texts).toEqual([]);
    expect(ada.texts).toEqual(["Hello"]);
  });
});

describe("A number that comes again", () => {
  test("yields the same entry with the same seq, to whoever asked alone", async () => {
    const place = new Place();
    const [ada, budi] = [await place.inLobby("Ada"), await place.inLobby("Budi")];
    ada.post(1, "Hello");
    await place.settle();
    const [entry] = ada.connection.of("entry").slice(-1);
    const count = budi.connection.frames.length;
    expect(ada.post(1, "Something else")).toBeUndefined();
    await place.settle();
    expect(ada.connection.frames.at(-1)).toEqual(entry!);
    expect(budi.connection.frames).toHaveLength(count);
  });

  test("before its entry is durable yields that entry, once", async () => {
    const place = new Place();
    const ada = await place.inLobby("Ada");
    const letGo = place.holdUp();
    ada.post(1);
    ada.post(1);
    await place.settle();
    ada.post(1);
    expect(ada.seqs).toEqual([1]);
    await letGo();
    expect(ada.seqs).toEqual([1, 2]);
  });

  test("yields the same entry after the rooms were opened anew on the same store", async () => {
    const store = new MemoryStore();
    const before = new Place(store);
    const ada = await before.inLobby("Ada");
    ada.post(7, "Hello");
    await before.settle();
    const after = new Place(store);
    const again = await after.inLobby("Ada");
    again.news();
    again.post(7, "Hello");
    await after.settle();
    expect(again.news()).toMatchObject([{ type: "entry", seq: 2, n: 7, text: "Hello" }]);
    expect(again.post(8)).toBeUndefined();
    await after.settle();
    expect(again.news()).toMatchObject([{ seq: 3, n: 8 }]);
  });

  test("and was never an entry is refused with the mark", async () => {
    const place = new Place();
    const ada = await place.inLobby("Ada");
    ada.post(3);
    ada.post(9);
    await place.settle();
    expect(ada.post(5)).toMatchObject({ code: "number-used", details: { mark: 9 } });
    expect(ada.post(10)).toBeUndefined();
  });

  test("is refused by the mark also when the entry is no longer kept", async () => {
    const place = new Place();
    place.store.setMark(1, 1, "laptop", 4);
    const ada = await place.inLobby("Ada");
    expect(ada.post(4)).toMatchObject({ code: "number-used", details: { mark: 4 } });
  });

  test("belongs to its member and its device alone", async () => {
    const place = new Place();
    const [ada, budi] = [await place.inLobby("Ada"), await place.inLobby("Budi")];
    ada.post(1, "a");
    ada.post(1, "b", "phone");
    budi.post(1, "c");
    await place.settle();
    expect(ada.texts).toEqual(["a", "b", "c"]);
  });
});

describe("A text", () => {
  test("that is refused takes no number", async () => {
    const place = new Place();
    const ada = await place.inLobby("Ada");
    expect(ada.post(1, " \n")).toMatchObject({ code: "text-empty" });
    expect(ada.post(1, "x".repeat(9000))).toMatchObject({ code: "text-too-long" });
    expect(ada.post(1, "Hello")).toBeUndefined();
    await place.settle();
    expect(ada.texts).toEqual(["Hello"]);
  });
});

describe("Whoever posts faster than the rate", () => {
  async function fast() {
    const place = new Place(new MemoryStore(), 5);
    const [ada, budi] = [await place.inLobby("Ada"), await place.inLobby("Budi")];
    for (let n = 1; n <= 20; n++) expect(ada.post(n)).toBeUndefined();
    return { place, ada, budi };
  }

  test("is told how long to wait, and others are not", async () => {
    const { place, ada, budi } = await fast();
    expect(ada.post(21)).toMatchObject({ code: "rate", details: { retryMs: 200 } });
    expect(budi.post(1)).toBeUndefined();
    place.clock.time += 200;
    expect(ada.post(21)).toBeUndefined();
    await place.settle();
    expect(ada.seqs).toHaveLength(23);
  });

  test("has its later numbers held until the refused one comes again, so that order is kept", async () => {
    const { place, ada } = await fast();
    expect(ada.post(21)).toMatchObject({ code: "rate" });
    expect(ada.post(22)).toMatchObject({ code: "held" });
    place.clock.time += 1000;
    expect(ada.post(22)).toMatchObject({ code: "held" });
    expect(ada.post(1, "Another device", "phone")).toBeUndefined();
    expect(ada.post(21)).toBeUndefined();
    expect(ada.post(22)).toBeUndefined();
    await place.settle();
    const laptop = ada.connection.of("entry").filter(({ device }) => device === "laptop");
    expect(laptop.map(({ n }) => n)).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
  });

  test("is held no longer than ten seconds more when the refused number never comes", async () => {
    const { place, ada } = await fast();
    const refused = ada.post(21);
    expect(refused).toMatchObject({ code: "rate" });
    place.clock.time += 9_999 + (refused?.details.retryMs ?? 0);
    expect(ada.post(22)).toMatchObject({ code: "held" });
    place.clock.time += 1;
    expect(ada.post(22)).toBeUndefined();
    expect(ada.post(21)).toMatchObject({ code: "number-used" });
  });

  test("does not begin anew with a new connection", async () => {
    const { place, ada } = await fast();
    ada.leave();
    place.members.exit("key of Ada", ada.member);
    const again = await place.inLobby("Ada");
    expect(again.post(21)).toMatchObject({ code: "rate" });
    place.clock.time += 1_000;
    expect(again.post(21)).toBeUndefined();
  });

  test("on several connections of one key shares one rate", async () => {
    const { place } = await fast();
    const again = await place.inLobby("Ada");
    expect(again.post(1, "Hello", "phone")).toMatchObject({ code: "rate" });
  });
});

test("A store that fails otherwise than for space is a broken one, and nothing is shown", async () => {
  const place = new Place();
  const ada = await place.inLobby("Ada");
  const letGo = place.holdUp();
  ada.post(1);
  await place.settle();
  await expect(letGo(new Error("fsync failed"))).rejects.toThrow("fsync failed");
  expect(ada.texts).toEqual([]);
});
