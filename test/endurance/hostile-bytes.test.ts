// Wrong bytes of every kind: the server lives, answers as documented, and two who stand by exchange every message.

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { checkRelayFrame } from "../../src/wire/decode.ts";
import { errorCodes } from "../../src/wire/errors.ts";
import { prelude } from "../../src/wire/prelude.ts";
import { Client, Key } from "../relay/client.ts";
import { Bystanders } from "./bystanders.ts";
import { byLength, patienceMs, report } from "./length.ts";
import { testWith } from "./needs.ts";
import { newFolder, Server, type Wish } from "./server.ts";
import { wholeLog } from "./speaker.ts";

const MiB = 1024 * 1024;
/** What the collector of a language with one may leave lying about, whatever was sent. */
const noiseBytes = 32 * MiB;
/** Attacks at a time. */
const atOnce = 20;

const line = (frame: object) => `${JSON.stringify(frame)}\n`;
/** What a member may say, one of each. */
const session = [
  { type: "join", id: 2, room: "lobby", last: 10 },
  { type: "post", id: 3, room: "lobby", device: "d", n: 1, text: "Good morning \u{1f44b}" },
  { type: "post", room: "lobby", device: "d", n: 2, text: 'And "again"\n' },
  { type: "typing", room: "lobby" },
  { type: "history", id: 4, room: "lobby", before: 2, limit: 1 },
  { type: "offer", id: 5, room: "lobby", device: "f", n: 1, name: "a.txt", size: 12 },
  { type: "ticket", id: 6, room: "lobby", file: "A".repeat(22), action: "get" },
  { type: "cancel", id: 7, room: "lobby", file: "A".repeat(22) },
  { type: "direct", id: 8, member: "m1" },
  { type: "rename", id: 9, name: "Eve" },
  { type: "host", id: 10, secret: "A".repeat(43) },
  { type: "free", id: 11, name: "Ada" },
  { type: "ping" },
  { type: "leave", id: 12, room: "lobby" },
].map(line);
const hello = line({ type: "hello", id: 1, key: "A".repeat(43), signature: "A".repeat(86), name: "Eve" });
const beforeHello = line(prelude) + hello + session.join("");

/** Sends bytes, ends, and checks that all that came back is in the document. */
async function attack(port: number, bytes: Uint8Array, key?: Key): Promise<void> {
  const client = key === undefined ? await Client.connect(port) : await Client.member(port, nameOf(key), key);
  client.write(bytes);
  client.end();
  await client.closed();
  expect(client.oddities).toEqual([]);
  for (const frame of client.frames) {
    if (frame.type === "prelude") continue;
    expect(checkRelayFrame(frame)).toBeDefined();
    if (frame.type === "error") expect(Object.keys(errorCodes)).toContain(frame.code);
    if (frame.type === "error") expect(frame).not.toMatchObject({ code: "internal" });
  }
}

const nameOf = (key: Key) => `Eve ${key.id.slice(0, 12).replace(/\W/g, "x")}`;

type Attack = (port: number, key: Key) => Promise<void>;

/** Attacks many times while two stand by. @returns What went wrong. */
async function siege(
  what: string,
  count: number,
  next: () => Promise<Attack>,
  own?: Wish["own"],
): Promise<string[]> {
  const server = await Server.start(own === undefined ? {} : { own });
  const bystanders = await Bystanders.arrive(server);
  const keys = Array.from({ length: atOnce }, () => new Key());
  let residentBytes = 0;
  let done = 0;
  const over = server.ended().then(() => "over" as const);
  // Bystanders of a server that has ended would wait for each other for ever.
  const round = () => Promise.race([attacked(), over]);
  const attacked = async () => {
    const attacks = await Promise.all(keys.map(next));
    await Promise.all(attacks.map((each, i) => each(server.port, keys[i]!)));
    await bystanders.exchange();
    done += keys.length;
  };
  try {
    // The first half makes it warm: the heap of the language grows for tens of thousands of connections, and then stays.
    while (done < count / 2 && server.isRunning) await round();
    if (server.isRunning) residentBytes = server.residentBytes;
    while (done < count && server.isRunning) await round();
  } catch (error) {
    // A connection is seen to break before its server is seen to end.
    if ((await Promise.race([over, Bun.sleep(20_000)])) === undefined) throw error;
  }
  if (!server.isRunning) {
    await bystanders.leave();
    return ["The server has ended"];
  }
  const grown = server.residentBytes - residentBytes;
  const said = bystanders.said;
  const violations = await bystanders.leave();
  report(
    `${what}: ${done} connections; bystanders exchanged ${said} messages; memory ${mib(residentBytes)} MiB, then ${grown < 0 ? "" : "+"}${mib(grown)}`,
  );
  if (grown > noiseBytes) violations.push(`Memory has grown by ${mib(grown)} MiB`);
  await server.kill();
  return violations;
}

