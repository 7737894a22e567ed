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
    ["whole pages", 0, memory.subarray(0, 128 * KiB), 128 * KiB],
    ["whole pages, anywhere", 4 * KiB, memory.subarray(64 * KiB, 512 * KiB), 448 * KiB],
    ["pages, of what does not end at one", 0, memory.subarray(0, 100_000), 98_304],
    ["nothing between two pages of the file", 100, memory.subarray(0, 128 * KiB), 0],
    ["nothing between two pages of memory", 0, memory.subarray(100, 100 + 128 * KiB), 0],
    ["nothing of little", 0, memory.subarray(0, 8 * KiB), 0],
  ] as const;
  for (const [what, at, bytes, count] of places) {
    test(`are ${what}`, () => {
      const path = join(folder(), "file");
      writeFileSync(path, "");
      const file = DirectFile.open(path);
      expect(file.write(bytes, at)).toBe(count);
      file.close();
      const wanted =
        count === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.alloc(at), bytes.subarray(0, count)]);
      expect(readFileSync(path).equals(wanted)).toBe(true);
      expect(file.write(bytes, at)).toBe(0);
    });
  }

  test("are none where the file cannot be opened so", () => {
    const file = DirectFile.open(join(folder(), "gone"));
    expect(file.write(memory.subarray(0, 128 * KiB), 0)).toBe(0);
  });
});
