import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../src/wire/limits.ts";
import { Client, Key, type Match } from "./client.ts";
import { cleanUp, type Server, serve } from "./server.ts";

let server: Server;
let ada: Client;
let budi: Client;
let n = 0;
const eve = new Key();

beforeAll(async () => {
  server = serve();
  ada = await Client.inRoom(server.port, "Ada");
  budi = await Client.inRoom(server.port, "Budi");
});
cleanUp(afterAll);

/** Ada and Budi, who stand by, talk: nothing has disturbed them. */
async function expectTalk(): Promise<void> {
  for (const [from, to] of [
    [ada, budi],
    [budi, ada],
  ] as const) {
    n += 1;
    from.post(n);
    await to.next({ n });
  }
  for (const client of [ada, budi]) {
    expect(client.isClosed).toBe(false);
    expect(client.of("error")).toEqual([]);
    expect(client.seqs).toEqual(client.seqs.map((_, i) => i + client.seqs[0]!));
  }
  expect(server.errors).toEqual([]);
  expect(server.broken).toEqual([]);
}

const line = (frame: object) => `${JSON.stringify(frame)}\n`;
const prelude = line({ type: "prelude", versions: [1], transport: "plain" });
const post = (fields: object) =>
  line({ type: "post", room: "lobby", device: "d", n: 1, text: "Hello", ...fields });
const notUtf8 = Buffer.concat([Buffer.from('{"type":"ping","x":"'), Buffer.of(0xff), Buffer.from('"}\n')]);
const long = (bytes: number) => `{"type":"ping","x":"${"y".repeat(bytes)}"}\n`;
const deep = `{"type":"ping","x":${"[".repeat(32_000)}${"]".repeat(32_000)}}\n`;

/** What is sent, and what the answer looks like. */
type Case = [what: string, bytes: string | Uint8Array, answer: Match];

const faults: Case[] = [
  ["a line that is too long", long(limits.lineBytesMax), { code: "line-too-long" }],
  ["a line that is far too long, all at once", long(8 * 1024 * 1024), { code: "line-too-long" }],
  [
    "a line that never ends",
    "x".repeat(limits.lineBytesMax + 1).replace("x", "{"),
    { code: "line-too-long" },
  ],
  ["nesting of 100,000 levels", `{"x":${"[".repeat(100_000)}`, { code: "line-too-long" }],
  ["a NUL", '{"type":"ping"}\0\n', { code: "not-json" }],
  ["bytes that are not UTF-8", notUtf8, { code: "not-utf8" }],
  ["half a character", Buffer.from([0x7b, 0xe2, 0x82, 0x0a]), { code: "not-utf8" }],
  ["what is not JSON", "{oops\n", { code: "not-json" }],
  ["JSON of another kind", "{}[]\n", { code: "not-json" }],
];

const beforeHello: Case[] = [
  ["an array after an object", "{}\n[1]\n", { code: "handshake-expected" }],
  ["a post first", post({}), { code: "handshake-expected" }],
  ["a frame without a type", "{}\n", { code: "handshake-expected" }],
  ["a hello first", line({ type: "hello", name: "Eve" }), { code: "handshake-expected" }],
  ["a prelude with wrong fields", line({ type: "prelude", versions: "1" }), { code: "handshake-expected" }],
  [
    "a prelude of versions to come",
    line({ type: "prelude", versions: [2, 3], transport: "plain" }),
    { code: "version-unsupported" },
  ],
  [
    "a join after the prelude",
    prelude + line({ type: "join", room: "lobby" }),
    { code: "handshake-expected" },
  ],
  ["a prelude after the prelude", prelude + prelude, { code: "handshake-expected" }],
  [
    "a hello with wrong fields",
    prelude + line({ type: "hello", key: "short", signature: "", name: "Eve" }),
    { code: "handshake-expected" },
  ],
];

describe("Before the hello, the relay ends the connection with a fault for", () => {
  for (const [what, bytes, answer] of [...faults, ...beforeHello]) {
    test(what, async () => {
      const client = await Client.connect(server.port);
      client.write(bytes);
      expect(await client.next(answer)).toMatchObject({ type: "error", closes: true });
      await client.closed();
      expect(client.oddities).toEqual([]);
      await expectTalk();
    });
  }
});

describe("From a member in the room, the relay ends the connection with a fault for", () => {
  for (const [what, bytes, answer] of [
    ...faults,
    ["an empty line", "\n", { code: "not-json" }],
    ["a byte order mark", "\ufeff{}\n", { code: "not-json" }],
    ["an array", "[]\n", { code: "not-json" }],
    ["nesting without end", `${"[".repeat(60_000)}\n`, { code: "not-json" }],
  ] satisfies Case[]) {
    test(`${what}, and lines before it are handled`, async () => {
      const client = await Client.inRoom(server.port, `Eve ${what}`.slice(0, 32).trim());
      client.post(1, "Still well");
      client.write(bytes);
      expect(await client.next(answer)).toMatchObject({ type: "error", closes: true });
      await client.closed();
      await ada.next({ text: "Still well" });
      await expectTalk();
    });
  }
});