const mib = (bytes: number) => (bytes / MiB).toFixed(1);
const sample = <T>(arbitrary: fc.Arbitrary<T>): T => fc.sample(arbitrary, 1)[0]!;

type Edit = (bytes: Buffer) => Buffer;

const junk = fc.uint8Array({ maxLength: 4_000 });
/** A right session with some bytes replaced, taken away, doubled, or put elsewhere. */
const mutated = (right: string): fc.Arbitrary<Uint8Array> => {
  const bytes: Buffer = Buffer.from(right);
  const place = fc.nat({ max: bytes.length });
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.tuple(place, fc.nat({ max: 255 })).map(
      ([at, value]) =>
        (b: Buffer) =>
          replaced(b, at, 1, Buffer.of(value)),
    ),
    fc.tuple(place, fc.nat({ max: 40 })).map(
      ([at, n]) =>
        (b: Buffer) =>
          replaced(b, at, n, Buffer.alloc(0)),
    ),
    fc.tuple(place, junk).map(
      ([at, more]) =>
        (b: Buffer) =>
          replaced(b, at, 0, Buffer.from(more.subarray(0, 40))),
    ),
    fc.tuple(place, place, fc.nat({ max: 200 })).map(
      ([from, to, n]) =>
        (b: Buffer) =>
          replaced(b, to, 0, Buffer.from(b.subarray(from, from + n))),
    ),
  );
  return fc
    .array(edit, { minLength: 1, maxLength: 6 })
    .map((edits) => edits.reduce<Buffer>((b, each) => each(b), bytes));
};

function replaced(bytes: Buffer, at: number, count: number, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + count)]);
}

/** A value of a kind that nobody expects there. */
const strange = fc.oneof(
  fc.anything(),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "\ud800",
    "a\0b",
    "\u202e",
    "",
    -0,
    1e308,
    -1,
    2 ** 53,
    null,
    [],
    {},
  ),
  fc.string({ unit: "binary", maxLength: 9_000 }),
);
/** A right frame in which a field is something else, or that has one more. */
const misled = fc
  .tuple(fc.constantFrom(...session), fc.string({ maxLength: 9 }), strange, fc.boolean())
  .map(([right, field, value, isNew]) => {
    const frame = JSON.parse(right);
    const fields = Object.keys(frame);
    const name = isNew ? field : (fields[field.length % fields.length] ?? "id");
    return Buffer.from(
      `${JSON.stringify({ ...frame, [name]: value }, (_, v) => (typeof v === "bigint" ? `${v}` : v))}\n`,
    );
  });

const count = byLength({ fast: 400, short: 20_000, long: 500_000 });

for (const [what, bytes, isMember] of [
  ["random bytes", junk, false],
  ["random bytes behind a brace", junk.map((more) => Buffer.concat([Buffer.from("{"), more])), false],
  ["a mutated session from its first byte", mutated(beforeHello), false],
  ["random bytes of a member", junk, true],
  ["a mutated session of a member", mutated(session.join("")), true],
  ["frames with wrong fields", fc.array(misled, { maxLength: 20 }).map((all) => Buffer.concat(all)), true],
] as [string, fc.Arbitrary<Uint8Array>, boolean][]) {
  test(
    `The server lives through ${what}`,
    async () => {
      const next = async (): Promise<Attack> => {
        const sent = sample(bytes);
        return (port, key) => attack(port, sent, isMember ? key : undefined);
      };
      expect(await siege(what, count, next)).toEqual([]);
    },
    patienceMs,
  );
}

testWith(["zzuf"], "The server lives through a recorded session that zzuf has spoiled", async () => {
  const folder = newFolder();
  const whole = join(folder, "whole");
  const member = join(folder, "member");
  writeFileSync(whole, beforeHello);
  writeFileSync(member, session.join(""));
  let seed = 0;
  const next = async (): Promise<Attack> => {
    seed += 1;
    const isMember = seed % 2 === 0;
    const zzuf = Bun.spawn(["zzuf", "-s", String(seed), "-r", "0.0005:0.02"], {
      stdin: Bun.file(isMember ? member : whole),
    });
    const bytes = await new Response(zzuf.stdout).bytes();
    return (port, key) => attack(port, bytes, isMember ? key : undefined);
  };
  const seeds = byLength({ fast: 200, short: 10_000, long: 100_000 });
  expect(await siege(`zzuf`, seeds, next)).toEqual([]);
});

