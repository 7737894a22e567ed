import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { limits } from "../../src/wire/limits.ts";
import { newCertificate } from "./certificates.ts";
import { Client, Key } from "./client.ts";
import { beginGet, beginPut, get, put } from "./file-client.ts";
import { cleanUp, serve } from "./server.ts";

cleanUp();

const key = "three green cats";

/** A closed room "attic" of Ada's, and Budi, who has entered it with the key. */
async function attic(port: number) {
  const [adaKey, budiKey] = [new Key(), new Key()];
  const ada = await Client.member(port, "Ada", adaKey);
  ada.send({ type: "join", id: 2, room: "attic", key, create: true });
  await ada.next({ type: "joined", isClosed: true, isNew: true });
  await ada.next({ type: "entry", action: "created" });
  const budi = await Client.member(port, "Budi", budiKey);
  budi.send({ type: "join", id: 2, room: "attic", key });
  const { epoch } = await budi.next("joined");
  return { ada, adaKey, budi, budiKey, budiId: budi.of("welcome")[0]?.member as string, epoch };
}

async function codeOf(client: Client, frame: object): Promise<string> {
  client.send({ ...frame, id: 77 });
  return (await client.next({ type: "error", id: 77 })).code;
}

describe("A closed room", () => {
  test("R-CLOSED-7: is entered without the key after a restart by who has shown it, and by its maker", async () => {
    const server = serve();
    const { ada, adaKey, budi, budiKey } = await attic(server.port);
    ada.end();
    budi.end();
    await server.stop();
    const { port } = serve({ path: server.path });
    for (const [name, whose] of [["Ada", adaKey] as const, ["Budi", budiKey] as const]) {
      const client = await Client.member(port, name, whose);
      client.send({ type: "join", room: "attic", create: false });
      expect(await client.next("joined")).toMatchObject({ isClosed: true, isNew: false });
    }
    const citra = await Client.member(port, "Citra");
    expect(await codeOf(citra, { type: "join", room: "attic" })).toBe("room-closed");
  });

  test("R-CLOSED-7: is entered with the new key alone once it was changed; who is inside stays", async () => {
    const { port } = serve();
    const { ada, budi, budiKey } = await attic(port);
    ada.send({ type: "rekey", id: 3, room: "attic", key: "three blue cats" });
    await ada.next({ type: "ok", id: 3 });
    budi.send({ type: "post", room: "attic", device: "d", n: 1, text: "Still here" });
    await ada.next({ type: "entry", text: "Still here" });
    budi.end();
    await ada.next("away");
    const again = await Client.member(port, "Budi", budiKey);
    expect(await codeOf(again, { type: "join", room: "attic" })).toBe("room-closed");
    expect(await codeOf(again, { type: "join", room: "attic", key })).toBe("room-key-wrong");
    again.send({ type: "join", room: "attic", key: "  three blue cats " });
    await again.next("joined");
  });

  test("R-CLOSED-3: gives the same answer for a wrong key, an open room and none, after the same work", async () => {
    const locks: (string | undefined)[] = [];
    const { port } = serve({
      spoil: ({ rooms }) => {
        const isOpenedBy = rooms.isOpenedBy.bind(rooms);
        rooms.isOpenedBy = (tried, lock) => {
          locks.push(lock);
          return isOpenedBy(tried, lock);
        };
      },
    });
    await attic(port);
    const citra = await Client.inRoom(port, "Citra", undefined, "lobby");
    citra.send({ type: "leave", room: "lobby" });
    locks.length = 0;
    const said: unknown[] = [];
    for (const room of ["attic", "lobby", "hidden"]) {
      citra.send({ type: "join", id: 9, room, key: "not the key" });
      const { message, ...answer } = await citra.next({ type: "error", id: 9 });
      said.push({ ...answer, message: message.replaceAll(room, "ROOM") });
    }
    expect(new Set(said.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(locks.map((lock) => typeof lock)).toEqual(["string", "undefined", "undefined"]);
  });

  test("R-CLOSED-10: is, for who could not make it, like one that is not there, in whatever spelling", async () => {
    const { port } = serve();
    const { ada, budi, budiKey, epoch } = await attic(port);
    const citra = await Client.member(port, "Citra");
    const answerTo = async (frame: { room: string }) => {
      citra.send({ type: "join", id: 9, ...frame });
      const { message, ...answer } = await citra.next({ type: "error", id: 9 });
      return JSON.stringify({ ...answer, message: message.replaceAll(frame.room, "ROOM") });
    };
    const position = { after: 1, epoch: "AAAAAAAAAAA" };
    for (const blind of [position, { after: 1 }, { ...position, key, create: true }, { create: false }]) {
      const none = await answerTo({ room: "nowhere", ...blind });
      for (const room of ["attic", "ATTIC"]) expect(await answerTo({ room, ...blind })).toBe(none);
    }
    // Whoever knows the log knows of the room, and is told what it takes to come back.
    expect(await codeOf(citra, { type: "join", room: "attic", after: 1, epoch })).toBe("room-closed");
    expect(await codeOf(ada, { type: "join", room: "ATTIC", ...position })).toBe("afresh");
    budi.end();
    const again = await Client.member(port, "Budi", budiKey);
    again.send({ type: "join", id: 9, room: "attic", ...position });
    expect(await again.next({ type: "error", id: 9 })).toMatchObject({ code: "afresh", epoch });
    again.send({ type: "join", room: "attic", after: 1, epoch });
    await again.next("joined");
  });

  test("R-CLOSED-5: makes who tries too many keys wait, also for one that is not there, and says how long", async () => {
    const { port } = serve();
    await attic(port);
    const citra = await Client.member(port, "Citra");
    for (let i = 0; i < 5; i++) {
      const room = i % 2 === 0 ? "attic" : "nowhere";
      expect(await codeOf(citra, { type: "join", room, key: `wrong key ${i}` })).toBe("room-key-wrong");
    }
    citra.send({ type: "join", id: 9, room: "attic", key });
    expect(await citra.next({ type: "error", id: 9 })).toMatchObject({
      code: "key-tries",
      retryMs: expect.any(Number),
    });
  });
});

test("R-CLOSED-5: A key that the relay is too busy to look at is no wrong one", async () => {
  const { port, store } = serve();
  await attic(port);
  const citra = await Client.member(port, "Citra");
  let isBusy = true;
  // As many as have a place, each of which another one takes at once.
  const others = Array.from({ length: 66 }, async () => {
    while (isBusy) await store.rooms.isOpenedBy("another key", undefined);
  });
  for (let i = 0; i < 2 * limits.keyTriesOfMember; i++) {
    citra.send({ type: "join", id: 9, room: "attic", key });
    const { code, message } = await citra.next({ type: "error", id: 9 });
    expect([code, message]).toEqual(["key-tries", expect.stringContaining("is checking many room keys")]);
  }
  isBusy = false;
  await Promise.all(others);
  citra.send({ type: "join", id: 10, room: "attic", key });
  await citra.next({ type: "joined", id: 10 });
});

for (const transport of ["plain", "TLS"]) {
  test(`R-CLOSED-5: Wrong keys from an address count together, whoever they are of, in ${transport}`, async () => {
    const isPlain = transport === "plain";
    const { port } = serve(isPlain ? {} : { certificate: await newCertificate() });
    const codes: string[] = [];
    for (let i = 0; i <= limits.keyTriesOfAddress; i++) {
      const client = await (isPlain ? Client.member(port, `P${i}`) : Client.secureMember(port, `P${i}`));
      codes.push(await codeOf(client, { type: "join", room: "nowhere", key: "not the key" }));
    }
    expect(codes).toEqual([...Array<string>(limits.keyTriesOfAddress).fill("room-key-wrong"), "key-tries"]);
  });
}

describe("Who is removed", () => {
  test("R-REMOVE-2: loses the transfers that are going on, at once", async () => {
    const { port, errors } = serve();
    const { ada, budi, budiId } = await attic(port);
    const ticketOf = async (client: Client, file: string, action: string) => {
      client.send({ type: "ticket", room: "attic", file, action });
      return (await client.next({ type: "ticket", file })).ticket as string;
    };
    const offer = async (client: Client, size: number) => {
      client.send({ type: "offer", room: "attic", device: "f", n: 1, name: "a.bin", size });
      return (await client.next({ type: "entry", action: "offered", device: "f" })).file as string;
    };
    const mine = await offer(budi, 10);
    const putting = await beginPut(port, await ticketOf(budi, mine, "put"), 0);
    // Arrives but in part: whoever gets it waits for the rest.
    await budi.fence();
    ada.send({ type: "remove", id: 4, room: "attic", member: budiId });
    await ada.next({ type: "ok", id: 4 });
    await budi.next({ type: "out", reason: "removed" });
    await putting.until(() => putting.isClosed);
    expect(putting.frames.at(-1)).toMatchObject({ type: "error", code: "ticket-void" });
    expect(await codeOf(budi, { type: "join", room: "attic", key })).toBe("removed");
    expect(errors).toEqual([]);
  });

  test("R-REMOVE-2: takes no more of a file that arrives", async () => {
    const { port } = serve();
    const { ada, budi, budiId } = await attic(port);
    ada.send({ type: "offer", room: "attic", device: "f", n: 1, name: "a.bin", size: 10 });
    const { file } = await ada.next({ type: "entry", action: "offered" });
    const ticketOf = async (client: Client, action: string) => {
      client.send({ type: "ticket", room: "attic", file, action });
      return (await client.next({ type: "ticket", file, action })).ticket as string;
    };
    const putting = await beginPut(port, await ticketOf(ada, "put"), 0);
    putting.sendBytes(Buffer.from("Hello"));
    await ada.next({ type: "progress", file, bytes: 5 });
    await budi.next({ type: "entry", file });
    const getting = await beginGet(port, await ticketOf(budi, "get"));
    await getting.until(() => getting.rawBytes === 5, "what is there");
    ada.send({ type: "remove", id: 4, room: "attic", member: budiId });
    await ada.next({ type: "ok", id: 4 });
    putting.sendBytes(Buffer.from("World"));
    await ada.next({ type: "entry", action: "complete" });
    await getting.ended();
    expect(Buffer.concat(getting.raw).toString()).toBe("Hello");
  });

  test("R-REMOVE-1 R-DELETE-3: reads nothing that was said after it, also when it read too slowly before", async () => {
    const { port, errors } = serve();
    const { ada, budi, budiId } = await attic(port);
    await budi.fence();
    budi.stopReading();
    // More than the system keeps for a connection.
    const post = (n: number) =>
      ada.send({ type: "post", room: "attic", device: "d", n, text: `${n} `.padEnd(8_000, "x") });
    for (let n = 1; n <= 1_500; n++) post(n);
    await ada.next({ type: "entry", n: 1_500 });
    ada.send({ type: "remove", id: 4, room: "attic", member: budiId });
    await ada.next({ type: "ok", id: 4 });
    post(1_501);
    await ada.next({ type: "entry", n: 1_501 });
    budi.readAgain();
    await budi.next({ type: "out", reason: "removed" });
    await budi.fence();
    const at = budi.frames.findIndex(({ type }) => type === "out");
    expect(budi.frames.slice(at + 1).filter((frame) => frame.room === "attic")).toEqual([]);
    expect(budi.of("entry").length).toBeLessThan(1_500);
    expect(errors).toEqual([]);
  });

  test("R-MANAGE-2: stays out over a restart, until let in again", async () => {
    const server = serve();
    const { ada, adaKey, budiKey, budiId } = await attic(server.port);
    ada.send({ type: "remove", id: 4, room: "attic", member: budiId });
    await ada.next({ type: "ok", id: 4 });
    await server.stop();
    const { port } = serve({ path: server.path });
    const budi = await Client.member(port, "Budi", budiKey);
    expect(await codeOf(budi, { type: "join", room: "attic" })).toBe("removed");
    const again = await Client.member(port, "Ada", adaKey);
    again.send({ type: "about", id: 5, room: "attic" });
    expect(await again.next({ type: "about", id: 5 })).toMatchObject({
      maker: { name: "Ada" },
      mayManage: true,
      removed: [{ member: budiId, name: "Budi" }],
    });
    again.send({ type: "admit", id: 6, room: "attic", member: budiId });
    await again.next({ type: "ok", id: 6 });
    budi.send({ type: "join", room: "attic" });
    await budi.next("joined");
  });
});

test("R-CLOSED-9: When a room is closed, or its key changed, who left it before keeps nothing of its files", async () => {
  const { port, errors } = serve();
  const ada = await Client.inRoom(port, "Ada", undefined, "hall");
  const [budi, citra] = [
    await Client.inRoom(port, "Budi", undefined, "hall"),
    await Client.inRoom(port, "Citra", undefined, "hall"),
  ];
  ada.send({ type: "offer", room: "hall", device: "f", n: 1, name: "a.txt", size: 5 });
  const { file } = await ada.next({ type: "entry", action: "offered" });
  const ticketOf = async (client: Client, action: string) => {
    client.send({ type: "ticket", room: "hall", file, action });
    return (await client.next({ type: "ticket", file, action })).ticket as string;
  };
  const answerTo = async (ticket: string) => {
    const { ready, bytes } = await get(port, ticket);
    return ready.type === "ready" ? bytes.toString() : ready.code;
  };
  const rekey = async (id: number, to: string) => {
    ada.send({ type: "rekey", id, room: "hall", key: to });
    await ada.next({ type: "ok", id });
  };
  await put(port, await ticketOf(ada, "put"), Buffer.from("Hello"));
  const [mine, budis, citras] = await Promise.all([ada, budi, citra].map((who) => ticketOf(who, "get")));
  const left = async (who: Client) => {
    who.send({ type: "leave", id: 5, room: "hall" });
    await who.next({ type: "ok", id: 5 });
  };
  await left(budi);
  // It outlives the leaving, as long as one may come back.
  expect(await answerTo(budis!)).toBe("Hello");
  await rekey(6, key);
  expect(await answerTo(budis!)).toBe("ticket-invalid");
  expect(await answerTo(citras!)).toBe("Hello");
  await left(citra);
  await rekey(7, "three blue cats");
  expect(await answerTo(citras!)).toBe("ticket-invalid");
  expect(await answerTo(mine!)).toBe("Hello");
  expect(errors).toEqual([]);
});

test("R-DELETE-1 R-DELETE-2: A deleted room leaves nothing, and its id is free for another log", async () => {
  const { port, store, path, errors } = serve();
  const { ada, budi, epoch } = await attic(port);
  for (const [n, size] of [[1, 5] as const, [2, 9] as const]) {
    budi.send({ type: "offer", room: "attic", device: "f", n, name: "a.txt", size });
    const { file } = await budi.next({ type: "entry", action: "offered", n });
    budi.send({ type: "ticket", room: "attic", file, action: "put" });
    const { ticket } = await budi.next({ type: "ticket", file });
    if (size === 5) await put(port, ticket, Buffer.from("Hello"));
    else (await beginPut(port, ticket, 0)).sendBytes(Buffer.from("Half"));
    await budi.next({ type: "progress", file });
  }
  budi.send({ type: "post", room: "attic", device: "d", n: 1, text: "Last words" });
  const { id } = store.rooms.findRoom("attic")!;
  ada.send({ type: "delete", id: 5, room: "attic" });
  await ada.next({ type: "ok", id: 5 });
  expect(await budi.next({ type: "out", reason: "deleted" })).toMatchObject({ name: "Ada" });
  expect(store.rooms.roomById(id)).toBeUndefined();
  expect(store.files.arriving()).toEqual([]);
  const bytes = () =>
    readdirSync(path, { recursive: true }).filter((name) => /[0-9a-f]{64}$|\.part$/.test(String(name)));
  while (bytes().length > 0) await Bun.sleep(5);
  expect(existsSync(join(path, "files"))).toBe(true);
  budi.send({ type: "join", id: 6, room: "attic" });
  const anew = await budi.next({ type: "joined", id: 6 });
  expect(anew).toMatchObject({ isNew: true, head: 0 });
  expect(anew.isClosed).toBeUndefined();
  expect(anew.epoch).not.toBe(epoch);
  expect(errors).toEqual([]);
});

test("R-MANAGE-3: Managing counts as messages do", async () => {
  const { port } = serve({ ratePerSecond: 1 });
  const { ada } = await attic(port);
  for (let i = 0; i < 25; i++) ada.send({ type: "rekey", id: 100 + i, room: "attic", key: null });
  expect(await ada.next({ type: "error", code: "rate" })).toMatchObject({ retryMs: expect.any(Number) });
});

test("Whose room is read to its end while it is deleted is told, and the relay lives", async () => {
  const { port, errors, broken } = serve();
  const { ada, budi } = await attic(port);
  for (let n = 1; n <= 200; n++)
    ada.send({ type: "post", room: "attic", device: "d", n, text: "x".repeat(200) });
  budi.send({ type: "history", id: 8, room: "attic", before: 2 }, { type: "join", room: "attic", last: 200 });
  ada.send({ type: "delete", id: 9, room: "attic" });
  await ada.next({ type: "ok", id: 9 });
  await budi.next({ type: "out", reason: "deleted" });
  await budi.fence();
  expect({ errors, broken }).toEqual({ errors: [], broken: [] });
  expect(await get(port, "A".repeat(43))).toMatchObject({ ready: { code: "ticket-invalid" } });
});
