import { describe, expect, test } from "bun:test";
import { World } from "./world.ts";

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
