import { afterAll, describe, expect, test } from "bun:test";
import { limits } from "../../src/wire/limits.ts";
import { OldClient } from "../dialect-2021/old-client.ts";
import { sleep } from "../dialect-2021/patient-time.ts";
import { type Heard, recordings } from "../recordings/recordings.ts";
import { Client } from "./client.ts";
import { cleanUp, serve } from "./server.ts";

cleanUp(afterAll);

describe.concurrent("Two 2021 clients and two browsers in a room", () => {
  test("R-2021-16: see each other's lines, and nobody's own twice", async () => {
    const { port, errors } = serve();
    const alice = await OldClient.inRoom(port, "alice");
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const bob = await OldClient.inRoom(port, "bob");
    const budi = await Client.inRoom(port, "Budi", undefined, "room1");
    alice.text("hello");
    await bob.shows("[alice] hello");
    ada.send({ type: "post", room: "room1", device: "d", n: 1, text: "hi all" });
    await bob.shows("[Ada] hi all");
    bob.text("  two spaces  ");
    await alice.shows("[bob]   two spaces  ");
    budi.send({ type: "post", room: "room1", device: "d", n: 1, text: "FILE" });
    await Promise.all([alice.shows("[Budi] FILE"), bob.shows("[Budi] FILE")]);
    expect(alice.window).toEqual([
      "New Group created",
      "[You] hello",
      "[Ada] hi all",
      "[bob]   two spaces  ",
      "[Budi] FILE",
    ]);
    expect(bob.window).toEqual([
      "Welcome to chat room",
      "[alice] hello",
      "[Ada] hi all",
      "[You]   two spaces  ",
      "[Budi] FILE",
    ]);
    const all = ["hello", "hi all", "  two spaces  ", "FILE"];
    for (const client of [ada, budi]) {
      await client.until(() => client.texts.length === all.length);
      expect(client.texts).toEqual(all);
    }
    expect(errors).toEqual([]);
  });

  test("are all in the people list, and out of it when they go", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const alice = await OldClient.inRoom(port, "alice");
    const { member } = await ada.next({ type: "here", name: "alice" });
    const budi = await Client.inRoom(port, "Budi", undefined, "room1");
    const people = budi.of("people").at(-1)?.people as { name: string }[] | undefined;
    const names = (people ?? []).map(({ name }) => name);
    expect(names.sort()).toEqual(["Ada", "Budi", "alice"]);
    alice.kill();
    await ada.next({ type: "away", member });
  });
});

