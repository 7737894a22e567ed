import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { OldClient } from "../dialect-2021/old-client.ts";
import { sleep } from "../dialect-2021/patient-time.ts";
import { recordings, said } from "../recordings/recordings.ts";
import { Client } from "./client.ts";
import { cleanUp, serve } from "./server.ts";

cleanUp(afterAll);

describe.concurrent("A 2021 client that logs in", () => {
  test("R-2021-8: is told whether the room is new: whether there is a log, not whether somebody is there", async () => {
    const server = serve();
    const alice = await OldClient.inRoom(server.port, "alice");
    const bob = await OldClient.inRoom(server.port, "bob");
    expect(alice.window).toEqual(["New Group created"]);
    expect(bob.window).toEqual(["Welcome to chat room"]);
    await server.stop();
    const again = serve({ path: server.path });
    const carol = await OldClient.inRoom(again.port, "carol");
    expect(carol.window).toEqual(["Welcome to chat room"]);
  });

  for (const pieces of [1, 2, 3]) {
    test(`R-2021-5: is let in when each message comes in ${pieces} pieces`, async () => {
      const { port } = serve();
      const ada = await Client.inRoom(port, "Ada", undefined, "räum 漢");
      const [user, room] = said(recordings.find(({ case: name }) => name === "text_utf8")!, "client");
      const client = await OldClient.connect(port);
      for (const { bytes } of [user!, room!]) {
        const size = Math.ceil(bytes.length / pieces);
        for (let from = 0; from < bytes.length; from += size) {
          client.send(bytes.subarray(from, from + size));
          await sleep(5);
        }
        await sleep(95);
      }
      await client.shows("Welcome to chat room");
      await ada.next({ type: "here", name: "älice" });
    });
  }

  test("R-2021-10: gets a number behind a name that is taken, and is told", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const other = await OldClient.inRoom(port, "ada");
    await other.shows('* You are "ada 2" here: "ada" belongs to somebody else');
    other.text("hello");
    expect(await ada.next({ text: "hello" })).toMatchObject({ name: "ada 2" });
  });

  test("R-2021-10: gets a shorter name for one that is too long, and is told", async () => {
    const { port } = serve();
    const client = await OldClient.inRoom(port, "x".repeat(40));
    await client.shows(`* You are "${"x".repeat(32)}" here: a name has at most 32 characters`);
  });

  test("R-2021-11: has its name to itself while it is there, and the same one when it comes again", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const alice = await OldClient.inRoom(port, "alice");
    const { member } = await ada.next({ type: "here", name: "alice" });
    ada.send({ type: "rename", name: "Alice" });
    await ada.next({ code: "name-taken" });
    alice.kill();
    await ada.next({ type: "away" });
    await OldClient.inRoom(port, "alice");
    expect(await ada.next({ type: "here", name: "alice" })).toMatchObject({ member });
  });

  test("R-2021-11: leaves its name to whoever has a key", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const alice = await OldClient.inRoom(port, "alice");
    alice.kill();
    await ada.next({ type: "away" });
    ada.send({ type: "rename", name: "Alice" });
    await ada.next({ type: "ok", name: "Alice" });
    const other = await OldClient.inRoom(port, "alice");
    await other.shows(/^\* You are "alice 2" here/);
  });

  test("R-2021-9: makes rooms that are in no list, and joins those of others", async () => {
    const { port, path } = serve();
    await Client.inRoom(port, "Ada", undefined, "Lobby");
    const alice = await OldClient.inRoom(port, "alice", "Join lobby");
    expect(alice.window).toEqual(["Welcome to chat room"]);
    await OldClient.inRoom(port, "bob", "secret");
    using db = new Database(join(path, "pendopo.db"), { readonly: true });
    expect(db.query("SELECT name, is_listed FROM rooms").values()).toEqual([
      ["Lobby", 1],
      ["secret", 0],
    ]);
  });

  for (const [what, room, line] of [
    ["is too long", "x".repeat(65), /^\* Choose a room of at most 64 characters/],
    ["begins like one of two", "@home", /^\* Choose a room that does not begin with "@"/],
    ["is one of two others", "@m1+m2", /^\* Check the spelling of "@m1\+m2"/],
  ] as const) {
    test(`R-2021-12 R-2021-3: is told why not, and its connection is reset, when its room ${what}`, async () => {
      const { port, relay } = serve();
      const client = await OldClient.connect(port);
      await client.login("alice", room);
      await client.shows(line);
      await client.until(() => client.state === "error");
      expect(client.window).toHaveLength(1);
      expect(relay.connections).toBe(0);
    });
  }
});

