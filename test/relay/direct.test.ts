import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { OldClient } from "../dialect-2021/old-client.ts";
import { type FileServer, get, newKeys, Person, put, startFileServer } from "./file-client.ts";

let server: FileServer;
beforeAll(async () => {
  server = await startFileServer();
});
afterEach(() => {
  expect(server.troubles.splice(0)).toEqual([]);
});
afterAll(() => server.stop());

let count = 0;
/** Somebody under a name that nobody had before. */
function somebody(): Promise<Person> {
  count += 1;
  return Person.come(server.port, `Somebody ${count}`);
}

async function say(person: Person, room: string, text: string, n: number) {
  person.line.send({ type: "post", room, device: "talk", n, text });
  return person.line.next("entry", (frame) => frame.text === text);
}

test("R-DIRECT-1 R-DIRECT-3 R-DIRECT-5: Two members have a room that begins with their first words, and nobody else is in it", async () => {
  const [ada, budi, citra] = [await somebody(), await somebody(), await somebody()];
  const joined = await ada.request({ type: "direct", member: budi.member });
  const room = `@${ada.member}+${budi.member}`;
  expect(joined).toMatchObject({ type: "joined", room, head: 0, isNew: true });
  expect(await say(ada, room, "just us", 1)).toMatchObject({ room, seq: 1 });
  expect(await budi.line.next("direct")).toMatchObject({
    room,
    member: ada.member,
    name: "Somebody 1",
    head: 1,
  });
  expect(await budi.request({ type: "join", room, last: 10 })).toMatchObject({
    type: "joined",
    head: 1,
    isNew: false,
  });
  expect(await budi.line.next("entry")).toMatchObject({ text: "just us" });
  await say(budi, room, "hello", 1);
  expect(await ada.line.next("entry", ({ text }) => text === "hello")).toMatchObject({ member: budi.member });

  for (const wish of [{ room }, { room, create: false }, { room, after: 0, epoch: `${"x".repeat(10)}A` }])
    expect(await citra.request({ type: "join", ...wish })).toMatchObject({
      code: "room-unknown",
      closes: false,
    });
  expect(await citra.request({ type: "history", room, before: 10 })).toMatchObject({ code: "not-joined" });
  expect(await citra.request({ type: "direct", member: budi.member })).toMatchObject({ type: "joined" });
  expect(citra.line.frames.some(({ type }) => type === "direct")).toBe(false);
});

test("R-DIRECT-1: A room of two that does not exist looks to others like one that does", async () => {
  const [ada, budi, citra] = [await somebody(), await somebody(), await somebody()];
  const room = `@${ada.member}+${budi.member}`;
  const before = await citra.request({ type: "join", room });
  await ada.request({ type: "direct", member: budi.member });
  const after = await citra.request({ type: "join", room });
  expect({ ...after, id: 0 }).toEqual({ ...before, id: 0 });
});

test("R-DIRECT-2: There is no other spelling that leads into a room of two", async () => {
  const [ada, budi] = [await somebody(), await somebody()];
  await ada.request({ type: "direct", member: budi.member });
  const [a, b] = [ada.member, budi.member];
  for (const room of [
    `@${b}+${a}`,
    `＠${a}+${b}`,
    `@${a.toUpperCase()}+${b}`,
    ` @${a}+${b}`,
    `@${a}+${b}\u200d`,
  ]) {
    const answer = await ada.request({ type: "join", room });
    expect(answer.code).toBe("room-invalid");
  }
});

test("R-DIRECT-4: The other one finds it on coming back, with what was said meanwhile", async () => {
  const ada = await somebody();
  const keys = newKeys();
  const before = await Person.come(server.port, "Dewi", keys);
  before.line.kill();
  const joined = await ada.request({ type: "direct", member: before.member });
  const empty = await Person.come(server.port, "Dewi", keys);
  await empty.request({ type: "direct", member: "m999" });
  expect(empty.line.frames.some(({ type }) => type === "direct")).toBe(false);
  empty.line.kill();
  await say(ada, String(joined.room), "for later", 1);
  const dewi = await Person.come(server.port, "Dewi", keys);
  const found = await dewi.line.next("direct");
  expect(found).toMatchObject({ room: String(joined.room), member: ada.member, head: 1 });
  await dewi.request({ type: "join", room: found.room, last: 50 });
  expect(await dewi.line.next("entry")).toMatchObject({ text: "for later" });
});

test("R-DIRECT-1 R-TICKET-2: A file to one person is seen, and taken, by that one alone", async () => {
  const [ada, budi, citra] = [await somebody(), await somebody(), await somebody()];
  const { room } = await ada.request({ type: "direct", member: budi.member });
  const { file } = await ada.offer(String(room), "secret.txt", 6);
  await put(server.port, await ada.ticket(String(room), file, "put"), Buffer.from("secret"));
  expect(await budi.line.next("direct")).toMatchObject({ room: String(room) });
  await budi.request({ type: "join", room, last: 50 });
  expect((await get(server.port, await budi.ticket(String(room), file, "get"))).bytes.toString()).toBe(
    "secret",
  );
  await ada.entry(file, "received");
  await citra.join("lobby");
  expect(await citra.request({ type: "ticket", room, file, action: "get" })).toMatchObject({
    code: "not-joined",
  });
  expect(await citra.request({ type: "ticket", room: "lobby", file, action: "get" })).toMatchObject({
    code: "file-unknown",
  });
});

test("R-DIRECT-7: One cannot write to oneself, or to nobody", async () => {
  const ada = await somebody();
  for (const member of [ada.member, "m999"])
    expect(await ada.request({ type: "direct", member })).toMatchObject({
      code: "member-unknown",
      closes: false,
    });
  expect(await ada.request({ type: "join", room: `@${ada.member}+m999` })).toMatchObject({
    code: "room-unknown",
  });
});

test("Somebody without a key is in no conversation of two: its name is anybody's tomorrow", async () => {
  const ada = await Person.come(server.port, "Ada of keys");
  await ada.join("Lobby of keys");
  const alice = await OldClient.inRoom(server.port, "alice of 2021", "Lobby of keys");
  const { member } = await ada.line.next("here", ({ name }) => name === "alice of 2021");
  expect(await ada.request({ type: "direct", member })).toMatchObject({ code: "member-unknown" });
  alice.kill();
});