test("Control: a server that a wrong line ends is found out", async () => {
  const next = async (): Promise<Attack> => (port, key) =>
    attack(port, sample(mutated(session.join(""))), key);
  expect(await siege("control", 100, next, { weakness: "trusting" })).toContain("The server has ended");
});

/** Sends sessions that are cut at every byte. @returns What counted and should not have, or the other way round. */
async function cutAnywhere(own?: Wish["own"]): Promise<string[]> {
  const server = await Server.start(own === undefined ? {} : { own });
  const bystanders = await Bystanders.arrive(server);
  const expected = new Map<string, number>();
  const posts = (device: string) =>
    line({ type: "join", room: "lobby" }) +
    [1, 2].map((n) => line({ type: "post", room: "lobby", device, n, text: "Hé" })).join("");
  const bytes = Buffer.from(posts("d000"));
  const key = new Key();
  for (let at = 0; at <= bytes.length; at++) {
    const device = `d${String(at).padStart(3, "0")}`;
    const cut = Buffer.from(posts(device)).subarray(0, at);
    await attack(server.port, cut, key);
    const lines = cut.toString("latin1").split("\n").length - 1;
    if (lines > 1) expected.set(device, lines - 1);
  }
  await bystanders.exchange();
  const found = new Map<string, number>();
  for (const { device } of await wholeLog({ port: server.port })) {
    if (device !== undefined) found.set(device, (found.get(device) ?? 0) + 1);
  }
  const violations = await bystanders.leave();
  for (const device of new Set([...expected.keys(), ...found.keys()])) {
    const [counted = 0, whole = 0] = [found.get(device), expected.get(device)];
    if (counted !== whole)
      violations.push(`Of ${device} ${counted} posts counted, where ${whole} were whole`);
  }
  await server.kill();
  return violations;
}

test(
  "Of a session that is cut at any byte, exactly the whole lines count",
  async () => {
    expect(await cutAnywhere()).toEqual([]);
  },
  patienceMs,
);

test(
  "Control: a server that takes a line before its end has come is found out",
  async () => {
    expect((await cutAnywhere({ weakness: "hasty" })).join("\n")).toContain("posts counted");
  },
  patienceMs,
);

const letter = "Byte by byte ✓";

/** Posts byte by byte, then a hundred times in one piece. @returns What was answered, and should not have been. */
async function inOtherPieces(own?: Wish["own"]): Promise<string[]> {
  const server = await Server.start(own === undefined ? {} : { own });
  const bystanders = await Bystanders.arrive(server);
  const client = await Client.inRoom(server.port, "Patient");
  const pauseMs = byLength({ fast: 2, short: 50, long: 1_000 });
  const answered = (n: number) =>
    client.until(() => client.isClosed || client.of("entry").some((entry) => entry.n === n), `entry ${n}`);
  for (const byte of Buffer.from(line({ type: "post", room: "lobby", device: "d", n: 1, text: letter }))) {
    if (client.isClosed) break;
    client.write(Uint8Array.of(byte));
    await Bun.sleep(pauseMs);
  }
  await answered(1);
  if (!client.isClosed) {
    const many = Array.from({ length: 100 }, (_, i) =>
      line({ type: "post", room: "lobby", device: "d", n: 2 + i, text: `${i}` }),
    );
    client.write(many.join(""));
    await answered(101);
  }
  const violations = client.of("error").map(({ code }) => `Patient was told "${code}"`);
  const entries = client.of("entry");
  const numbers = entries.map(({ n }) => n).join();
  if (numbers !== ["", ...Array.from({ length: 101 }, (_, i) => i + 1)].join())
    violations.push(`Patient's entries are ${numbers}`);
  if (entries.find(({ n }) => n === 1)?.text !== letter) violations.push("The first text is another one");
  client.vanish();
  await bystanders.exchange();
  violations.push(...(await bystanders.leave()));
  await server.kill();
  return violations;
}

test(
  "Frames that come byte by byte, and a hundred in one piece, have the same answers",
  async () => {
    expect(await inOtherPieces()).toEqual([]);
  },
  patienceMs,
);

test(
  "Control: a server that takes each read for whole lines is found out",
  async () => {
    expect((await inOtherPieces({ weakness: "packets" })).join("\n")).toContain("Patient was told");
  },
  patienceMs,
);
