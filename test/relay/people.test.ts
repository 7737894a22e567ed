import { describe, expect, test } from "bun:test";
import { HostSecrets } from "../../src/relay/host-secrets.ts";
import { limits } from "../../src/wire/limits.ts";
import { Client, Key } from "./client.ts";
import { cleanUp, serve } from "./server.ts";

cleanUp();

describe("Presence", () => {
  test("tells who is here, once for a key with two connections, and who is away when the last is gone", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada");
    const key = new Key();
    const phone = await Client.inRoom(port, "Budi", key);
    await ada.next({ type: "here", name: "Budi" });
    const laptop = await Client.inRoom(port, "Budi", key);
    const [people] = laptop.of("people");
    expect(people?.people).toEqual([
      { member: "m1", name: "Ada" },
      { member: "m2", name: "Budi" },
    ]);
    laptop.vanish();
    phone.post(1, "Still here");
    await ada.next({ n: 1 });
    expect(ada.of("away")).toEqual([]);
    phone.end();
    expect(await ada.next("away")).toEqual({ type: "away", room: "lobby", member: "m2" });
  });

  test("shows a new name to everybody, and keeps the old one on old entries", async () => {
    const { port } = serve();
    const ada = await Client.inRoom(port, "Ada");
    const budi = await Client.inRoom(port, "Budi");
    ada.post(1);
    await budi.next({ n: 1 });
    ada.send({ type: "rename", id: 4, name: " Ada  Lovelace " });
    expect(await ada.next({ id: 4 })).toEqual({ type: "ok", id: 4, name: "Ada Lovelace" });
    const here = { type: "here", room: "lobby", member: "m1", name: "Ada Lovelace" };
    for (const client of [ada, budi]) expect(await client.next({ name: "Ada Lovelace" })).toEqual(here);
    ada.post(2);
    expect(await budi.next({ n: 2 })).toMatchObject({ name: "Ada Lovelace", member: "m1" });
    expect(budi.of("entry").find(({ n }) => n === 1)).toMatchObject({ name: "Ada" });
    budi.send({ type: "rename", id: 5, name: "Ada" });
    expect(await budi.next({ id: 5 })).toMatchObject({ type: "ok", name: "Ada" });
  });

  test("takes a hello with another name for a rename", async () => {
    const { port } = serve();
    const key = new Key();
    const ada = await Client.inRoom(port, "Ada", key);
    await Client.member(port, "Countess", key);
    expect(await ada.next({ type: "here", name: "Countess" })).toMatchObject({ member: "m1" });
  });
});

test("Typing goes to everybody in the room, once in a second", async () => {
  const { port } = serve();
  const ada = await Client.inRoom(port, "Ada");
  const budi = await Client.inRoom(port, "Budi");
  const typing = { type: "typing", room: "lobby" };
  ada.send(typing, typing, typing);
  expect(await budi.next("typing")).toEqual({ ...typing, member: "m1", name: "Ada" });
  ada.post(1);
  await budi.next({ n: 1 });
  expect(budi.of("typing")).toHaveLength(1);
  expect(ada.of("typing")).toHaveLength(1);
  ada.send({ type: "typing", id: 3, room: "kitchen" });
  expect(await ada.next("error")).toMatchObject({ id: 3, code: "not-joined" });
});

describe("A hello", () => {
  test("with a taken name is refused with one that is free, and the next one is taken", async () => {
    const { port } = serve();
    await Client.member(port, "Ada");
    const client = await Client.challenged(port);
    const key = new Key();
    client.send(key.hello(client.challenge, "ADA"));
    const refusal = await client.next("error");
    expect(refusal).toMatchObject({
      id: 1,
      code: "name-taken",
      closes: false,
      retryMs: null,
      suggestion: "ADA 2",
    });
    client.send(key.hello(client.challenge, ""));
    expect(await client.next("error")).toMatchObject({ code: "name-invalid", closes: false });
    client.send(key.hello(client.challenge, refusal.suggestion));
    expect(await client.next("welcome")).toMatchObject({ name: "ADA 2", member: "m2", isHost: false });
  });

  test("signed for another connection, or by another key, ends the connection", async () => {
    const { port } = serve();
    const [one, other] = [await Client.challenged(port), await Client.challenged(port)];
    expect(one.challenge.nonce).not.toBe(other.challenge.nonce);
    one.send(new Key().hello(other.challenge, "Ada"));
    expect(await one.next("error")).toMatchObject({ code: "signature-wrong", closes: true });
    await one.closed();
    other.send({ ...new Key().hello(other.challenge, "Ada"), key: new Key().id });
    expect(await other.next("error")).toMatchObject({ code: "signature-wrong", closes: true });
    await other.closed();
  });

  test("with a key that is no point of the curve ends the connection", async () => {
    const { port } = serve();
    const client = await Client.challenged(port);
    const key = Buffer.alloc(32, 255).toString("base64url");
    client.send({ ...new Key().hello(client.challenge, "Ada"), key });
    expect(await client.next("error")).toMatchObject({ code: "signature-wrong" });
    await client.closed();
  });

  test("comes once", async () => {
    const { port } = serve();
    const client = await Client.member(port, "Ada");
    client.send({ ...new Key().hello(client.challenge, "Budi"), id: 9 });
    expect(await client.next("error")).toMatchObject({ id: 9, code: "unknown-type", closes: false });
    await client.fence();
  });
});

