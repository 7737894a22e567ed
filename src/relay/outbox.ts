import type { Connection } from "../room/seat.ts";
import { encodeFrame } from "../wire/relay-frames.ts";

/** The part of a socket that an outbox uses; Bun's Socket has it. */
export type Wire = {
  /** @returns Bytes taken: all, fewer, 0 when it is full, -1 when it is closed. */
  write(bytes: Uint8Array): number;
  end(): void;
  terminate(): void;
};

const LF = 0x0a;
const encoder = new TextEncoder();
const nothing = new Uint8Array(0);

/**
 * What one connection still has to be sent: the rest of a line that was cut by a full socket, and frames of its
 * own. Lines of a log never wait here; their cursor does.
 */
export class Outbox implements Connection {
  #rest: Uint8Array = nothing;
  #frames = "";
  #isPlanned = false;
  /** The socket has not taken all of a file's bytes: whose they are has the rest. */
  #isBlocked = false;
  #state: "open" | "ending" | "closed" = "open";

  constructor(private readonly wire: Wire) {}

  get isFull(): boolean {
    return this.#isBlocked || this.#rest.length > 0 || this.#state !== "open";
  }

  /** Characters of frames that wait: a reader of the connection stops reading while there are many. */
  get waiting(): number {
    return this.#frames.length;
  }

  write(lines: Uint8Array): number {
    if (this.#frames !== "") this.flush();
    if (this.isFull) return 0;
    const taken = this.wire.write(lines);
    if (taken === lines.length) return taken;
    if (taken < 0) {
      this.close();
      return 0;
    }
    return this.#finishLine(lines, taken);
  }

  /**
   * Takes bytes of a file, which may be cut anywhere.
   *
   * @returns  How many were taken: all, or fewer, and then it is full until the socket has drained.
   */
  writeRaw(bytes: Uint8Array): number {
    if (this.#frames !== "") this.flush();
    if (this.isFull) return 0;
    const taken = this.wire.write(bytes);
    if (taken < 0) {
      this.close();
      return 0;
    }
    this.#isBlocked = taken < bytes.length;
    return taken;
  }

  send(frame: object): void {
    if (this.#state !== "open") return;
    this.#frames += encodeFrame(frame);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    // Several frames of one step leave in one write.
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.flush();
    });
  }

  /** Writes what waits, as far as the socket takes it. Called whenever it has drained. */
  flush(): void {
    if (this.#state === "closed") return;
    this.#isBlocked = false;
    if (this.#rest.length > 0 && !this.#writeRest()) return;
    if (this.#frames !== "") {
      this.#rest = encoder.encode(this.#frames);
      this.#frames = "";
      if (!this.#writeRest()) return;
    }
    if (this.#state === "ending") {
      this.#state = "closed";
      // Not earlier: `end` drops what the socket has not taken.
      this.wire.end();
    }
  }

  /** Ends the connection once everything is sent; nothing more is taken. */
  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.flush();
  }

  /** The socket is gone: whatever waits goes too. */
  close(): void {
    this.#state = "closed";
    this.#rest = nothing;
    this.#frames = "";
  }

  /**
   * Keeps the rest of the line at which the socket became full: a copy of one line, for the block in which it
   * stands is shared. Also when the cut fell between two lines, so that there is a rest, which says "full".
   */
  #finishLine(lines: Uint8Array, taken: number): number {
    const end = lines.indexOf(LF, taken) + 1;
    // Not `slice`: a Buffer's is a view, and would keep the whole block from being collected.
    this.#rest = new Uint8Array(lines.subarray(taken, end));
    return end;
  }

  /** @returns Whether the rest is out. */
  #writeRest(): boolean {
    const taken = this.wire.write(this.#rest);
    if (taken < 0) {
      this.close();
      return false;
    }
    this.#rest = taken === this.#rest.length ? nothing : this.#rest.subarray(taken);
    return this.#rest.length === 0;
  }
}