describe.concurrent("By hand", () => {
  test("R-2021-31: nc logs in and talks line by line", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const nc = await OldClient.connect(port);
    nc.send("alice\n");
    await sleep(20);
    nc.send("room1\n");
    await nc.shows("Welcome to chat room");
    nc.send("one\ntwo\r\nFILE\n");
    await ada.next({ text: "FILE" });
    expect(ada.texts).toEqual(["one", "two", "FILE"]);
    ada.send({ type: "post", room: "room1", device: "d", n: 1, text: "hello" });
    await nc.shows("[Ada] hello");
  });

  test("R-2021-31: all that was piped into nc arrives, though nc ends at once", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const nc = await OldClient.connect(port);
    nc.send("alice\nroom1\none\ntwo");
    nc.kill();
    await ada.next({ text: "two" });
    expect(ada.texts).toEqual(["one", "two"]);
  });
});

describe.concurrent("Nobody sees, and the relay resets at once,", () => {
  for (const [what, bytes] of [
    ["a request of HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["a hello of TLS", Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01)],
    ["noise", Uint8Array.of(0x80, 0x81, 0x00, 0xff)],
  ] as const) {
    test(`R-2021-1: ${what}`, async () => {
      const { port, relay, errors } = serve();
      const ada = await Client.inRoom(port, "Ada");
      const client = await OldClient.connect(port);
      client.send(bytes);
      await client.until(() => client.state === "error");
      await ada.fence();
      expect(client.heard).toEqual([]);
      expect(ada.of("here")).toHaveLength(1);
      expect(relay.connections).toBe(1);
      expect(errors).toEqual([]);
    });
  }

  test("R-2021-2: a 2021 client, where the host switched the dialect off", async () => {
    const { port } = serve({ takesLegacy: false });
    const client = await OldClient.connect(port);
    await client.login("alice", "room1");
    await client.until(() => client.state === "error");
    expect(client.heard).toEqual([]);
    const ada = await Client.inRoom(port, "Ada");
    await ada.fence();
  });
});

describe.concurrent("A 2021 connection ends with a reset, after which the client stops instead of spinning,", () => {
  test("R-2021-3: when the server stops, which it is told", async () => {
    const server = serve();
    const alice = await OldClient.inRoom(server.port, "alice");
    await server.stop();
    await alice.until(() => alice.state !== "well");
    expect(alice.state).toBe("error");
    expect(alice.window.at(-1)).toStartWith("* ");
  });

  test("R-2021-3: when it never sends its room", async () => {
    const { port } = serve({
      timing: { helloMsMax: 100, pingAfterMs: 100, silenceMsMax: 300, firstByteMsMax: 400 },
    });
    const alice = await OldClient.connect(port);
    alice.send("alice");
    await alice.until(() => alice.state !== "well");
    expect(alice.state).toBe("error");
  });

  test("R-2021-4: and not for its silence: it cannot answer a ping", async () => {
    const { port } = serve({
      timing: { helloMsMax: 100, pingAfterMs: 100, silenceMsMax: 300, firstByteMsMax: 60_000 },
    });
    const alice = await OldClient.inRoom(port, "alice");
    await sleep(2_500);
    const bob = await OldClient.inRoom(port, "bob");
    bob.text("still there?");
    await alice.shows("[bob] still there?");
  });
});
