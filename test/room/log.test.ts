import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Cursor } from "../../src/room/cursor.ts";
import { Log, tailBytesMax } from "../../src/room/log.ts";
import type { Segment } from "../../src/room/segment.ts";
import { TestConnection } from "./fakes.ts";

const segmentBytesMax = 256 * 1024;

/** Somebody who looks at the log, and where it began. */
type Reader = { cursor: Cursor; connection: TestConnection; after: number };

/** A log, a list of lines that says what should be in it, and the store behind. */
class World {
  readonly kept: string[] = [];
  readonly readers: Reader[] = [];
  readCount = 0;
  readonly log: Log;
  #waiting: string[] = [];
  #cut: number | undefined;
  #count = 0;

  constructor(keptBefore: number) {
    for (let i = 0; i < keptBefore; i++) this.kept.push(this.#line(20));
    this.log = new Log(keptBefore, { read: (after, bytesMax) => this.#read(after, bytesMax) });
  }

  append(chars: number): void {
    const line = this.#line(chars);
    expect(Buffer.from(this.log.append(line)).toString()).toBe(line);
    this.#waiting.push(line);
  }

  cut(): void {
    if (this.#cut !== undefined) return;
    this.log.cut();
    this.#cut = this.#waiting.length;
  }

  show(): void {
    if (this.#cut === undefined) return;
    this.kept.push(...this.#waiting.splice(0, this.#cut));
    this.#cut = undefined;
    this.log.show();
  }

  takeBack(): void {
    this.log.takeBack();
    this.#waiting = [];
    this.#cut = undefined;
  }

  look(after: number, bytes: number, until?: number): Reader {
    const connection = new TestConnection(bytes);
    const reader = { cursor: new Cursor(this.log, connection, after, until), connection, after };
    this.readers.push(reader);
    return reader;
  }

  /** What holds at any time. */
  check(): void {
    expect(this.log.head).toBe(this.kept.length);
    expect(this.log.appended).toBe(this.kept.length + this.#waiting.length);
    expect(this.tailBytes).toBeLessThanOrEqual(tailBytesMax + segmentBytesMax + this.#waitingBytes);
  }

  /** Reads everybody to the end, and compares what they have with the log. */
  finish(): void {
    this.check();
    for (const { cursor, connection, after } of this.readers) {
      connection.bytes = Number.POSITIVE_INFINITY;
      while (cursor.pump());
      const until = Math.min(cursor.until, this.kept.length);
      expect(cursor.seq).toBe(Math.max(until, after));
      expect(connection.text === this.kept.slice(after, until).join("")).toBe(true);
    }
  }

  /** Bytes of memory that the log holds, found by following its segments from the oldest that it has. */
  get tailBytes(): number {
    let bytes = 0;
    for (let at = this.#oldest(); at !== undefined; at = at.next) bytes += at.bytesMax;
    return bytes;
  }

  #oldest(): Segment | undefined {
    let low = 0;
    let high = this.log.head;
    while (low < high) {
      const after = Math.floor((low + high) / 2);
      if (this.log.read(after, undefined, 0).segment === undefined) low = after + 1;
      else high = after;
    }
    return low < this.log.head ? this.log.read(low, undefined, 0).segment : undefined;
  }

  get #waitingBytes(): number {
    // Segments are begun while there may still be some room in the one before.
    return this.#waiting.reduce((sum, line) => sum + line.length * 4, 0);
  }

  #line(chars: number): string {
    this.#count += 1;
    return `${this.#count}:${"é".repeat(chars)}\n`;
  }

  #read(after: number, bytesMax: number): { lines: Uint8Array; count: number } {
    this.readCount += 1;
    let text = "";
    let count = 0;
    for (const line of this.kept.slice(after)) {
      if (count > 0 && text.length + line.length > bytesMax) break;
      text += line;
      count += 1;
    }
    return { lines: Buffer.from(text), count };
  }
}

type Step = fc.Command<object, World>;
const step = (name: string, run: (world: World) => void): Step => ({
  check: () => true,
  run: (_, world) => {
    run(world);
    world.check();
  },
  toString: () => name,
});

const share = fc.double({ min: 0, max: 1, noNaN: true });
const bytes = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 600_000 }));
const steps = [
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 200 })),
  fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 20_000 })),
].map((many) =>
  many.map(([count, chars]) =>
    step(`append(${count} of ${chars})`, (world) => {
      for (let i = 0; i < count; i++) world.append(chars);
    }),
  ),
);
const commands = fc.commands(
  [
    ...steps,
    ...steps,
    fc.constant(step("cut", (world) => world.cut())),
    fc.constant(step("show", (world) => world.show())),
    fc.constant(step("show", (world) => world.show())),
    fc.constant(step("takeBack", (world) => world.takeBack())),
    fc.tuple(share, bytes).map(([share, bytes]) =>
      step(`look(${share}, ${bytes})`, (world) => {
        world.look(Math.round(share * world.log.head), bytes);
      }),
    ),
    fc.tuple(share, share, bytes).map(([one, other, bytes]) =>
      step(`page(${one}, ${other}, ${bytes})`, (world) => {
        const ends = [one, other].map((share) => Math.round(share * world.log.head));
        world.look(Math.min(...ends), bytes, Math.max(...ends));
      }),
    ),
    fc.tuple(share, bytes).map(([share, bytes]) =>
      step(`pump(${share}, ${bytes})`, (world) => {
        const reader = world.readers[Math.floor(share * world.readers.length)];
        if (reader === undefined) return;
        reader.connection.bytes = bytes;
        reader.cursor.pump();
      }),
    ),
    fc.constant(
      step("pump all", (world) => {
        for (const { cursor } of world.readers) cursor.pump();
      }),
    ),
  ],
  { maxCommands: 60 },
);

