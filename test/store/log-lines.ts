import type { Older } from "../../src/room/older.ts";

/** All lines that a store has of a log, and how many reads of so many bytes they took. */
export function linesOf(older: Older, bytesMax = 1024 * 1024): { lines: Buffer; reads: number } {
  const into = Buffer.alloc(bytesMax);
  const read: Buffer[] = [];
  for (let after = 0; ; ) {
    const { bytes, count } = older.read(after, into);
    if (count === 0) return { lines: Buffer.concat(read), reads: read.length };
    read.push(Buffer.from(into.subarray(0, bytes)));
    after += count;
  }
}
