import { describe, expect, test } from "bun:test";
import { Pace } from "../../src/room/pace.ts";
import { Clock, settled } from "./fakes.ts";

/** A pace whose flushes last until a test ends them. */
function paced() {
  const clock = new Clock();
  const ends: (() => void)[] = [];
  const state = { count: 0, running: 0, runningMax: 0 };
  const pace = new Pace(clock, async () => {
    state.count += 1;
    state.running += 1;
    state.runningMax = Math.max(state.runningMax, state.running);
    await new Promise<void>((resolve) => ends.push(resolve));
    state.running -= 1;
  });
  const end = async () => {
    ends.shift()?.();
    await clock.settle();
  };
  return { clock, pace, state, end };
}

describe("A flush", () => {
  test("is not run before it is asked for, and then once for any number of asks", async () => {
    const { clock, pace, state, end } = paced();
    await clock.settle();
    expect(state.count).toBe(0);
    for (let i = 0; i < 3; i++) pace.ask();
    await clock.settle();
    await end();
    expect(state.count).toBe(1);
  });

  test("that is asked for while one runs comes after it", async () => {
    const { clock, pace, state, end } = paced();
    pace.ask();
    await clock.settle();
    pace.ask();
    pace.ask();
    await clock.settle();
    expect(state.count).toBe(1);
    await end();
    expect(state.count).toBe(2);
    await end();
    expect(state.count).toBe(2);
  });

  test("that chases the one before waits a millisecond, and one after a pause does not", async () => {
    const { clock, pace, end } = paced();
    const flush = async () => {
      pace.ask();
      await clock.settle();
      clock.time += 10;
      await end();
    };
    await flush();
    expect(clock.laterCount).toBe(0);
    await flush();
    expect(clock.laterCount).toBe(1);
    clock.time += 5;
    await flush();
    expect(clock.laterCount).toBe(1);
  });
});

describe("Draining", () => {
  test("waits for the flush that runs, and flushes what came since", async () => {
    const { clock, pace, state, end } = paced();
    pace.ask();
    await clock.settle();
    let isDrained = false;
    void pace.drain().then(() => {
      isDrained = true;
    });
    await settled();
    expect(state.count).toBe(1);
    await end();
    expect(state.count).toBe(2);
    expect(isDrained).toBe(false);
    await end();
    expect(isDrained).toBe(true);
  });

  test("never runs beside another flush, whatever is asked for meanwhile", async () => {
    const { clock, pace, state, end } = paced();
    pace.ask();
    await clock.settle();
    const drains = [pace.drain(), pace.drain()];
    for (let i = 0; i < 6; i++) {
      pace.ask();
      await clock.settle();
      await end();
    }
    await Promise.all(drains);
    expect(state.count).toBeGreaterThanOrEqual(4);
    expect(state.runningMax).toBe(1);
  });

  test("that comes before a planned flush leaves nothing undone", async () => {
    const { clock, pace, state, end } = paced();
    pace.ask();
    const drained = pace.drain();
    pace.ask();
    await clock.settle();
    while (state.running > 0) await end();
    await drained;
    expect(state.runningMax).toBe(1);
    const before = state.count;
    pace.ask();
    await clock.settle();
    expect(state.count).toBe(before + 1);
  });
});