describe("A log", () => {
  test("gives every cursor exactly the lines after its start, wherever it stalls and whatever is taken back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), commands, (keptBefore, commands) => {
        const world = new World(keptBefore);
        fc.modelRun(() => ({ model: {}, real: world }), commands);
        world.cut();
        world.show();
        world.finish();
      }),
      { numRuns: 150 },
    );
  });

  test("shows nothing before the batch is durable", () => {
    const world = new World(0);
    const { cursor, connection } = world.look(0, 1000);
    world.append(1);
    cursor.pump();
    world.cut();
    world.append(2);
    cursor.pump();
    expect(connection.text).toBe("");
    world.show();
    cursor.pump();
    expect(connection.text).toBe("1:é\n");
  });

  test("takes a lost batch back with what came behind it, and counts on from before", () => {
    const world = new World(2);
    const { cursor, connection } = world.look(2, 1000);
    world.append(1);
    world.cut();
    world.append(1);
    world.takeBack();
    expect(world.log.appended).toBe(2);
    world.append(0);
    world.cut();
    world.show();
    cursor.pump();
    expect(connection.text).toBe("5:\n");
    expect(cursor.seq).toBe(3);
  });

  test("keeps its newest lines in memory, and not much more than it may", () => {
    const world = new World(0);
    const early = world.look(0, 10);
    const live = world.look(0, Number.POSITIVE_INFINITY);
    for (let i = 0; i < 100; i++) {
      world.append(10_000);
      world.cut();
      world.show();
      live.cursor.pump();
      early.cursor.pump();
      world.check();
    }
    expect(world.tailBytes).toBeGreaterThan(tailBytesMax / 2);
    expect(live.cursor.seq).toBe(100);
    world.finish();
  });

  test("refuses a line that is longer than any segment", () => {
    expect(() => new World(0).log.append("é".repeat(100_000))).toThrow("longer than a line may be");
  });

  test("that the store has lost entries of says so", () => {
    const log = new Log(3, { read: () => ({ lines: new Uint8Array(0), count: 0 }) });
    expect(() => log.read(1, undefined, 0)).toThrow("no entry after 1");
  });
});

describe("A cursor", () => {
  test("stops when its sink is full and resumes where it stopped", () => {
    const world = new World(0);
    for (let i = 0; i < 10; i++) world.append(3);
    world.cut();
    world.show();
    const { cursor, connection } = world.look(0, 1);
    cursor.pump();
    expect(connection.text).toBe(world.kept.slice(0, 1).join(""));
    expect(cursor.seq).toBe(1);
    cursor.pump();
    expect(cursor.seq).toBe(1);
    world.finish();
  });

  test("that keeps up needs no store, and one that fell behind does", () => {
    const world = new World(0);
    const early = world.look(0, 10);
    const live = world.look(0, Number.POSITIVE_INFINITY);
    for (let i = 0; i < 100; i++) {
      world.append(10_000);
      world.cut();
      world.show();
      live.cursor.pump();
      early.cursor.pump();
    }
    expect(live.cursor.seq).toBe(100);
    expect(world.readCount).toBe(0);
    expect(early.cursor.seq).toBe(1);
    early.connection.bytes = 100_000;
    early.cursor.pump();
    expect(world.readCount).toBe(1);
    world.finish();
  });

  test("of a page stops at its end, in memory and in the store", () => {
    for (const [keptBefore, appended] of [
      [9, 0],
      [0, 9],
      [4, 5],
    ] as const) {
      const world = new World(keptBefore);
      for (let i = 0; i < appended; i++) world.append(3);
      world.cut();
      world.show();
      const { cursor, connection } = world.look(2, Number.POSITIVE_INFINITY, 6);
      while (cursor.pump());
      expect(cursor.isDone).toBe(true);
      expect(connection.text).toBe(world.kept.slice(2, 6).join(""));
    }
  });

  test("gives way to others after each block of the store", () => {
    const world = new World(0);
    for (let i = 0; i < 200; i++) {
      world.append(10_000);
      world.cut();
      world.show();
    }
    const { cursor } = world.look(0, Number.POSITIVE_INFINITY);
    expect(cursor.pump()).toBe(true);
    expect(world.readCount).toBe(1);
    expect(cursor.seq).toBeLessThan(30);
    world.finish();
  });
});
