import { describe, expect, test } from "bun:test";
import { OldClient } from "../dialect-2021/old-client.ts";
import { Client } from "./client.ts";
import { put } from "./file-client.ts";
import { cleanUp, type Server, serve } from "./server.ts";

cleanUp();

const key = "three green cats";

/** Ada's open room "attic", and a 2021 client "alice" in it. */
async function attic({ port }: Server) {
  const ada = await Client.inRoom(port, "Ada", undefined, "attic");
  const alice = await OldClient.inRoom(port, "alice", "attic");
  const { member } = await ada.next({ type: "here", name: "alice" });
  return { ada, alice, member: member as string };
}

async function granted(client: Client, frame: object): Promise<void> {
  client.send({ ...frame, id: 77 });
  await client.next({ type: "ok", id: 77 });
}

describe("A 2021 member that is removed", () => {
  test("R-2021-39: is told so after what came before it, and nothing after it, then reset", async () => {
    const server = serve();
    const { ada, alice, member } = await attic(server);
    ada.send({ type: "post", room: "attic", device: "d", n: 1, text: "before" });
    await alice.shows("[Ada] before");
    await granted(ada, { type: "remove", room: "attic", member });
    ada.send({ type: "post", room: "attic", device: "d", n: 2, text: "after" });
    await ada.next({ type: "entry", text: "after" });
    await alice.until(() => alice.state !== "well");
    expect(alice.state).toBe("error");
    expect(alice.window.slice(1)).toEqual(["[Ada] before", '* Ada removed you from "attic"']);
    expect(server.errors).toEqual([]);
  });

  test("R-2021-39: is not shown the rest of a long text, nor what else waited", async () => {
    const server = serve();
    const { ada, alice, member } = await attic(server);
    // Eight pieces, and lines behind them: a second of slots.
    ada.send({ type: "post", room: "attic", device: "d", n: 1, text: "x".repeat(8000) });
    ada.send({ type: "post", room: "attic", device: "d", n: 2, text: "behind it" });
    await alice.shows(/^\[Ada\] x/);
    await granted(ada, { type: "remove", room: "attic", member });
    await alice.until(() => alice.state !== "well");
    expect(alice.window.at(-1)).toBe('* Ada removed you from "attic"');
    expect(alice.window.filter((line) => line.startsWith("[Ada] x")).length).toBeLessThan(8);
    expect(alice.window).not.toContain("[Ada] behind it");
  });

  test("R-2021-39: is reset at once while a file comes, which does not go on", async () => {
    const server = serve();
    const { ada, alice, member } = await attic(server);
    const size = 32 * 1024 * 1024;
    ada.send({ type: "offer", room: "attic", device: "f", n: 1, name: "big.bin", size });
    const { file } = await ada.next({ type: "entry", action: "offered" });
    ada.send({ type: "ticket", id: 5, room: "attic", file, action: "put" });
    const { ticket } = await ada.next({ type: "ticket", id: 5 });
    await put(server.port, ticket, Buffer.alloc(size));
    await alice.until(() => alice.heard.some(({ bytes }) => bytes.length > 1000));
    alice.pause();
    await granted(ada, { type: "remove", room: "attic", member });
    alice.resume();
    await alice.until(() => alice.state !== "well");
    expect(alice.heard.reduce((total, { bytes }) => total + bytes.length, 0)).toBeLessThan(size);
    expect(ada.of("entry").some(({ action }) => action === "received")).toBe(false);
    expect(server.errors).toEqual([]);
  });

  test("stays out under its name, and somebody else comes in", async () => {
    const server = serve();
    const { ada, alice, member } = await attic(server);
    await granted(ada, { type: "remove", room: "attic", member });
    await alice.until(() => alice.state !== "well");
    const again = await OldClient.connect(server.port);
    await again.login("alice", "attic");
    await again.shows(/^\* Ask the maker of "attic".*you were removed$/);
    await again.until(() => again.state !== "well");
    await OldClient.inRoom(server.port, "bob", "attic");
    await granted(ada, { type: "admit", room: "attic", member });
    await OldClient.inRoom(server.port, "alice", "attic");
  });
});

test("R-2021-39: A 2021 member whose room is deleted is told, and its upload ends", async () => {
  const server = serve();
  const { ada, alice } = await attic(server);
  for (const header of ["FILE", "client_a.bin", "100000"]) {
    alice.send(header);
    await Bun.sleep(105);
  }
  await ada.next({ type: "entry", action: "offered" });
  alice.send(Buffer.alloc(50_000));
  await ada.next({ type: "progress" });
  await granted(ada, { type: "delete", room: "attic" });
  await alice.shows('* Ada deleted "attic"');
  await alice.until(() => alice.state !== "well");
  expect(server.store.files.arriving()).toEqual([]);
  expect(server.errors).toEqual([]);
  const again = await OldClient.inRoom(server.port, "alice", "attic");
  expect(again.window).toEqual(["New Group created"]);
});

describe("A closed room", () => {
  test("R-2021-38: is not entered by a 2021 login, also not after an admission; who is in it stays", async () => {
    const server = serve();
    const { ada, alice, member } = await attic(server);
    await granted(ada, { type: "rekey", room: "attic", key });
    ada.send({ type: "post", room: "attic", device: "d", n: 1, text: "now we are alone" });
    await alice.shows("[Ada] now we are alone");
    await granted(ada, { type: "remove", room: "attic", member });
    await alice.until(() => alice.state !== "well");
    await granted(ada, { type: "admit", room: "attic", member });
    const again = await OldClient.connect(server.port);
    await again.login("alice", "attic");
    await again.shows('* Join "attic" with its room key: the room is closed');
    await again.until(() => again.state !== "well");
    expect(again.state).toBe("error");
  });

  test("R-2021-38: is not made, nor found, by a login that has its key for a room", async () => {
    const server = serve();
    const ada = await Client.member(server.port, "Ada");
    ada.send({ type: "join", room: "attic", key, create: true });
    await ada.next({ type: "entry", action: "created" });
    const alice = await OldClient.inRoom(server.port, "alice", key);
    expect(alice.window).toEqual(["New Group created"]);
    ada.send({ type: "lobby", id: 5 });
    expect((await ada.next({ type: "lobby", id: 5 })).rooms).toMatchObject([{ room: "attic" }]);
  });
});
