import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { postSchema } from "../../src/wire/client-frames.ts";
import { limits } from "../../src/wire/limits.ts";
import { isPost } from "../../src/wire/post.ts";
import { anyText } from "./arbitraries.ts";

const valid = { type: "post", room: "lobby", device: "laptop", n: 1, text: "Hello" };

/** Asks both checks, which must agree. */
function isTaken(frame: { [field: string]: unknown }): boolean {
  const byHand = isPost(frame);
  expect({ frame, byHand }).toEqual({ frame, byHand: v.is(postSchema, frame) });
  return byHand;
}

const number = fc.oneof(
  fc.integer({ min: -2, max: 3 }),
  fc.double(),
  fc.constantFrom(
    -0,
    Number.MAX_SAFE_INTEGER,
    Number.MAX_SAFE_INTEGER + 1,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ),
);
const device = fc.oneof(
  fc.constantFrom("", "laptop", "a".repeat(limits.deviceCharsMax), "a".repeat(limits.deviceCharsMax + 1)),
  fc.constantFrom("a\n", "a b", "é", "_-09AZaz"),
  anyText,
);
/** A value of the right kind in most cases, else any. */
const mostly = (right: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 4, arbitrary: right }, { weight: 1, arbitrary: fc.jsonValue() });

const frames = fc.record(
  {
    type: mostly(fc.constant("post")),
    id: mostly(number),
    room: mostly(anyText),
    device: mostly(device),
    n: mostly(number),
    text: mostly(anyText),
    more: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

describe("A post is checked by hand as by its schema", () => {
  test("whatever its fields", () => {
    fc.assert(
      fc.property(frames, (frame) => void isTaken(frame)),
      { numRuns: 3000 },
    );
  });

  test("when one field of a valid one is wrong", () => {
    const field = fc.constantFrom("type", "id", "room", "device", "n", "text");
    const wrong = fc.property(field, fc.oneof(number, device, fc.jsonValue()), (name, value) => {
      isTaken({ ...valid, [name]: value });
    });
    fc.assert(wrong, { numRuns: 3000 });
  });

  test("when a field is missing", () => {
    expect(isTaken(valid)).toBe(true);
    for (const name of Object.keys(valid)) {
      expect(isTaken(Object.fromEntries(Object.entries(valid).filter(([key]) => key !== name)))).toBe(false);
    }
  });

  test("with an id, and without", () => {
    expect(isTaken({ ...valid, id: 0 })).toBe(true);
    for (const id of [undefined, null, "1", -1, 1.5]) expect(isTaken({ ...valid, id })).toBe(false);
  });

  test("with fields that nobody knows", () => {
    expect(isTaken(JSON.parse(`{"__proto__": {"n": 2}, "more": [], ${JSON.stringify(valid).slice(1)}`))).toBe(
      true,
    );
  });
});
