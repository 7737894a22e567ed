/** A clock that stands until a test moves it, and the timers that hang on it. */
export class Clock {
  // A Monday noon, so that a test's lines do not straddle a day by accident.
  #now = new Date(2026, 2, 2, 12).getTime();
  readonly #timers = new Set<{ at: number; run: () => void }>();

  readonly now = (): number => this.#now;

  readonly setTimer = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Moves on, ringing what is due in its order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = until;
  }
}

/** Waits for something that events bring about; fails when it does not come within four seconds. */
export async function until(isSo: () => boolean, what = isSo.toString()): Promise<void> {
  const deadline = performance.now() + 4_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Did not come about: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
