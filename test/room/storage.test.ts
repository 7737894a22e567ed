import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { StorageFull } from "../../src/room/storage-errors.ts";
import { MemoryStore } from "./fakes.ts";
import { type Person, Place } from "./place.ts";

const full = () => new StorageFull("The disk is full");

/** Ada and Budi in the lobby, and a message of Ada's on its way into a store that has no space for it. */
async function losing() {
  const place = new Place();
  const [ada, budi] = [await place.inLobby("Ada"), await place.inLobby("Budi")];
  const letGo = place.holdUp();
  ada.post(1);
  await place.settle();
  ada.news();
  budi.news();
  return { place, ada, budi, lose: () => letGo(full()) };
}

/** Lets the store fail for as long as a test wants. */
function fill(place: Place): void {
  place.store.gate = async () => {
    throw full();
  };
}

describe("A batch for which there is no space", () => {
  test("is shown to nobody, and each of its authors is told to come again", async () => {
    const { ada, budi, lose } = await losing();
    await lose();
    const refusal = {
      code: "storage-full",
      closes: false,
      retryMs: 5000,
      room: "lobby",
      device: "laptop",
      n: 1,
    };
    expect(ada.news()).toMatchObject([refusal]);
    expect(budi.news()).toEqual([]);
  });

  test("takes along what gathered behind it", async () => {
    const { place, ada, budi, lose } = await losing();
    ada.post(2);
    budi.post(1);
    await lose();
    expect(ada.news()).toMatchObject([{ n: 1 }, { n: 2 }]);
    expect(budi.news()).toMatchObject([{ code: "storage-full", n: 1 }]);
    place.clock.time += 5_000;
    for (const n of [1, 2]) expect(ada.post(n)).toBeUndefined();
    expect(budi.post(1)).toBeUndefined();
    await place.settle();
    expect(budi.seqs).toEqual([1, 2, 3, 4]);
  });

  test("leaves rooms that can be read, and that refuse posts at once for five seconds", async () => {
    const { place, ada, lose } = await losing();
    await lose();
    const batches = place.store.batches.length;
    expect(ada.post(1)).toMatchObject({ code: "storage-full" });
    place.clock.time += 4_999;
    expect(ada.post(1)).toMatchObject({ code: "storage-full" });
    await place.settle();
    expect(place.store.batches).toHaveLength(batches);
    const cici = await place.inLobby("Cici");
    expect(cici.seqs).toEqual([1]);
    const made = await place.enter("Dewi");
    expect(await made.join({ room: "kitchen" })).toMatchObject({ code: "storage-full" });
    place.clock.time += 1;
    expect(ada.post(1)).toBeUndefined();
    await place.settle();
    expect(cici.seqs).toEqual([1, 2]);
  });

  test("holds later numbers of its devices back until the lost one comes again", async () => {
    const { place, ada, budi, lose } = await losing();
    await lose();
    place.clock.time += 5_000;
    expect(ada.post(2)).toMatchObject({ code: "held" });
    expect(budi.post(1)).toBeUndefined();
    expect(ada.post(1)).toBeUndefined();
    expect(ada.post(2)).toBeUndefined();
    await place.settle();
    expect(ada.texts).toEqual(["Message 1", "Message 1", "Message 2"]);
  });

  test("holds later numbers back also for a number that was refused before it was tried", async () => {
    const { place, budi, lose } = await losing();
    await lose();
    expect(budi.post(1)).toMatchObject({ code: "storage-full" });
    expect(budi.post(2)).toMatchObject({ code: "held" });
    place.clock.time += 5_000;
    expect(budi.post(2)).toMatchObject({ code: "held" });
    expect(budi.post(1)).toBeUndefined();
    expect(budi.post(2)).toBeUndefined();
    await place.settle();
    expect(budi.texts).toEqual(["Message 1", "Message 2"]);
  });

  test("is told of to the connection that asked for a number last", async () => {
    const { place, ada, lose } = await losing();
    ada.leave();
    const again = await place.inLobby("Ada");
    again.post(1);
    await lose();
    expect(again.connection.of("error")).toMatchObject([{ code: "storage-full", n: 1 }]);
  });

  test("does not keep a room open that everybody has left", async () => {
    const { place, ada, budi, lose } = await losing();
    ada.leave();
    budi.leave();
    await lose();
    const reads = place.store.readCount;
    const cici = await place.inLobby("Cici");
    expect(cici.seqs).toEqual([1]);
    expect(place.store.readCount).toBe(reads + 1);
  });
});

