import { describe, expect, test } from "bun:test";
import { Client, Key } from "./client.ts";
import { cleanUp, serve } from "./server.ts";

cleanUp();

describe("Somebody who asks for more than can be done at once", () => {
  const count = 200;
  const busyFor = (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until; );
  };
  for (const [what, frame] of [
    ["what is done at once", { type: "typing", room: "lobby" }],
    ["what takes its time", { type: "lobby" }],
  ] as const) {
    test(`keeps nobody waiting, with ${what}`, async () => {
      let handled = 0;
      const { port } = serve({
        weaken: (rooms) => {
          const typing = rooms.typing.bind(rooms);
          const listFor = rooms.lobby.listFor.bind(rooms.lobby);
          const work = () => {
            handled += 1;
            busyFor(1);
          };
          rooms.typing = (seat) => {
            work();
            typing(seat);
          };
          rooms.lobby.listFor = (...asked) => {
            work();
            return listFor(...asked);
          };
        },
      });
      const ada = await Client.inRoom(port, "Ada");
      const eve = await Client.inRoom(port, "Eve");
      eve.send(...Array.from({ length: count }, () => frame));
      ada.post(1);
      await ada.next({ n: 1 });
      expect(handled).toBeLessThan(count);
      await eve.fence();
      expect(handled).toBe(count);
    });
  }

  test("R-CLOSE-2: and goes at once, has said all of it", async () => {
    const { port } = serve({
      weaken: (rooms) => {
        const post = rooms.post.bind(rooms);
        rooms.post = (seat, frame) => {
          busyFor(1);
          post(seat, frame);
        };
      },
    });
    const ada = await Client.inRoom(port, "Ada");
    const eve = await Client.inRoom(port, "Eve");
    for (let n = 1; n <= count; n++) eve.post(n);
    eve.end();
    await ada.next({ n: count });
    await ada.until(() => ada.of("away").length === 1);
  });
});

describe("Two members", () => {
  test("talk both ways, and see the same entries in the same order", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada");
    const budi = await Client.inRoom(port, "Budi");
    for (let n = 1; n <= 50; n++) {
      ada.post(n, `from Ada ${n}`);
      budi.post(n, `from Budi ${n}`);
    }
    for (const client of [ada, budi]) await client.until(() => client.of("entry").length === 101);
    expect(ada.of("entry")).toEqual(budi.of("entry"));
    expect(ada.seqs).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
    expect(ada.texts.filter((text) => text.startsWith("from Budi"))).toEqual(
      Array.from({ length: 50 }, (_, i) => `from Budi ${i + 1}`),
    );
  });

  test("who each make the first step see who made the room", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada");
    const budi = await Client.inRoom(port, "Budi");
    expect(ada.of("joined")).toMatchObject([{ room: "lobby", isNew: true, head: 0 }]);
    expect(budi.of("joined")).toMatchObject([{ room: "lobby", isNew: false, head: 1 }]);
    expect(budi.of("entry")).toMatchObject([{ seq: 1, kind: "room", action: "created", name: "Ada" }]);
  });

  test("in different rooms of one connection hear each room under its name", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada");
    ada.send({ type: "join", id: 5, room: "Kitchen" });
    expect(await ada.next({ type: "joined", id: 5 })).toMatchObject({ room: "Kitchen" });
    const budi = await Client.inRoom(port, "Budi", new Key(), "kitchen");
    ada.post(1, "In the lobby");
    await ada.next({ text: "In the lobby", room: "lobby" });
    budi.send({ type: "post", room: "Kitchen", device: "d", n: 1, text: "In the kitchen" });
    await ada.next({ text: "In the kitchen", room: "Kitchen" });
    await budi.next({ text: "In the kitchen" });
    expect(budi.texts).toEqual(["In the kitchen"]);
    budi.send({ type: "post", id: 8, room: "kitchen", device: "d", n: 2, text: "Wrong spelling" });
    expect(await budi.next("error")).toMatchObject({
      code: "not-joined",
      id: 8,
      room: "kitchen",
      device: "d",
      n: 2,
    });
  });
});

describe("One connection", () => {
  test("may send everything in one go, and means it in this order", async () => {
    const { port } = serve();
    const client = await Client.challenged(port);
    const key = new Key();
    const post = (n: number) => ({ type: "post", room: "lobby", device: "d", n, text: `${n}` });
    client.send(key.hello(client.challenge, "Ada"), { type: "join", room: "lobby" }, post(1), post(2), {
      type: "ping",
    });
    await client.next({ text: "2" });
    expect(client.of("error")).toEqual([]);
    expect(client.texts).toEqual(["1", "2"]);
  });

  test("may be cut into single bytes", async () => {
    const { port } = serve();
    const client = await Client.challenged(port);
    const lines = [new Key().hello(client.challenge, "Ada"), { type: "join", room: "lobby" }];
    for (const byte of Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))) {
      client.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    await client.next("here");
    expect(client.of("welcome")).toHaveLength(1);
  });

  test("that ends behind its last line has that line handled", async () => {
    const { port } = serve();
    const budi = await Client.inRoom(port, "Budi");
    const ada = await Client.inRoom(port, "Ada");
    ada.post(1, "Goodbye");
    ada.write('{"type":"post","room":"lobby"');
    ada.end();
    await budi.next({ text: "Goodbye" });
    await budi.next("away");
    expect(budi.texts).toEqual(["Goodbye"]);
  });

  test("leaves a room, hears no more of it, and can come back", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada");
    const budi = await Client.inRoom(port, "Budi");
    budi.send({ type: "leave", id: 4, room: "lobby" });
    await budi.next({ type: "ok", id: 4 });
    const count = budi.frames.length;
    await ada.next("away");
    ada.post(1, "Behind his back");
    await ada.next({ n: 1 });
    await budi.fence();
    expect(budi.frames.slice(count).map(({ type }) => type)).toEqual(["pong"]);
    budi.send({ type: "post", id: 5, room: "lobby", device: "d", n: 1, text: "Still there?" });
    expect(await budi.next("error")).toMatchObject({ code: "not-joined", id: 5 });
    budi.send({ type: "join", id: 6, room: "lobby" });
    await budi.next({ text: "Behind his back" });
  });

  test("gets a page of history as entries and a page frame", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada");
    for (let n = 1; n <= 30; n++) ada.post(n);
    await ada.next({ n: 30 });
    const count = ada.frames.length;
    ada.send({ type: "history", id: 7, room: "lobby", before: 20, limit: 5 });
    expect(await ada.next("page")).toMatchObject({ id: 7, room: "lobby", first: 15, last: 19, oldest: 1 });
    expect(ada.frames.slice(count, -1).map(({ seq }) => seq)).toEqual([15, 16, 17, 18, 19]);
    ada.send({ type: "history", room: "kitchen", before: 2 });
    expect(await ada.next("error")).toMatchObject({ code: "not-joined", room: "kitchen" });
  });

  test("may be in so many rooms and no more", async () => {
    const { port } = serve();
    const ada = await Client.member(port, "Ada");
    for (let i = 1; i <= 65; i++) ada.send({ type: "join", id: i, room: `Room ${i}` });
    expect(await ada.next("error")).toMatchObject({ id: 65, code: "rooms-too-many" });
    ada.send({ type: "leave", id: 70, room: "Room 1" }, { type: "join", id: 71, room: "Room 65" });
    expect(await ada.next({ id: 71 })).toMatchObject({ type: "joined" });
  });
});