describe.concurrent("A 2021 member", () => {
  test("R-2021-16: starts at the head: it is shown nothing that was said before", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const post = (n: number) =>
      ada.send({ type: "post", room: "room1", device: "d", n, text: `Message ${n}` });
    post(1);
    await ada.next({ n: 1 });
    const alice = await OldClient.inRoom(port, "alice");
    post(2);
    await alice.shows("[Ada] Message 2");
    expect(alice.window).toEqual(["Welcome to chat room", "[Ada] Message 2"]);
  });

  test("R-2021-6 R-2021-7: gets each message in a read of its own, 100 ms after the last, and nobody waits for it", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const alice = await OldClient.inRoom(port, "alice");
    const budi = await Client.inRoom(port, "Budi", undefined, "room1");
    for (let n = 1; n <= 10; n++)
      ada.send({ type: "post", room: "room1", device: "d", n, text: `Message ${n}` });
    await budi.next({ n: 10 });
    expect(alice.window.length).toBeLessThan(5);
    await alice.shows("[Ada] Message 10");
    expect(alice.window.slice(1)).toEqual(Array.from({ length: 10 }, (_, i) => `[Ada] Message ${i + 1}`));
    expectPauses(alice);
  });

  test("R-2021-17: gets a long text in pieces, each labelled and whole", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const alice = await OldClient.inRoom(port, "alice");
    const text = "漢字😀ä".repeat(500);
    ada.send(
      { type: "post", room: "room1", device: "d", n: 1, text },
      { type: "post", room: "room1", device: "d", n: 2, text: "end" },
    );
    await alice.shows("[Ada] end");
    const pieces = alice.window.slice(1, -1);
    expect(pieces.map((piece) => piece.slice("[Ada] ".length)).join("")).toBe(text);
    for (const { bytes } of alice.heard) expect(bytes.length).toBeLessThanOrEqual(1024);
    expect(alice.state).toBe("well");
    expectPauses(alice);
  });

  test("R-2021-19: that is left behind jumps ahead, and is told how many messages it did not get", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const alice = await OldClient.inRoom(port, "alice");
    const count = 3 * limits.dialectBehindMax;
    for (let n = 1; n <= count; n++)
      ada.send({ type: "post", room: "room1", device: "d", n, text: `Message ${n}` });
    await alice.shows(`[Ada] Message ${count}`);
    const lines = alice.window.slice(1);
    const told = lines.findIndex((line) => line.startsWith("* "));
    const leftOut = Number(/\d+/.exec(lines[told] ?? "")?.[0]);
    expect(leftOut).toBe(count - (lines.length - 1));
    expect(lines.slice(0, told)).toEqual(Array.from({ length: told }, (_, i) => `[Ada] Message ${i + 1}`));
    expect(lines.slice(told + 1)).toEqual(
      Array.from(
        { length: limits.dialectKeptMax },
        (_, i) => `[Ada] Message ${count - limits.dialectKeptMax + i + 1}`,
      ),
    );
  });

  test("R-2021-13: that writes more than a message may hold is read in several", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const alice = await OldClient.inRoom(port, "alice");
    const text = "ä".repeat(limits.textBytesMax);
    alice.text(text);
    await ada.until(() => ada.texts.join("").length >= text.length);
    expect(ada.texts.join("")).toBe(text);
  });

  test("R-2021-14: is read more slowly when it sends faster than the server takes messages, and loses nothing", async () => {
    const { port } = serve({ ratePerSecond: 20 });
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const alice = await OldClient.inRoom(port, "alice");
    const texts = Array.from({ length: 30 }, (_, i) => `Message ${i}`);
    for (const text of texts) {
      alice.text(text);
      await sleep(5);
    }
    await ada.until(() => ada.texts.join("") === texts.join(""));
    expect(alice.window.filter((line) => !line.startsWith("[You]"))).toEqual(["Welcome to chat room"]);
  });

  test("R-2021-13 R-2021-15: has its control characters taken out, and what is no text at all is not passed on", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada", undefined, "room1");
    const alice = await OldClient.inRoom(port, "alice");
    alice.send("be\u0007ll\u001b[2J\n");
    await ada.next({ text: "bell[2J" });
    alice.send(Uint8Array.of(0x41, 0xff, 0xfe));
    await alice.shows("* Not sent: it is not text");
    alice.text("well");
    await ada.next({ text: "well" });
    expect(ada.texts).toEqual(["bell[2J", "well"]);
  });
});

describe.concurrent("Whoever replays what a 2021 client once sent", () => {
  for (const name of ["text_both_ways", "text_utf8", "disconnect_window_closed"]) {
    test(`R-2021-8: is understood: ${name}`, async () => {
      const { port } = serve();
      const connections = recordings.filter((recording) => recording.case === name);
      const clients = await Promise.all(connections.map(() => OldClient.connect(port)));
      const all = connections.flatMap(({ heard }, i) =>
        heard.filter(({ from }) => from === "client").map((each) => ({ ...each, client: clients[i] })),
      );
      await replay(all);
      for (const [i, { window, heard }] of connections.entries()) {
        const said = heard.filter(({ from }) => from === "server").map(({ bytes }) => bytes.toString());
        const own = window.filter((line) => line.startsWith("[You] ")).length;
        expect(own + said.length).toBeGreaterThan(0);
        const client = clients[i]!;
        await client.until(() => client.window.length >= said.length);
        expect(client.window).toEqual(said);
      }
    });
  }
});

/** Sends what was recorded, with its pauses as far as they matter. */
async function replay(all: (Heard & { client: OldClient | undefined })[]): Promise<void> {
  let before = 0;
  for (const { at, bytes, client } of all.sort((a, b) => a.at - b.at)) {
    await sleep(Math.min(at - before, 130));
    before = at;
    client?.send(bytes);
  }
}

/** Between any two messages there was a pause: 100 ms, less what timers and a busy machine take from it. */
function expectPauses({ heard }: OldClient): void {
  for (let i = 1; i < heard.length; i++) expect(heard[i]!.at - heard[i - 1]!.at).toBeGreaterThan(90);
}
