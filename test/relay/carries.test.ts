import { describe, expect, test } from "bun:test";
import { Carries } from "../../src/relay/carries.ts";
import { limits } from "../../src/wire/limits.ts";
import { newCertificate } from "./certificates.ts";
import { Client, Key } from "./client.ts";
import { cleanUp, type Server, serve } from "./server.ts";

cleanUp();

const certificate = await newCertificate();

const box = "Ym94";
const unknown = "A".repeat(22);

/** Deposits a box, and gives its code. */
async function carry(client: Client, what = box): Promise<string> {
  client.send({ type: "carry", id: 7, box: what });
  const carried = await client.next({ id: 7 });
  expect(carried).toEqual({
    type: "carried",
    id: 7,
    code: expect.stringMatching(/^[\w-]{22}$/),
    expiresMs: limits.boxMsMax,
  });
  return carried.code;
}

/** What a code is answered on a connection that has said no hello; that is one of its own, unless one is given. */
async function take(server: Server, code: string, on?: Client) {
  const client = on ?? (await Client.challenged(server.port));
  client.send({ type: "take", id: 8, code });
  return await client.next({ id: 8 });
}

const gone = { type: "error", code: "carry-gone", closes: false, retryMs: null };

describe("§14.6 A box", () => {
  test("R-CARRY-3: is given out once, to somebody who has said no hello, in plain or inside TLS", async () => {
    const server = serve({ certificate });
    const ada = await Client.member(server.port, "Ada");
    for (const open of [Client.challenged, Client.secured]) {
      const code = await carry(ada);
      const stranger = await open(server.port);
      expect(await take(server, code, stranger)).toEqual({ type: "box", id: 8, box });
      expect(await take(server, code, stranger)).toMatchObject(gone);
      expect(await take(server, code)).toMatchObject(gone);
    }
  });

  test("R-CARRY-3: goes to one of many who ask for it at once", async () => {
    const server = serve();
    const code = await carry(await Client.member(server.port, "Ada"));
    const all = await Promise.all(Array.from({ length: 20 }, () => Client.challenged(server.port)));
    const answers = await Promise.all(all.map((client) => take(server, code, client)));
    expect(answers.filter(({ type }) => type === "box")).toHaveLength(1);
    expect(answers.filter(({ code }) => code === "carry-gone")).toHaveLength(19);
  });

  test("R-CARRY-3: is not given to a member, and is still there afterwards", async () => {
    const server = serve();
    const ada = await Client.member(server.port, "Ada");
    const code = await carry(ada);
    expect(await take(server, code, ada)).toMatchObject({ code: "unknown-type", closes: false });
    expect(await take(server, code)).toMatchObject({ type: "box" });
  });

  test("R-STATE-4: cannot be deposited before the hello", async () => {
    const { port } = serve();
    const client = await Client.challenged(port);
    client.send({ type: "carry", id: 1, box });
    expect(await client.next("error")).toMatchObject({ code: "handshake-expected", closes: true });
    await client.closed();
  });

  test("R-CARRY-3: lets whoever took it say hello on the same connection", async () => {
    const server = serve();
    const key = new Key();
    const code = await carry(await Client.member(server.port, "Ada", key));
    const client = await Client.challenged(server.port);
    await take(server, code, client);
    client.send(key.hello(client.challenge, "Ada"));
    expect(await client.next("welcome")).toMatchObject({ member: "m1", name: "Ada" });
  });

  test("R-CARRY-1: waits while its owner is away", async () => {
    const server = serve();
    const ada = await Client.member(server.port, "Ada");
    const code = await carry(ada);
    ada.end();
    await ada.closed();
    expect(await take(server, code)).toMatchObject({ type: "box" });
  });

  test("R-CARRY-1: is void once its owner has deposited another one", async () => {
    const server = serve();
    const ada = await Client.member(server.port, "Ada");
    const [first, second] = [await carry(ada), await carry(ada, "bmV3")];
    expect(await take(server, first)).toMatchObject(gone);
    expect(await take(server, second)).toMatchObject({ box: "bmV3" });
  });

  test("R-CARRY-1: is not kept over a restart, nor anywhere on the disk", async () => {
    const first = serve();
    const secret = "NoOneShallFindThisOnTheDisk";
    const code = await carry(await Client.member(first.port, "Ada"), secret);
    await first.stop();
    for (const name of new Bun.Glob("**/*").scanSync(first.path)) {
      const bytes = Buffer.from(await Bun.file(`${first.path}/${name}`).arrayBuffer());
      expect([name, bytes.includes(secret), bytes.includes(code)]).toEqual([name, false, false]);
    }
    const again = serve({ path: first.path });
    expect(await take(again, code)).toMatchObject(gone);
  });

  test("R-CARRY-6: its owner hears at once that it was taken, on every connection", async () => {
    const server = serve();
    const key = new Key();
    const page = await Client.member(server.port, "Ada", key);
    const other = await Client.member(server.port, "Ada", key);
    const budi = await Client.member(server.port, "Budi");
    const code = await carry(page);
    await take(server, code);
    expect(await page.next("taken")).toEqual({ type: "taken", code });
    expect(await other.next("taken")).toEqual({ type: "taken", code });
    await budi.fence();
    expect(budi.of("taken")).toEqual([]);
  });

  test("that is none, or too long, is refused, and the one before it stays", async () => {
    const server = serve();
    const ada = await Client.member(server.port, "Ada");
    const code = await carry(ada);
    for (const wrong of ["", "not base64!", "A".repeat(limits.boxCharsMax + 1)]) {
      ada.send({ type: "carry", id: 9, box: wrong });
      expect(await ada.next({ id: 9 })).toMatchObject({ code: "bad-frame" });
    }
    expect(await take(server, code)).toMatchObject({ type: "box" });
  });
});

