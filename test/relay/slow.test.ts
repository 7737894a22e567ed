import { describe, expect, test } from "bun:test";
import { Client, Key } from "./client.ts";
import { cleanUp, serve } from "./server.ts";

cleanUp();

const text = "x".repeat(8000);
/** More than the system keeps for a connection, so that the relay has to wait for a reader that does not read. */
const count = 1500;

/** A relay that counts how often it reads entries from the store. */
function counting() {
  const reads = { count: 0 };
  const server = serve({
    spoil: ({ rooms }) => {
      const older = rooms.older.bind(rooms);
      rooms.older = (roomId) => {
        const { read } = older(roomId);
        return {
          read: (after, bytesMax) => {
            reads.count += 1;
            return read(after, bytesMax);
          },
        };
      };
    },
  });
  return { ...server, reads };
}

/** Posts them all, and waits until somebody who reads has them. */
async function talk(from: Client, to: Client): Promise<void> {
  for (let n = 1; n <= count; n++) from.post(n, text);
  await to.until(() => to.of("entry").length > count, "all entries");
}

describe("A member that stops reading", () => {
  test("delays nobody, and gets every entry once it reads again, from the store and then live", async () => {
    const { port, reads } = counting();
    const ada = await Client.inRoom(port, "Ada");
    const budi = await Client.inRoom(port, "Budi");
    const slow = await Client.inRoom(port, "Slow");
    await slow.fence();
    slow.stopReading();
    await talk(ada, budi);
    expect(slow.of("entry").length).toBeLessThan(count);
    const before = reads.count;
    slow.readAgain();
    ada.post(count + 1, "Live");
    await slow.next({ text: "Live" });
    expect(reads.count).toBeGreaterThan(before);
    expect(slow.seqs).toEqual(budi.seqs.slice(0, slow.seqs.length));
    expect(slow.seqs).toHaveLength(count + 2);
  });

  test("misses signals, and gets the list of people anew", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada");
    const budi = await Client.inRoom(port, "Budi");
    const slow = await Client.inRoom(port, "Slow");
    await slow.fence();
    slow.stopReading();
    await talk(ada, budi);
    const cici = await Client.inRoom(port, "Cici");
    await budi.next({ type: "here", name: "Cici" });
    const before = slow.of("people").length;
    slow.readAgain();
    await slow.until(() => slow.of("people").length > before, "people");
    const [people] = slow.of("people").slice(before);
    expect(people?.people.map(({ name }: { name: string }) => name)).toEqual(["Ada", "Budi", "Slow", "Cici"]);
    expect(slow.of("here").filter(({ name }) => name === "Cici")).toEqual([]);
    cici.end();
    await slow.next("away");
  });

  test("and goes disturbs nobody", async () => {
    const { port, errors, broken } = serve();
    const ada = await Client.inRoom(port, "Ada");
    const budi = await Client.inRoom(port, "Budi");
    const slow = await Client.inRoom(port, "Slow");
    slow.stopReading();
    await talk(ada, budi);
    slow.vanish();
    await ada.next("away");
    ada.post(count + 1, "Still well");
    await budi.next({ text: "Still well" });
    expect([...errors, ...broken]).toEqual([]);
  });

  test("is read no further once its answers pile up, and gets them all when it reads again", async () => {
    const { port, rooms } = serve();
    const ada = await Client.inRoom(port, "Ada");
    ada.post(1, text);
    await ada.next({ n: 1 });
    const slow = await Client.inRoom(port, "Slow");
    const handle = rooms.history.bind(rooms);
    let handled = 0;
    rooms.history = (seat, frame) => {
      handled += 1;
      handle(seat, frame);
    };
    slow.stopReading();
    // 80 MB of answers, more than any system keeps for a connection.
    const asked = 10_000;
    const ids = Array.from({ length: asked }, (_, i) => i + 1);
    slow.send(...ids.map((id) => ({ type: "history", id, room: "lobby", before: 3, limit: 1 })));
    for (let i = 0; i < 300; i++) await ada.fence();
    expect(handled).toBeGreaterThan(0);
    expect(handled).toBeLessThan(asked);
    slow.readAgain();
    await slow.next({ type: "page", id: asked });
    expect(slow.of("page").map(({ id }) => id)).toEqual(ids);
    expect(handled).toBe(asked);
  });
});

test("A member that comes late to a long log catches up while others talk", async () => {
  const { port, reads } = counting();
  const key = new Key();
  const ada = await Client.inRoom(port, "Ada");
  const budi = await Client.inRoom(port, "Budi", key);
  const { epoch } = budi.of("joined")[0]!;
  await talk(ada, budi);
  budi.vanish();
  await ada.next("away");
  const late = await Client.member(port, "Budi", key);
  late.send({ type: "join", room: "lobby", after: 0, epoch });
  for (let n = 1; n <= 100; n++) ada.post(count + n);
  await late.next({ n: count + 100 });
  expect(late.seqs).toEqual(Array.from({ length: count + 101 }, (_, i) => i + 1));
  expect(reads.count).toBeGreaterThan(10);
});
