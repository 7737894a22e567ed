import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { checkRelayFrame, parseLine } from "../../src/wire/decode.ts";
import { type Draft, encodeEntry } from "../../src/wire/entry.ts";
import { limits } from "../../src/wire/limits.ts";
import { checkText } from "../../src/wire/text.ts";
import { anyText } from "./arbitraries.ts";

/** Encodes an entry as the relay does, sends it through UTF-8, and reads it as a client does. */
function readBack(room: string, seq: number, at: number, draft: Draft) {
  const line = encodeEntry(JSON.stringify(room), seq, at, draft);
  const bytes = new TextEncoder().encode(line);
  expect(bytes.indexOf(0x0a)).toBe(bytes.length - 1);
  return checkRelayFrame(parseLine(new TextDecoder().decode(bytes)));
}

const seq = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe("The line of an entry", () => {
  test("is a JSON object that the schema reads back, whatever the text and the name", () => {
    fc.assert(
      fc.property(anyText, seq, anyText, anyText, seq, (room, seq, name, text, n) => {
        const draft: Draft = { kind: "message", member: "m12", name, device: "lap-top_1", n, text };
        const at = 1_700_000_000_000;
        expect(readBack(room, seq, at, draft)).toEqual({ type: "entry", room, seq, at, ...draft });
      }),
      { numRuns: 500 },
    );
  });

  test("holds line ends, quotes and lone surrogates of a text in one line", () => {
    for (const text of ["a\nb", '"', "\\", "\u2028\u2029", "\ud83d", "\u0000", "</script>", "😀"]) {
      const draft: Draft = { kind: "message", member: "m1", name: text, device: "d", n: 1, text };
      expect(readBack(text, 1, 0, draft)).toMatchObject({ room: text, name: text, text });
    }
  });

  test("of a room's making is read back", () => {
    const draft: Draft = { kind: "room", member: "m1", name: "Ada", action: "created" };
    expect(readBack("lobby", 1, 5, draft)).toEqual({ type: "entry", room: "lobby", seq: 1, at: 5, ...draft });
  });

  test("is never longer than a line may be, for the longest text of the worst characters", () => {
    const name = "\u0001".repeat(limits.nameCharsMax);
    for (const char of ['"', "\\", "\n", "\t", "é", "😀"]) {
      const text = checkText(
        `x${char.repeat(limits.textBytesMax)}`.slice(0, limits.textBytesMax / Buffer.from(char).length),
      );
      const n = Number.MAX_SAFE_INTEGER;
      const draft: Draft = {
        kind: "message",
        member: `m${n}`,
        name,
        device: "d".repeat(limits.deviceCharsMax),
        n,
        text,
      };
      const line = encodeEntry(JSON.stringify('"'.repeat(limits.roomCharsMax)), n, n, draft);
      expect(new TextEncoder().encode(line).length).toBeLessThan(limits.lineBytesMax);
    }
  });
});

describe("An entry of a kind that is not known yet", () => {
  const common = { type: "entry", room: "lobby", seq: 3, at: 1, member: "m1", name: "Ada" };

  test('keeps its place, as "other"', () => {
    expect(checkRelayFrame({ ...common, kind: "poll", size: 5 })).toEqual({
      ...common,
      kind: "other",
    } as never);
  });

  test("is not a message with wrong fields", () => {
    expect(() => checkRelayFrame({ ...common, kind: "message" })).toThrow('"entry"');
    expect(() => checkRelayFrame({ ...common, kind: "room", action: "painted" })).toThrow('"entry"');
  });
});
