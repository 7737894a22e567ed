import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Log, tailBytesMax } from "../../src/room/log.ts";
import { World } from "./world.ts";

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
    const log = new Log(3, { read: () => ({ bytes: 0, count: 0 }) });
    expect(() => log.read(1, undefined, 0)).toThrow("no entry after 1");
  });
});
