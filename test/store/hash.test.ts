import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hashes } from "../../src/store/hash.ts";
import { folder } from "./folder.ts";
import { shared } from "./shared.ts";

let hashes: Hashes;

beforeEach(() => {
  hashes = new Hashes();
});
afterEach(() => hashes.close());

describe("A hash", () => {
  test("is that of all bytes, however they came", async () => {
    const path = join(folder(), "file");
    const bytes = randomBytes(5_000_003);
    writeFileSync(path, "");
    const hash = hashes.open(path);
    for (let at = 0; at < bytes.length; at += 700_000) {
      const piece = bytes.subarray(at, at + 700_000);
      appendFileSync(path, piece);
      hash.grown(at + piece.length);
    }
    expect(await hash.digest(bytes.length)).toBe(sha256(bytes));
    expect(await hash.digest(bytes.length)).toBe(sha256(bytes));
  });

  test("is made from memory, as far as it keeps up, and from the file otherwise", async () => {
    const path = join(folder(), "file");
    const bytes = randomBytes(3_000_000);
    // What only memory has tells where the hash was made from.
    writeFileSync(path, Buffer.alloc(bytes.length));
    const hash = hashes.open(path);
    const memory = shared(bytes);
    await hash.update(memory.subarray(0, 1_000_000), 0);
    await hash.update(shared(bytes.subarray(1_000_000, 2_000_000)), 1_000_000);
    // Not where it is: it will read this from the file.
    await hash.update(memory.subarray(2_500_000), 2_500_000);
    expect(await hash.digest(bytes.length)).toBe(
      sha256(Buffer.concat([bytes.subarray(0, 2_000_000), Buffer.alloc(1_000_000)])),
    );
  });

  test("forgets bytes that did not get into the file", async () => {
    const path = join(folder(), "file");
    writeFileSync(path, "Right");
    const hash = hashes.open(path);
    await hash.update(shared("Right"), 0);
    hash.grown(5);
    void hash.update(shared(" wrong"), 5);
    hash.restart(5);
    appendFileSync(path, " too");
    await hash.update(shared(" too"), 5);
    hash.grown(9);
    expect(await hash.digest(9)).toBe(sha256("Right too"));
  });

  test("of an empty file is made as well", async () => {
    const path = join(folder(), "file");
    writeFileSync(path, "");
    expect(await hashes.open(path).digest(0)).toBe(sha256(""));
  });

  test("does not wait for that of a bigger file", async () => {
    const [big, small] = [join(folder(), "big"), join(folder(), "small")];
    writeFileSync(big, "");
    truncateSync(big, 300e6);
    writeFileSync(small, "small");
    const order: string[] = [];
    const one = hashes
      .open(big)
      .digest(300e6)
      .then(() => order.push("big"));
    const other = hashes
      .open(small)
      .digest(5)
      .then(() => order.push("small"));
    await Promise.all([one, other]);
    expect(order).toEqual(["small", "big"]);
  });

  test("of a file that is not there, or is too short, is an error, and others go on", async () => {
    const [gone, short, good] = [join(folder(), "gone"), join(folder(), "short"), join(folder(), "good")];
    writeFileSync(short, "12");
    writeFileSync(good, "1234");
    await expect(hashes.open(gone).digest(1)).rejects.toThrow("ENOENT");
    await expect(hashes.open(short).digest(4)).rejects.toThrow("shorter");
    expect(await hashes.open(good).digest(4)).toBe(sha256("1234"));
  });

  test("whose file is let go of is not made", async () => {
    const path = join(folder(), "file");
    writeFileSync(path, "1234");
    const dropped = hashes.open(path);
    dropped.grown(4);
    dropped.drop();
    rmSync(path);
    const again = join(folder(), "again");
    writeFileSync(again, "1234");
    expect(await hashes.open(again).digest(4)).toBe(sha256("1234"));
  });

  test("cannot be had twice from a file that it has let go of", async () => {
    const path = join(folder(), "file");
    writeFileSync(path, "1234");
    const hash = hashes.open(path);
    hash.drop();
    await expect(hash.digest(4)).rejects.toThrow("not open");
  });

  test("that is still being made when the store closes is an error", async () => {
    const path = join(folder(), "file");
    writeFileSync(path, "");
    truncateSync(path, 1e9);
    const digest = hashes.open(path).digest(1e9);
    const later = hashes.open(path);
    hashes.close();
    await expect(digest).rejects.toThrow("closed");
    await expect(later.digest(1e9)).rejects.toThrow("closed");
    await later.update(shared("bytes"), 0);
  });
});

function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
