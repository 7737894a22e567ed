import type { RelayFrame, RelayFrames } from "../wire/relay-frames.ts";
import type { Connection } from "./seat.ts";

const LF = 0x0a;

/** A connection that takes entries one at a time, and is full until it has dealt with the last one. */
export abstract class EntrySink implements Connection {
  abstract readonly isFull: boolean;
  abstract send(frame: RelayFrame): void;
  /** Takes an entry, of any kind. No log is to be read meanwhile: the next entries are in memory that all share. */
  protected abstract take(entry: RelayFrames["entry"]): void;

  write(lines: Uint8Array): number {
    let from = 0;
    while (from < lines.length && !this.isFull) {
      const end = lines.indexOf(LF, from) + 1;
      const frame: RelayFrame = JSON.parse(new TextDecoder().decode(lines.subarray(from, end)));
      // Signals come the same way.
      if (frame.type === "entry") this.take(frame);
      from = end;
    }
    return from;
  }
}
