import { describe, expect, test } from "bun:test";
import { argon2Sync } from "node:crypto";
import { RoomKeys } from "../../src/store/room-keys.ts";
import { Refusal } from "../../src/wire/errors.ts";

describe("A lock", () => {
  test("R-CLOSED-4: is argon2id with a salt of its own, and does not hold the key", async () => {
    const keys = new RoomKeys();
    const [one, other] = await Promise.all([
      keys.lockOf("three green cats"),
      keys.lockOf("three green cats"),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(other);
    expect(one).not.toContain("green");
  });

  test("is opened by its key alone", async () => {
    const keys = new RoomKeys();
    const lock = await keys.lockOf("three green cats");
    expect(await keys.isOpenedBy("three green cats", lock)).toBe(true);
    expect(await keys.isOpenedBy("Three green cats", lock)).toBe(false);
    expect(await keys.isOpenedBy("three green cats", undefined)).toBe(false);
  });

  test("made with other numbers is still opened by its key", async () => {
    const nonce = Buffer.from("some salt");
    const message = Buffer.from("three green cats");
    const tag = argon2Sync("argon2id", {
      message,
      nonce,
      memory: 64,
      passes: 1,
      parallelism: 1,
      tagLength: 24,
    });
    const text = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
    const lock = `$argon2id$v=19$m=64,t=1,p=1$${text(nonce)}$${text(tag)}`;
    expect(await new RoomKeys().isOpenedBy("three green cats", lock)).toBe(true);
    expect(await new RoomKeys().isOpenedBy("three green dogs", lock)).toBe(false);
  });
});

test("R-CLOSED-4: Checking keys leaves the event loop free, and beyond a number of them it is refused", async () => {
  const keys = new RoomKeys();
  const lock = await keys.lockOf("three green cats");
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  const asked = Array.from({ length: 80 }, () => keys.isOpenedBy("another key", lock));
  const answers = await Promise.allSettled(asked);
  clearInterval(timer);
  const refused = answers.flatMap((answer) =>
    answer.status === "rejected" ? [answer.reason as Refusal] : [],
  );
  expect(refused.length).toBe(80 - 66);
  expect(refused.every((error) => error instanceof Refusal && error.code === "key-tries")).toBe(true);
  expect(turns).toBeGreaterThan(1);
  expect(await keys.isOpenedBy("three green cats", lock)).toBe(true);
});

test("R-CLOSED-4: Whoever makes many locks keeps nobody from opening one, nor the other way round", async () => {
  const keys = new RoomKeys();
  const lock = await keys.lockOf("three green cats");
  for (const many of [() => keys.lockOf("another key"), () => keys.isOpenedBy("another key", lock)]) {
    let done = 0;
    const asked = Array.from({ length: 66 }, () =>
      many().then(() => {
        done += 1;
      }),
    );
    // One more of them has no place.
    expect(await many().catch((error) => error.code)).toBe("key-tries");
    const [opened, made] = await Promise.all([
      keys.isOpenedBy("three green cats", lock).catch((error) => error.code),
      keys.lockOf("three green cats").catch((error) => error.code),
    ]);
    expect([opened, made].filter((each) => each === "key-tries")).toHaveLength(1);
    // It was served among them, not behind them.
    expect(done).toBeLessThan(66);
    await Promise.all(asked);
  }
});
