import type { SharedBytes } from "../../src/room/blocks.ts";

/** A copy in memory that threads see as well. */
export function shared(bytes: Uint8Array | string): SharedBytes {
  const from = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  const copy = new Uint8Array(new SharedArrayBuffer(from.length));
  copy.set(from);
  return copy;
}