describe("From a member, the relay refuses and goes on after", () => {
  for (const [what, bytes, answer] of [
    ["an unknown type", line({ type: "dance", id: 7 }), { code: "unknown-type", id: 7 }],
    ["a type of Object's", line({ type: "constructor" }), { code: "unknown-type" }],
    ["a type that is no text", line({ type: ["post"] }), { code: "unknown-type" }],
    ["no type", line({ id: 8 }), { code: "unknown-type", id: 8 }],
    ["a missing field", line({ type: "post", id: 9, room: "lobby" }), { code: "bad-frame", id: 9 }],
    ["a wrong field", line({ type: "join", id: 10, room: 1 }), { code: "bad-frame", id: 10 }],
    ["a number without end", post({}).replace(":1,", ":1e999,"), { code: "bad-frame" }],
    [
      "a position without end",
      '{"type":"join","room":"lobby","after":1e999,"epoch":"AAAAAAAAAAA"}\n',
      { code: "bad-frame" },
    ],
    [
      "fields that only its prototype has",
      '{"type":"join","__proto__":{"room":"lobby"}}\n',
      { code: "bad-frame" },
    ],
    ["a device of half a character", post({ device: "\ud83d" }), { code: "bad-frame" }],
    ["a room of half a character", line({ type: "join", room: "a\udc00" }), { code: "room-invalid" }],
    ["a room with a NUL", line({ type: "join", room: "a\0b" }), { code: "room-invalid" }],
    ["a name with a NUL", line({ type: "rename", name: "Eve\0" }), { code: "name-invalid" }],
    ["an id that cannot be repeated", line({ type: "leave", id: "x", room: "lobby" }), { code: "bad-frame" }],
    ["a text that is empty", post({ text: " " }), { code: "text-empty", n: 1, device: "d", room: "lobby" }],
    [
      "a text that is too long",
      post({ text: "x".repeat(limits.textBytesMax + 1) }),
      { code: "text-too-long" },
    ],
    ["a room that it is not in", post({ room: "kitchen" }), { code: "not-joined", room: "kitchen" }],
    [
      "a room that cannot be one",
      line({ type: "join", id: 11, room: "@ada" }),
      { code: "room-invalid", id: 11 },
    ],
    [
      "a room that is not there",
      line({ type: "join", room: "Nowhere", create: false }),
      { code: "room-unknown" },
    ],
    ["a name that is taken", line({ type: "rename", id: 12, name: "ADA" }), { code: "name-taken", id: 12 }],
    [
      "a name that hides its direction",
      line({ type: "rename", name: "\u202eEve" }),
      { code: "name-invalid" },
    ],
    ["a name of half a character", line({ type: "rename", name: "\ud83d" }), { code: "name-invalid" }],
  ] satisfies Case[]) {
    test(what, async () => {
      const client = await Client.inRoom(server.port, "Eve", eve, "Eve's");
      client.send({ type: "join", room: "lobby", last: 0 });
      client.write(bytes);
      expect(await client.next(answer)).toMatchObject({ type: "error", closes: false });
      await client.fence();
      expect(client.of("error")).toHaveLength(1);
      client.end();
      await client.closed();
      await expectTalk();
    });
  }
});

describe("From a member, the relay takes without a word", () => {
  for (const [what, bytes] of [
    ["deep nesting in a field that nobody knows", deep],
    ["a __proto__", '{"type":"ping","__proto__":{"isHost":true}}\n'],
    ["a line exactly at the limit", long(limits.lineBytesMax - long(0).length)],
    ["a CR before the LF", '{"type":"ping"}\r\n'],
  ] as const) {
    test(what, async () => {
      const client = await Client.member(server.port, `Eve ${what}`.slice(0, 32).trim());
      client.write(bytes);
      await client.next("pong");
      await client.fence();
      expect(client.of("error")).toEqual([]);
      await expectTalk();
    });
  }

  test("a text with half a character, which becomes a replacement character", async () => {
    const client = await Client.inRoom(server.port, "Half");
    client.write('{"type":"post","room":"lobby","device":"d","n":1,"text":"a\\ud83db\\u0000\\u2028c"}\n');
    expect(await ada.next({ name: "Half", kind: "message" })).toMatchObject({ text: "a\ufffdb\nc" });
    await expectTalk();
  });
});

describe("Somebody who speaks something else", () => {
  for (const [what, bytes] of [
    ["2021 bytes of the old dialect", "Ada|12|".padEnd(2021, "x")],
    ["HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["TLS", Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00)],
    ["a blank before the object", ` ${prelude}`],
    ["a bell", "\u0007\n"],
  ] as const) {
    test(`is let go without a word: ${what}`, async () => {
      const client = await Client.connect(server.port);
      client.write(bytes);
      await client.closed();
      expect(client.frames).toEqual([]);
      expect(client.oddities).toEqual([]);
      await expectTalk();
    });
  }
});
