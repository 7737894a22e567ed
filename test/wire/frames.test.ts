import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import type { clientFrames } from "../../src/wire/client-frames.ts";
import { closeCodes, closeReason } from "../../src/wire/closes.ts";
import { checkClientFrame, checkRelayFrame, parseLine, requestId } from "../../src/wire/decode.ts";
import { type ErrorCode, errorCodes, Fault, Refusal } from "../../src/wire/errors.ts";
import { limits } from "../../src/wire/limits.ts";
import { helloText, prelude, preludeSchema } from "../../src/wire/prelude.ts";
import { encodeFrame, errorFrame } from "../../src/wire/relay-frames.ts";
import { base64url } from "./arbitraries.ts";

/** The code of what a check throws. */
function codeOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof Refusal || error instanceof Fault) return error.code;
    throw error;
  }
  return "none";
}

type Fields = { [field: string]: unknown };
/** For each frame of a client: a valid one, and fields that make it invalid, one at a time. */
const cases: { [T in keyof typeof clientFrames]: { valid: Fields; wrong: Fields } } = {
  hello: {
    valid: { id: 1, key: base64url(32), signature: base64url(64), name: "Ada", keepsName: true },
    wrong: { id: -1, key: base64url(31), signature: `${base64url(63)}+`, name: null, keepsName: 1 },
  },
  join: {
    valid: { id: 2, room: "lobby", after: 0, epoch: base64url(8), last: 200, key: "sesame!!", create: false },
    wrong: { id: "2", room: 1, after: -1, epoch: "", last: 201, key: null, create: 0 },
  },
  leave: { valid: { id: 3, room: "lobby" }, wrong: { id: 0.5, room: ["lobby"] } },
  history: { valid: { room: "lobby", before: 1, limit: 1 }, wrong: { room: {}, before: 0, limit: 0 } },
  post: {
    valid: { room: "lobby", device: "d", n: 1, text: "" },
    wrong: { room: null, device: "a b", n: 2 ** 53, text: 1, id: null },
  },
  typing: { valid: { room: "lobby" }, wrong: { room: true } },
  rename: { valid: { id: 4, name: "Ada" }, wrong: { id: Number.POSITIVE_INFINITY, name: 1 } },
  host: { valid: { id: 5, secret: base64url(32) }, wrong: { secret: `${base64url(32)}\n` } },
  free: { valid: { id: 6, name: "Ada" }, wrong: { name: [] } },
  carry: {
    valid: { id: 9, box: "A".repeat(limits.boxCharsMax) },
    wrong: { id: "9", box: "A".repeat(limits.boxCharsMax + 1) },
  },
  take: { valid: { id: 10, code: base64url(16) }, wrong: { id: -1, code: base64url(15) } },
  offer: {
    valid: {
      room: "lobby",
      device: "d",
      n: 1,
      name: "a.png",
      size: 0,
      folder: { files: 1, indexBytes: 512 },
    },
    wrong: { room: 1, device: "", n: 0, name: 1, size: -1 },
  },
  ticket: {
    valid: { id: 7, room: "lobby", file: base64url(16), action: "put" },
    wrong: { room: 1, file: base64url(15), action: "take" },
  },
  cancel: {
    valid: { room: "lobby", file: base64url(16), reason: "changed" },
    wrong: { room: 1, file: "../../etc/passwd", reason: "expired" },
  },
  direct: { valid: { id: 8, member: "m2" }, wrong: { member: "m0" } },
  lobby: { valid: { id: 9 }, wrong: { id: -1 } },
  about: { valid: { id: 10, room: "lobby" }, wrong: { room: 1 } },
  rekey: { valid: { id: 11, room: "lobby", key: null }, wrong: { room: 1, key: 12345678 } },
  remove: { valid: { id: 12, room: "lobby", member: "m2" }, wrong: { room: 1, member: "Budi" } },
  admit: { valid: { id: 13, room: "lobby", member: "m2" }, wrong: { room: 1, member: 2 } },
  delete: { valid: { id: 14, room: "lobby" }, wrong: { room: 1 } },
  ping: { valid: {}, wrong: {} },
  pong: { valid: {}, wrong: {} },
};
const optional = ["id", "after", "epoch", "last", "create", "limit", "folder", "reason", "keepsName"];
/** Of these frames alone: a room key may be left out where one joins, and never where one changes it. */
const optionalOf: { [type: string]: string[] } = { join: ["key"] };

describe("A client's frame", () => {
  for (const [type, { valid, wrong }] of Object.entries(cases)) {
    const frame = { type, ...valid };

    test(`of type ${type} is taken with its fields`, () => {
      expect(checkClientFrame(frame)).toEqual(frame as never);
      expect(checkClientFrame({ ...frame, more: 1 }).type).toBe(type as never);
    });

    test(`of type ${type} is refused for each field that is wrong or missing, which the sentence names`, () => {
      for (const [field, value] of Object.entries(wrong)) {
        const check = () => checkClientFrame({ ...frame, [field]: value });
        expect(codeOf(check)).toBe("bad-frame");
        expect(check).toThrow(`Correct "${field}" of "${type}"`);
      }
      for (const field of Object.keys(valid)) {
        const rest = Object.fromEntries(Object.entries(frame).filter(([name]) => name !== field));
        const check = () => checkClientFrame(rest);
        const mayBeAbsent = optional.includes(field) || optionalOf[type]?.includes(field);
        expect(codeOf(check)).toBe(mayBeAbsent ? "none" : "bad-frame");
      }
    });
  }

  test("of another type is refused, also when the type is a name of Object's", () => {
    for (const type of [
      "chat",
      "",
      "constructor",
      "__proto__",
      "toString",
      "welcome",
      undefined,
      null,
      1,
      ["post"],
    ])
      expect(codeOf(() => checkClientFrame({ type }))).toBe("unknown-type");
  });

  test("comes back in the sentence at no length, and well formed", () => {
    const check = () => checkClientFrame({ type: `${"x".repeat(59)}😀${"x".repeat(1000)}` });
    expect(check).toThrow("xxx\ufffd...");
    const long = () => checkClientFrame({ type: "leave", room: 1, id: "y".repeat(10_000) });
    expect(codeOf(long)).toBe("bad-frame");
    try {
      long();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(200);
    }
  });
});

