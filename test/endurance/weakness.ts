// What a control run takes away: each of these breaks one promise, and its harness must say so.

import type { Database } from "bun:sqlite";
import { open } from "node:fs/promises";
import { Outbox } from "../../src/relay/outbox.ts";
import { Peer } from "../../src/relay/peer.ts";
import { Session } from "../../src/relay/session.ts";
import { Marks } from "../../src/room/marks.ts";
import type { Store } from "../../src/store/store.ts";
import { LineSplitter } from "../../src/wire/lines.ts";

export type Weakness =
  /** An entry is shown before it is on the disk. */
  | "acknowledge-first"
  /** A commit does not wait for the disk. */
  | "synchronous-normal"
  /** A file is moved to its place before its bytes are on the disk. */
  | "no-sync-of-files"
  /** A commit that failed is shown all the same. */
  | "ignore-errors"
  /** What a device has posted before is not looked up. */
  | "no-marks"
  /** Rates and silences are measured by the clock on the wall. */
  | "wall-clock"
  /** Whoever was not heard while the relay was stopped is taken for dead. */
  | "impatient"
  /** A line that is no JSON ends more than its connection. */
  | "trusting"
  /** A line counts before its end has come. */
  | "hasty"
  /** Each read is taken for whole lines. */
  | "packets"
  /** Each connection has 64 KiB of its own. */
  | "buffers"
  /** What a reader does not take is kept for it. */
  | "queues";

type Clocks = { now: () => number; wallClock: () => number };

const lateMs = 30;

export function weaken(weakness: Weakness, store: Store, clocks: Clocks): void {
  const { rooms } = store;
  const append = rooms.append.bind(rooms);
  switch (weakness) {
    case "acknowledge-first":
      rooms.append = async (batch) => {
        // A copy: the log's memory goes on without us.
        const kept = batch.map((each) => ({ ...each, line: Uint8Array.from(each.line) }));
        setTimeout(() => void append(kept), lateMs);
      };
      return;
    case "synchronous-normal":
      (Reflect.get(rooms, "db") as Database).run("PRAGMA synchronous = NORMAL");
      return;
    case "no-sync-of-files":
      void open("/", "r").then(async (handle) => {
        Object.getPrototypeOf(handle).sync = async () => {};
        await handle.close();
      });
      return;
    case "ignore-errors":
      rooms.append = (batch) => append(batch).catch(() => {});
      return;
    case "no-marks": {
      let devices = 0;
      // A number posted again finds an author who has posted nothing.
      Marks.prototype.of = function (memberId, device) {
        devices += 1;
        const author = rooms.author(Reflect.get(this, "roomId"), memberId, `${device}-${devices}`);
        return { author, n: 0, heldN: 0, heldUntil: 0, heldRetryMs: 0 };
      };
      return;
    }
    case "wall-clock":
      clocks.now = Date.now;
      return;
    case "impatient": {
      const { sweep } = Peer.prototype;
      let sweptAt = performance.now();
      Peer.prototype.sweep = function (timing) {
        // The same for all of one sweep: the next one is a second away.
        if (performance.now() - sweptAt > timing.silenceMsMax) this.drop();
        else sweep.call(this, timing);
        queueMicrotask(() => {
          sweptAt = performance.now();
        });
      };
      return;
    }
    case "trusting": {
      const { take } = Session.prototype;
      Session.prototype.take = function (line) {
        if (typeof line === "string") queueMicrotask(() => JSON.parse(line));
        take.call(this, line);
      };
      return;
    }
    case "hasty": {
      const { push } = LineSplitter.prototype;
      LineSplitter.prototype.push = function (chunk, onLine) {
        push.call(this, chunk, onLine);
        const rest = textOf(chunk).split("\n").at(-1) ?? "";
        if (rest.endsWith("}")) onLine(rest);
      };
      return;
    }
    case "packets":
      LineSplitter.prototype.push = (chunk, onLine) => {
        for (const line of textOf(chunk).split("\n")) if (line !== "") onLine(line);
      };
      return;
    case "buffers": {
      const buffers: Buffer[] = [];
      const { take } = Session.prototype;
      const seen = new WeakSet<Session>();
      Session.prototype.take = function (line) {
        // Filled: memory that was never touched costs nothing.
        if (!seen.has(this)) buffers.push(Buffer.alloc(64 * 1024, 1));
        seen.add(this);
        take.call(this, line);
      };
      return;
    }
    case "queues":
      queue();
      return;
  }
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Lets every outbox take all that it is given, and keep what its socket does not take. */
function queue(): void {
  const queues = new WeakMap<Outbox, Uint8Array[]>();
  const { write, flush } = Outbox.prototype;
  const { get: isFull } = Object.getOwnPropertyDescriptor(Outbox.prototype, "isFull") ?? {};
  Object.defineProperty(Outbox.prototype, "isFull", { get: () => false });
  Outbox.prototype.write = function (lines) {
    const waiting = queues.get(this) ?? [];
    queues.set(this, waiting);
    const taken = waiting.length > 0 || isFull?.call(this) ? 0 : write.call(this, lines);
    if (taken < lines.length) waiting.push(Uint8Array.from(lines.subarray(taken)));
    return lines.length;
  };
  Outbox.prototype.flush = function () {
    flush.call(this);
    const waiting = queues.get(this) ?? [];
    while (waiting.length > 0 && !isFull?.call(this)) {
      const [lines] = waiting.splice(0, 1);
      const taken = lines === undefined ? 0 : write.call(this, lines);
      if (lines !== undefined && taken < lines.length) waiting.unshift(lines.subarray(taken));
    }
  };
}
