// Time that waits for a busy machine, for all that this process does.
//
// Programs of 2021 tell messages apart by the pauses between them, and here both sides share one process. When others
// hold that process up for longer than a pause, the timers of both are due at once, and nobody has read in between. So
// the clock of this process goes no faster than the real one, and passes at most a few milliseconds before everybody
// has had an opportunity to read.

const stepMsMax = 8;

type Waiting = { at: number; order: number; run: () => void };

const realNow = performance.now.bind(performance);
const realTimeout = globalThis.setTimeout;
const waiting = new Map<number, Waiting>();
let now = realNow();
let lookedAt = now;
let orders = 0;

/** In place of `Bun.sleep`, which has a clock of its own. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => later(resolve, ms));
}

function later(run: (...given: never[]) => unknown, ms = 0, ...given: never[]): number {
  orders += 1;
  const order = orders;
  waiting.set(order, { at: now + Math.max(1, ms), order, run: () => run(...given) });
  return order;
}

function step(): void {
  const real = realNow();
  now += Math.min(stepMsMax, real - lookedAt);
  lookedAt = real;
  goOn();
  const due = [...waiting.values()].filter(({ at }) => at <= now);
  for (const { order, run } of due.sort((a, b) => a.at - b.at || a.order - b.order)) {
    // An earlier one may have cleared it.
    if (waiting.delete(order)) run();
  }
}

/** By way of a timer and an immediate: whatever the machine does, sockets are read in between. */
function goOn(): void {
  realTimeout(() => setImmediate(step), 1);
}

Object.assign(globalThis, {
  setTimeout: later,
  clearTimeout: (order: number | undefined) => waiting.delete(order ?? 0),
});
performance.now = () => now;
goOn();
