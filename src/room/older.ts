/** What a log needs of whoever keeps its older entries. */
export interface Older {
  /**
   * Reads whole lines after a position, oldest first, with dense seqs from `after + 1` on.
   *
   * @param after  Seq of the last entry handled.
   * @param into   Where they go, as many as have room there: one at least.
   * @returns      How many bytes and lines they are; none when there is nothing.
   */
  read(after: number, into: Uint8Array): { bytes: number; count: number };
}

const memory = Buffer.allocUnsafeSlow(256 * 1024);
/** What is in the memory: cursors that are equally far behind ask for it one after the other. */
let last: { older: Older; after: number; bytes: number; count: number } | undefined;

/**
 * Reads lines after a position into memory that all logs share.
 *
 * @returns  Whole lines, good until the next call, and how many they are; none when there is nothing.
 */
export function readOlder(older: Older, after: number): { lines: Uint8Array; count: number } {
  if (last?.older !== older || last.after !== after) {
    last = undefined;
    last = { older, after, ...older.read(after, memory) };
  }
  return { lines: memory.subarray(0, last.bytes), count: last.count };
}
