import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Bucket } from "../../src/room/bucket.ts";

describe("A bucket", () => {
  test("gives its burst at once, and then says when the next token comes", () => {
    const bucket = new Bucket(3, 5, 0);
    expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([0, 0, 0]);
    expect(bucket.take(0)).toBe(200);
    expect(bucket.take(150)).toBe(50);
    expect(bucket.take(200)).toBe(0);
    expect(bucket.take(200)).toBe(200);
  });

  test("never holds more than its burst", () => {
    const bucket = new Bucket(2, 5, 0);
    expect([bucket.take(1e9), bucket.take(1e9)]).toEqual([0, 0]);
    expect(bucket.take(1e9)).toBe(200);
  });

  test("gives for ever when the rate is lifted", () => {
    const bucket = new Bucket(1, 0, 0);
    for (let i = 0; i < 100; i++) expect(bucket.take(0)).toBe(0);
  });

  test("keeps its word: whoever waits as long as it says gets a token", () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 50 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), pauses, (perSecond, pauses) => {
        const bucket = new Bucket(1, perSecond, 0);
        let now = 0;
        let taken = 0;
        for (const pause of pauses) {
          now += pause;
          const waitMs = bucket.take(now);
          if (waitMs > 0) {
            now += waitMs;
            expect(bucket.take(now)).toBe(0);
          }
          taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(1 + (now / 1000) * perSecond + 1e-6);
      }),
    );
  });
});
