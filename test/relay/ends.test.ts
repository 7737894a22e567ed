import { describe, expect, test } from "bun:test";
import { limits } from "../../src/wire/limits.ts";
import { Client, Key } from "./client.ts";
import { cleanUp, serve } from "./server.ts";

cleanUp();

describe("By the clock", () => {
  test("who does not say hello in time is let go, also when it keeps talking", async () => {
    const { port } = serve({ timing: { ...limits, helloMsMax: 1 } });
    const silent = await Client.connect(port);
    const client = await Client.challenged(port);
    expect(await client.next("error")).toMatchObject({ code: "hello-late", closes: true, retryMs: 0 });
    await client.closed();
    // It has not begun yet.
    expect(silent.isClosed).toBe(false);
    expect(silent.frames).toEqual([]);
  });

  test("who sends no byte at all is let go without a word", async () => {
    const { port } = serve({ timing: { ...limits, firstByteMsMax: 1 } });
    const silent = await Client.connect(port);
    const member = await Client.member(port, "Ada");
    await silent.closed();
    expect(silent.frames).toEqual([]);
    expect(member.isClosed).toBe(false);
  });

  test("who is quiet is asked, and stays as long as it answers", async () => {
    const { port } = serve({ timing: { ...limits, pingAfterMs: 1, silenceMsMax: 1500 } });
    const ada = await Client.inRoom(port, "Ada");
    const mute = await Client.inRoom(port, "Mute");
    for (let i = 0; i < 3; i++) {
      await ada.next("ping");
      ada.send({ type: "pong" });
    }
    // Three times the relay asked the one, and the other is gone by then.
    expect(mute.of("ping")).toHaveLength(1);
    await mute.closed();
    expect(mute.frames.at(-1)).toMatchObject({ type: "error", code: "silence", closes: true, retryMs: 0 });
    await ada.until(() => ada.of("away").length === 1);
    expect(ada.isClosed).toBe(false);
  });
});

test("Whoever sends a byte and does not log in counts as silent: of too many the oldest go", async () => {
  const { port, relay } = serve({ timing: { ...limits, silentAfterMs: 1 } });
  const member = await Client.member(port, "Ada");
  const strangers: Client[] = [];
  for (let i = 0; i < limits.silentConnectionsMax + 2; i++) {
    const stranger = await Client.connect(port);
    stranger.write("a");
    strangers.push(stranger);
  }
  const [first, second, ...others] = strangers;
  await first!.closed();
  await second!.closed();
  await member.fence();
  expect(others.filter(({ isClosed }) => isClosed)).toEqual([]);
  expect(relay.connections).toBe(others.length + 1);
});

describe("When there are as many connections as it can bear", () => {
  test("the relay is busy, until one goes", async () => {
    const { port, relay } = serve({ connectionsMax: 2 });
    const ada = await Client.inRoom(port, "Ada");
    const budi = await Client.inRoom(port, "Budi");
    for (let i = 0; i < 3; i++) {
      const late = await Client.connect(port);
      late.send({ type: "prelude", versions: [1], transport: "plain" });
      expect(await late.next("error")).toMatchObject({ code: "busy", closes: true, retryMs: 5000 });
      await late.closed();
    }
    expect(relay.connections).toBe(2);
    budi.end();
    await ada.next("away");
    await Client.member(port, "Cici");
  });
});

describe("A relay that is stopped", () => {
  test("keeps and shows what it took, tells everybody, and ends", async () => {
    const server = serve();
    const ada = await Client.inRoom(server.port, "Ada");
    const budi = await Client.inRoom(server.port, "Budi");
    const newcomer = await Client.challenged(server.port);
    const silent = await Client.connect(server.port);
    for (let n = 1; n <= 20; n++) ada.post(n);
    await ada.fence();
    await server.stop();
    for (const client of [ada, budi]) {
      await client.closed();
      expect(client.frames.at(-1)).toMatchObject({
        type: "error",
        code: "shutting-down",
        closes: true,
        retryMs: 1000,
      });
      expect(client.seqs).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
    }
    await newcomer.closed();
    expect(newcomer.frames.at(-1)).toMatchObject({ code: "shutting-down" });
    // It has not said which dialect it speaks, so there is no word for it.
    await silent.closed();
    expect(silent.frames).toEqual([]);
    await expect(Client.connect(server.port)).rejects.toThrow();
  });

  test("does not wait for ever for somebody who does not read", async () => {
    const server = serve();
    const ada = await Client.inRoom(server.port, "Ada");
    const slow = await Client.inRoom(server.port, "Slow");
    slow.stopReading();
    for (let n = 1; n <= 1500; n++) ada.post(n, "x".repeat(8000));
    await ada.until(() => ada.of("entry").length === 1501, "all entries");
    await server.stop();
    expect(server.relay.connections).toBeLessThanOrEqual(1);
    slow.readAgain();
    await slow.closed();
  });
});

describe("A bug", () => {
  for (const [what, spoil] of [
    ["that shows at once", "author"],
    ["that shows later", "createRoom"],
  ] as const) {
    test(`${what} ends the connection that met it, with its stack in the log, and no other`, async () => {
      let isSpoiled = false;
      const { port, errors, broken } = serve({
        spoil: ({ rooms }) => {
          const right = rooms[spoil].bind(rooms) as (...args: unknown[]) => never;
          rooms[spoil] = (...args: unknown[]) => {
            if (!isSpoiled) return right(...args);
            throw new Error("A broken store");
          };
        },
      });
      const ada = await Client.inRoom(port, "Ada");
      const budi = await Client.inRoom(port, "Budi");
      ada.post(1);
      await budi.next({ n: 1 });
      isSpoiled = true;
      const eve = await Client.inRoom(port, "Eve");
      eve.send({ type: "post", id: 5, room: "lobby", device: "other", n: 1, text: "Hello" });
      eve.send({ type: "join", id: 5, room: "kitchen" });
      expect(await eve.next("error")).toMatchObject({ id: 5, code: "internal", closes: true, retryMs: 1000 });
      await eve.closed();
      expect(JSON.stringify(eve.frames)).not.toContain("broken");
      expect(errors).toMatchObject([["A bug in a session", { message: "A broken store" }]]);
      ada.post(2, "Still well");
      await budi.next({ text: "Still well" });
      await budi.until(() => budi.of("away").length === 1);
      expect(broken).toEqual([]);
    });
  }

  test("in the log itself is told to the program, which has to stop", async () => {
    const { port, broken, store } = serve();
    const ada = await Client.inRoom(port, "Ada");
    const budi = await Client.inRoom(port, "Budi");
    store.rooms.append = () => Promise.reject(new Error("fsync failed"));
    ada.post(1);
    for (let i = 0; i < 100 && broken.length === 0; i++) await budi.fence();
    expect(broken).toMatchObject([{ message: "fsync failed" }]);
    expect([...ada.texts, ...budi.texts]).toEqual([]);
  });
});

test("A key that says hello on many connections at once is one member on all of them", async () => {
  const { port } = serve();
  const key = new Key();
  const clients = await Promise.all(Array.from({ length: 20 }, () => Client.member(port, "Ada", key)));
  expect(new Set(clients.map((client) => client.of("welcome")[0]?.member))).toEqual(new Set(["m1"]));
});
