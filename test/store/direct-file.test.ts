import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DirectFile } from "../../src/store/direct-file.ts";
import { folder } from "./folder.ts";

const KiB = 1024;
const memory = new Uint8Array(new SharedArrayBuffer(1024 * KiB));
memory.set(randomBytes(memory.length));

describe("Bytes written past the system's cache", () => {
  const places = [
    ["whole pages", 0, [memory.subarray(0, 128 * KiB)], 128 * KiB],
    ["several pieces", 0, [memory.subarray(0, 64 * KiB), memory.subarray(256 * KiB, 512 * KiB)], 320 * KiB],
    ["pages, of a piece that does not end at one", 0, [memory.subarray(0, 100_000)], 98_304],
    ["nothing behind such a piece", 0, [memory.subarray(0, 100_000), memory.subarray(0, 64 * KiB)], 98_304],
    ["nothing between two pages of the file", 100, [memory.subarray(0, 128 * KiB)], 0],
    ["nothing between two pages of memory", 0, [memory.subarray(100, 100 + 128 * KiB)], 0],
    ["nothing of little", 0, [memory.subarray(0, 8 * KiB)], 0],
  ] as const;
  for (const [what, at, pieces, count] of places) {
    test(`are ${what}`, async () => {
      const path = join(folder(), "file");
      writeFileSync(path, "");
      const file = await DirectFile.open(path);
      expect(await file.write(pieces, at)).toBe(count);
      await file.close();
      expect(readFileSync(path).equals(Buffer.concat(pieces).subarray(0, count))).toBe(true);
      expect(await file.write(pieces, at)).toBe(0);
    });
  }

  test("are none where the file cannot be opened so", async () => {
    const file = await DirectFile.open(join(folder(), "gone"));
    expect(await file.write([memory.subarray(0, 128 * KiB)], 0)).toBe(0);
  });
});