describe("A host", () => {
  test("is who knows the secret, for ever, and frees names whose owner is away", async () => {
    const before = serve();
    const key = new Key();
    const host = await Client.member(before.port, "Host", key);
    const ada = await Client.member(before.port, "Ada");
    const wrong = Buffer.alloc(32).toString("base64url");
    host.send({ type: "host", id: 2, secret: wrong }, { type: "free", id: 3, name: "Ada" });
    expect(await host.next({ id: 2 })).toMatchObject({ code: "secret-wrong" });
    expect(await host.next({ id: 3 })).toMatchObject({ code: "host-only" });
    host.send({ type: "host", id: 4, secret: before.store.hostSecret }, { type: "free", id: 5, name: "Ada" });
    expect(await host.next({ id: 4 })).toMatchObject({ type: "ok" });
    expect(await host.next({ id: 5 })).toMatchObject({ code: "name-in-use" });
    ada.end();
    await ada.closed();
    await before.stop();

    const after = serve({ path: before.path });
    const again = await Client.member(after.port, "Host", key);
    expect(again.of("welcome")[0]).toMatchObject({ isHost: true });
    again.send({ type: "free", id: 6, name: "ada" }, { type: "free", id: 7, name: "ada" });
    expect(await again.next({ id: 6 })).toEqual({ type: "ok", id: 6 });
    expect(await again.next({ id: 7 })).toMatchObject({ code: "name-unknown" });
    const heir = await Client.member(after.port, "Ada");
    expect(heir.of("welcome")[0]).toMatchObject({ name: "Ada", member: "m3" });
  });
});

test("R-MEMBER-4: A secret that is good once makes one member a host, and the newest alone is good", async () => {
  const { port, relay } = serve();
  const [ada, budi] = [await Client.member(port, "Ada"), await Client.member(port, "Budi")];
  const older = relay.makeHostSecretOnce();
  const secret = relay.makeHostSecretOnce();
  const answerTo = async (client: Client, id: number, secret: string) => {
    client.send({ type: "host", id, secret });
    return client.next({ id });
  };
  expect(await answerTo(budi, 2, older)).toMatchObject({ code: "secret-wrong" });
  expect(await answerTo(ada, 2, secret)).toEqual({ type: "ok", id: 2 });
  expect(await answerTo(budi, 3, secret)).toMatchObject({ code: "secret-wrong" });
  budi.send({ type: "free", id: 4, name: "Ada" });
  expect(await budi.next({ id: 4 })).toMatchObject({ code: "host-only" });
});

test("R-MEMBER-4: A secret that is good once is good for an hour", () => {
  let time = 5;
  const secrets = new HostSecrets("h".repeat(43), () => time);
  const late = secrets.makeOnce();
  time += limits.hostSecretOnceMsMax;
  expect(secrets.use(late)).toBe(false);
  const early = secrets.makeOnce();
  time += limits.hostSecretOnceMsMax - 1;
  expect(early).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect([secrets.use(early), secrets.use(early), secrets.use("h".repeat(43))]).toEqual([true, false, true]);
});

test("R-LIMIT-1: Rooms are made at a rate, also by who goes and comes again, and entered at will", async () => {
  const { port } = serve({ ratePerSecond: 5 });
  const key = new Key();
  const first = await Client.member(port, "Ada", key);
  expect(await makeRooms(first, "first")).toBeGreaterThanOrEqual(limits.roomsMadeBurst);
  first.end();
  await first.closed();
  const again = await Client.member(port, "Ada", key);
  expect(await makeRooms(again, "again")).toBeLessThan(limits.roomsMadeBurst / 2);
  again.send({ type: "join", id: 2, room: "first 0" });
  expect(await again.next({ id: 2 })).toMatchObject({ type: "joined", isNew: false });
  const budi = await Client.inRoom(port, "Budi", new Key(), "another");
  expect(budi.of("joined")[0]).toMatchObject({ isNew: true });
});

/** @returns How many rooms somebody could make until one was refused. */
async function makeRooms(client: Client, name: string): Promise<number> {
  for (let made = 0; made < 2 * limits.roomsMadeBurst; made++) {
    const room = `${name} ${made}`;
    client.send({ type: "join", id: made + 100, room });
    await client.until(() => client.frames.some(({ id }) => id === made + 100));
    const answer = client.frames.find(({ id }) => id === made + 100);
    if (answer?.type === "error") {
      expect(answer).toMatchObject({ code: "rate", closes: false, retryMs: expect.any(Number) });
      return made;
    }
    client.send({ type: "leave", room });
  }
  throw new Error("No room was refused");
}

test("R-LIMIT-1: Requests and renames have a rate, which takes nothing from messages", async () => {
  const { port } = serve({ ratePerSecond: 5 });
  const ada = await Client.inRoom(port, "Ada");
  const lobbies = Array.from({ length: 4 * limits.requestBurst }, (_, i) => ({ type: "lobby", id: i + 10 }));
  ada.send(...lobbies);
  expect(await ada.next("error")).toMatchObject({ code: "rate", closes: false, retryMs: expect.any(Number) });
  expect(ada.of("lobby").length).toBeGreaterThanOrEqual(limits.requestBurst - 1);
  ada.post(1);
  await ada.next({ n: 1 });
  for (let i = 0; i < 4 * limits.rateBurst; i++) ada.send({ type: "rename", name: `Ada ${i % 2}` });
  await ada.fence();
  const renamed = ada.of("ok").length;
  expect(renamed).toBeGreaterThanOrEqual(limits.rateBurst / 2);
  expect(renamed).toBeLessThan(4 * limits.rateBurst);
});

test("R-HELLO-3: Whoever is refused many names on one connection is let go", async () => {
  const { port } = serve();
  await Client.member(port, "Ada");
  const eve = await Client.challenged(port);
  const key = new Key();
  for (let i = 0; i <= limits.hellosMax; i++) eve.send(key.hello(eve.challenge, "Ada"));
  await eve.closed();
  const codes = eve.of("error").map(({ code }) => code);
  expect(codes).toEqual([...Array.from({ length: limits.hellosMax }, () => "name-taken"), "hello-tries"]);
});