test("R-CARRY-10: Members without end who come from one address cannot fill all places", async () => {
  const server = serve();
  for (let i = 0; i < limits.boxesOfAddressMax; i++) {
    const client = await Client.member(server.port, `Member ${i}`);
    await carry(client);
    client.end();
  }
  const last = await Client.member(server.port, "Ada");
  last.send({ type: "carry", id: 7, box });
  expect(await last.next({ id: 7 })).toMatchObject({ code: "carries-full", closes: false });
});

describe("§14.6 A wrong code", () => {
  test("R-CARRY-4: is answered alike, whatever is wrong with it", async () => {
    const server = serve();
    const ada = await Client.member(server.port, "Ada");
    const replaced = await carry(ada);
    const used = await carry(ada);
    await take(server, used);
    const answers = await Promise.all([replaced, used, unknown].map((code) => take(server, code)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test("R-CARRY-5: keeps what comes behind it waiting, and the fourth ends the connection", async () => {
    const server = serve();
    const code = await carry(await Client.member(server.port, "Ada"));
    const client = await Client.challenged(server.port);
    const wrong = Array.from({ length: limits.takesWrongMax + 1 }, (_, id) => ({
      type: "take",
      id,
      code: unknown,
    }));
    client.send(...wrong, { type: "take", id: 99, code });
    await client.closed();
    expect(client.of("error").map(({ id, code }) => [id, code])).toEqual([
      [0, "carry-gone"],
      [1, "carry-gone"],
      [2, "carry-gone"],
      [3, "take-tries"],
    ]);
    // The right one stood behind the end.
    expect(client.of("box")).toEqual([]);
    expect(await take(server, code)).toMatchObject({ type: "box" });
  });

  test("R-STATE-4: a take with wrong fields ends the connection", async () => {
    const { port } = serve();
    const client = await Client.challenged(port);
    client.send({ type: "take", id: 1, code: "short" });
    expect(await client.next("error")).toMatchObject({ code: "handshake-expected", closes: true });
    await client.closed();
  });

  test("whoever goes while it waits leaves nothing behind", async () => {
    const server = serve();
    const client = await Client.challenged(server.port);
    client.send({ type: "take", id: 1, code: unknown });
    client.vanish();
    const ada = await Client.member(server.port, "Ada");
    expect(await take(server, unknown)).toMatchObject(gone);
    await ada.fence();
    expect(server.errors).toEqual([]);
  });
});

describe("The boxes of a relay", () => {
  let now = 0;
  const boxes = () => new Carries(() => now);

  test("R-CARRY-1: are kept for ten minutes", () => {
    const all = boxes();
    const code = all.put(1, box);
    now += limits.boxMsMax - 1;
    all.sweep();
    expect(all.take(code)).toMatchObject({ memberId: 1, box });
    const late = all.put(1, box);
    now += limits.boxMsMax;
    expect(all.take(late)).toBeUndefined();
  });

  test("are at most so many: a further one is refused until another's time is over", () => {
    const all = boxes();
    const codes = Array.from({ length: limits.boxesMax }, (_, i) => {
      now += 1;
      return all.put(i, box);
    });
    expect(() => all.put(-1, box)).toThrow("Try again later");
    // Whoever has one may have another one in its place.
    const again = all.put(5, "YWdhaW4");
    expect([all.take(codes[5]!), all.take(again)?.box]).toEqual([undefined, "YWdhaW4"]);
    all.put(-1, box);
    expect(() => all.put(-2, box)).toThrow("Try again later");
    now += limits.boxMsMax - limits.boxesMax + 1;
    const last = all.put(-2, box);
    expect([all.take(codes[0]!), all.take(last)?.memberId]).toEqual([undefined, -2]);
  });

  test("R-CARRY-10: are fewer from one address, so that the others find room for theirs", () => {
    const all = boxes();
    for (let i = 0; i < limits.boxesOfAddressMax; i++) all.put(i, box, `2001:db8::${i.toString(16)}`);
    expect(() => all.put(-1, box, "2001:db8::abcd")).toThrow("Try again later");
    // Whoever has one may have another one in its place, from there and from elsewhere.
    all.put(5, box, "2001:db8::abcd");
    const code = all.put(-1, box, "192.0.2.1");
    // Who is refused keeps what they have.
    expect(() => all.put(-1, box, "2001:db8::abcd")).toThrow("Try again later");
    expect(all.take(code)).toMatchObject({ memberId: -1 });
    now += limits.boxMsMax;
    all.put(-1, box, "2001:db8::abcd");
  });

  test("have codes of 16 random bytes, never the same again", () => {
    const all = boxes();
    const codes = Array.from({ length: 100 }, () => all.put(1, box));
    expect(new Set(codes).size).toBe(100);
    expect(codes.every((code) => Buffer.from(code, "base64url").length === 16)).toBe(true);
  });
});

describe("§7.4 A key on two devices", () => {
  test("R-HELLO-7: a device that does not know of the new name stays with it, and does not bring the old one back", async () => {
    const { port } = serve();
    const key = new Key();
    const laptop = await Client.inRoom(port, "Ada", key);
    laptop.send({ type: "rename", id: 2, name: "Countess" });
    await laptop.next({ type: "ok", id: 2 });
    const phone = await Client.challenged(port);
    phone.send({ ...key.hello(phone.challenge, "Ada"), keepsName: true });
    expect(await phone.next("welcome")).toMatchObject({ member: "m1", name: "Countess" });
    await laptop.fence();
    expect(laptop.of("here").map(({ name }) => name)).toEqual(["Ada", "Countess"]);
    // And so it could: without the field, a hello is a wish.
    const wish = await Client.member(port, "Ada", key);
    expect(wish.of("welcome")[0]).toMatchObject({ name: "Ada" });
  });

  test("R-HELLO-7: a key that has no name yet gets the one that it asks for", async () => {
    const { port } = serve();
    await Client.member(port, "Ada");
    const client = await Client.challenged(port);
    const key = new Key();
    client.send({ ...key.hello(client.challenge, "ada"), keepsName: true });
    expect(await client.next("error")).toMatchObject({ code: "name-taken", suggestion: "ada 2" });
    client.send({ ...key.hello(client.challenge, "ada 2"), keepsName: true });
    expect(await client.next("welcome")).toMatchObject({ name: "ada 2" });
  });

  test("R-CARRY-8: both post at once under devices of their own, and no number of theirs is lost", async () => {
    const { port } = serve();
    const key = new Key();
    const [laptop, phone] = [await Client.inRoom(port, "Ada", key), await Client.inRoom(port, "Ada", key)];
    for (let n = 1; n <= 50; n++) {
      laptop.post(n, `laptop ${n}`, "laptop");
      phone.post(n, `phone ${n}`, "phone");
    }
    for (const client of [laptop, phone]) await client.until(() => client.texts.length === 100);
    expect(laptop.texts).toEqual(phone.texts);
    expect(new Set(laptop.texts).size).toBe(100);
  });
});
