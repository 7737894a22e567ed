import { describe, expect, test } from "bun:test";
import { Tries } from "../../src/room/tries.ts";
import { Refusal } from "../../src/wire/errors.ts";
import { limits } from "../../src/wire/limits.ts";

let now = 1_000;
const newTries = () => new Tries(() => now);

/** How long a try has to wait; 0 when it may begin, and then it counts as wrong. */
function waitOf(tries: Tries, memberId: number, address?: string): number {
  try {
    tries.begin(memberId, address);
    return 0;
  } catch (error) {
    if (error instanceof Refusal && error.code === "key-tries") return error.details.retryMs ?? Number.NaN;
    throw error;
  }
}

describe("Wrong room keys", () => {
  test("R-CLOSED-5: of a member are free five times, then each wait is twice as long, up to five minutes", () => {
    const tries = newTries();
    for (let i = 0; i < limits.keyTriesOfMember; i++) expect(waitOf(tries, 1)).toBe(0);
    for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]) {
      expect(waitOf(tries, 1)).toBe(seconds * 1_000);
      now += seconds * 1_000 - 1;
      expect(waitOf(tries, 1)).toBe(1);
      now += 1;
      expect(waitOf(tries, 1)).toBe(0);
    }
  });

  test("R-CLOSED-5: from an address count together, whoever they are of", () => {
    const tries = newTries();
    for (let member = 1; member <= limits.keyTriesOfAddress; member++) {
      expect(waitOf(tries, member, "192.0.2.1")).toBe(0);
    }
    expect(waitOf(tries, 99, "192.0.2.1")).toBe(1_000);
    expect(waitOf(tries, 99, "192.0.2.2")).toBe(0);
  });

  test("R-CLOSED-5: from one network of IPv6 count together", () => {
    const tries = newTries();
    for (let i = 1; i <= limits.keyTriesOfAddress; i++) {
      expect(waitOf(tries, i, `2001:db8:0:1::${i.toString(16)}`)).toBe(0);
    }
    expect(waitOf(tries, 99, "2001:db8:0:1:a:b:c:d")).toBe(1_000);
    expect(waitOf(tries, 99, "2001:db8:0:2::1")).toBe(0);
  });

  test("R-CLOSED-5: are forgotten ten minutes after the last wait", () => {
    const tries = newTries();
    for (let i = 0; i < limits.keyTriesOfMember; i++) tries.begin(1, undefined);
    now += 1_000 + limits.keyForgetMs;
    for (let i = 0; i < limits.keyTriesOfMember; i++) expect(waitOf(tries, 1)).toBe(0);
    expect(waitOf(tries, 1)).toBe(1_000);
  });
});

test("R-CLOSED-5: Right keys do not count, and take nothing away from the wrong ones", () => {
  const tries = newTries();
  for (let i = 0; i < 100; i++) tries.begin(1, "192.0.2.1")();
  for (let i = 0; i < limits.keyTriesOfMember - 1; i++) expect(waitOf(tries, 1)).toBe(0);
  tries.begin(1, undefined)();
  expect(waitOf(tries, 1)).toBe(0);
  expect(waitOf(tries, 1)).toBe(1_000);
});

test("Tries that are all begun before one is answered count like those one after the other", () => {
  const tries = newTries();
  for (let i = 0; i < limits.keyTriesOfMember; i++) tries.begin(1, undefined);
  expect(waitOf(tries, 1)).toBe(1_000);
});