test("A lost batch lets nobody overtake what was refused for its rate", async () => {
  const place = new Place(new MemoryStore(), 5);
  const [ada, budi] = [await place.inLobby("Ada"), await place.inLobby("Budi")];
  for (let n = 1; n <= 20; n++) ada.post(n);
  await place.settle();
  expect(ada.post(21)).toMatchObject({ code: "rate" });
  const letGo = place.holdUp();
  budi.post(1);
  await place.settle();
  await letGo(full());
  place.clock.time += 5_000;
  expect(ada.post(22)).toMatchObject({ code: "held" });
});

describe("The disk's state", () => {
  test("is told once when it is full and once when it is not any more", async () => {
    const { place, ada, lose } = await losing();
    expect(place.rooms.isFull).toBe(false);
    await lose();
    expect(place.storage).toEqual([true]);
    fill(place);
    for (let i = 0; i < 3; i++) {
      place.clock.time += 5_000;
      expect(ada.post(1)).toBeUndefined();
      await place.settle();
    }
    expect(place.storage).toEqual([true]);
    expect(place.rooms.isFull).toBe(true);
    place.store.gate = async () => {};
    place.clock.time += 5_000;
    ada.post(1);
    await place.settle();
    expect(place.storage).toEqual([true, false]);
    ada.post(2);
    await place.settle();
    expect(place.storage).toEqual([true, false]);
  });

  test("shows also when a room or a member cannot be made", async () => {
    const place = new Place();
    const ada = await place.inLobby("Ada");
    fill(place);
    expect(await ada.join({ room: "kitchen" })).toMatchObject({ code: "storage-full" });
    expect(place.storage).toEqual([true]);
    await expect(place.enter("Budi")).rejects.toBeInstanceOf(StorageFull);
    expect(await place.enter("Ada")).toMatchObject({ member: { name: "Ada" } });
  });
});

/** What happens in the random story below. */
type Event =
  | { do: "post"; who: number; count: number }
  | { do: "hold" }
  | { do: "let go" }
  | { do: "fill" }
  | { do: "empty" }
  | { do: "wait"; ms: number }
  | { do: "settle" }
  | { do: "rejoin"; who: number };
const who = fc.integer({ min: 0, max: 2 });
const events: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ do: fc.constant("post" as const), who, count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constantFrom("hold", "let go", "fill", "empty", "settle", "settle") }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 12_000 }) }),
  fc.record({ do: fc.constant("rejoin" as const), who }),
);

/** A client as the document wants it: what is not acknowledged is sent again, in order. */
class Client {
  n = 0;
  constructor(public person: Person) {}

  get missing(): number[] {
    const { member, connection } = this.person;
    const entries = connection.of("entry").filter((entry) => entry.member === member.wireId);
    const acknowledged = new Set(entries.map(({ n }) => n));
    return Array.from({ length: this.n }, (_, i) => i + 1).filter((n) => !acknowledged.has(n));
  }

  sendAgain(): void {
    for (const n of this.missing) this.person.post(n);
  }
}

test("Whatever the disk does, everybody sees the same entries, each once, dense and in their authors' order", async () => {
  const story = fc.asyncProperty(fc.array(events, { maxLength: 40 }), async (events) => {
    const place = new Place();
    const clients: Client[] = [];
    for (const name of ["Ada", "Budi", "Cici"]) clients.push(new Client(await place.inLobby(name)));
    let letGo: (() => Promise<void>) | undefined;
    for (const event of events) {
      const client = "who" in event ? clients[event.who]! : clients[0]!;
      if (event.do === "post") for (let i = 0; i < event.count; i++) client.person.post(++client.n);
      if (event.do === "hold") letGo ??= place.holdUp();
      if (event.do === "let go") {
        await letGo?.();
        letGo = undefined;
      }
      if (event.do === "fill") fill(place);
      if (event.do === "empty") place.store.gate = async () => {};
      if (event.do === "wait") place.clock.time += event.ms;
      if (event.do === "settle") await place.settle();
      if (event.do === "rejoin") {
        client.person.leave();
        client.person = await place.enter(client.person.member.name);
        await client.person.join({ room: "lobby", last: 200 });
        client.sendAgain();
      }
    }
    place.store.gate = async () => {};
    await letGo?.();
    for (let i = 0; i < 3; i++) {
      await place.settle();
      place.clock.time += 10_000;
      for (const client of clients) client.sendAgain();
    }
    await place.settle();

    const kept = place.store
      .text(1)
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, i) => i + 1));
    for (const { person, n } of clients) {
      const own = kept.filter((entry) => entry.member === person.member.wireId && entry.kind === "message");
      expect(own.map((entry) => entry.n)).toEqual(Array.from({ length: n }, (_, i) => i + 1));
      // A repeated number is answered with its entry at once: that copy is not the log's.
      expect([...new Set(person.seqs)].sort((a, b) => a - b)).toEqual(kept.map(({ seq }) => seq));
    }
  });
  await fc.assert(story, { numRuns: 200 });
});