describe("A line", () => {
  test("is a JSON object", () => {
    expect(parseLine('{"a":1}\r')).toEqual({ a: 1 });
    expect(parseLine('{"a":1e999}')).toEqual({ a: Number.POSITIVE_INFINITY });
  });

  test("of anything else is not-json", () => {
    for (const line of [
      "",
      " ",
      "null",
      "[]",
      "1",
      '"a"',
      "{",
      "{a:1}",
      "{}{}",
      "\ufeff{}",
      "NaN",
      "[".repeat(65_000),
    ])
      expect(codeOf(() => parseLine(line))).toBe("not-json");
  });

  test("that is nested deeply is read or refused, and nothing worse", () => {
    const deep = `{"type":"ping","a":${"[".repeat(32_000)}${"]".repeat(32_000)}}`;
    expect(["none", "not-json"]).toContain(codeOf(() => checkClientFrame(parseLine(deep))));
  });

  test('with "__proto__" changes no object but itself', () => {
    const frame = parseLine('{"type":"ping","__proto__":{"isHost":true}}');
    expect(checkClientFrame(frame)).toEqual({ type: "ping" });
    expect(({} as { isHost?: boolean }).isHost).toBeUndefined();
  });
});

test("requestId repeats what is fit to be an id", () => {
  expect(requestId({ id: 0 })).toBe(0);
  expect(requestId({ id: Number.MAX_SAFE_INTEGER })).toBe(Number.MAX_SAFE_INTEGER);
  for (const id of [undefined, null, -1, 0.5, "1", Number.POSITIVE_INFINITY, 2 ** 53])
    expect(requestId({ id })).toBeUndefined();
});

describe("A relay's frame", () => {
  test("of an unknown type is ignored", () => {
    for (const type of ["fireworks", "constructor", "hello", 1, undefined])
      expect(checkRelayFrame({ type, room: 1 })).toBeUndefined();
  });

  test("of a known type with wrong fields is refused", () => {
    expect(codeOf(() => checkRelayFrame({ type: "away", room: "lobby" }))).toBe("bad-frame");
    expect(codeOf(() => checkRelayFrame({ type: "away", room: "lobby", member: "m0" }))).toBe("bad-frame");
    expect(codeOf(() => checkRelayFrame({ type: "away", room: "lobby", member: "m1" }))).toBe("none");
  });

  test("for each error code is read back by its schema, with what it carries", () => {
    const details = {
      room: "r",
      device: "d",
      n: 1,
      suggestion: "s",
      epoch: base64url(8),
      head: 0,
      oldest: 1,
      mark: 0,
    };
    for (const code of Object.keys(errorCodes) as ErrorCode[]) {
      for (const frame of [
        errorFrame({ code, message: "Do it", details: {} }),
        errorFrame({ code, message: "", details }, 7),
      ])
        expect(checkRelayFrame(parseLine(encodeFrame(frame)))).toEqual(frame);
    }
  });

  test("for an error takes its time from the table, unless the relay knows better", () => {
    expect(errorFrame(new Refusal("rate", "Wait")).retryMs).toBe(errorCodes.rate.retryMs);
    expect(errorFrame(new Refusal("rate", "Wait", { retryMs: 7 })).retryMs).toBe(7);
    expect(errorFrame(new Fault("silence", "Answer"))).toMatchObject({ closes: true, retryMs: 0 });
    expect("id" in errorFrame(new Fault("silence", "Answer"))).toBe(false);
  });
});

describe("The prelude", () => {
  test("of this version keeps its own schema", () => expect(v.is(preludeSchema, prelude)).toBe(true));

  test("is wrong without versions, or with too many", () => {
    for (const versions of [[], Array(17).fill(1), ["1"], 1])
      expect(v.is(preludeSchema, { ...prelude, versions })).toBe(false);
  });
});

test("A key has one spelling: unused bits of its last character are zero", () => {
  const bytes = (last: string) => ({
    type: "hello",
    key: `${"A".repeat(42)}${last}`,
    signature: "A".repeat(86),
    name: "Ada",
  });
  expect(checkClientFrame(bytes("E"))).toMatchObject({ type: "hello" });
  for (const last of ["B", "F", "_", "="]) expect(() => checkClientFrame(bytes(last))).toThrow(/"key"/);
});

test("A hello signs the nonce, the server and its certificate, a line each", () => {
  const challenge = { type: "challenge", nonce: "N", server: "S", fingerprint: null } as const;
  expect(helloText(challenge)).toBe("pendopo-hello-1\nN\nS\nplain");
  expect(helloText({ ...challenge, fingerprint: "F" })).toBe("pendopo-hello-1\nN\nS\nF");
});

test("A close code of the bridge has a reason, and another has none", () => {
  for (const [reason, code] of Object.entries(closeCodes)) expect(closeReason(code)).toBe(reason as never);
  expect(closeReason(1006)).toBeUndefined();
});
