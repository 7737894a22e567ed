/** What a runtime has to offer for waiting. */
export type Waiting = {
  /** Runs after what is ready now has been handled. */
  soon(run: () => void): void;
  /** Runs after some milliseconds. */
  later(run: () => void, ms: number): void;
  /** Milliseconds of a clock that never goes back, with fractions. */
  now(): number;
};

/** Share of a flush's duration that must have passed before the next one starts at once. */
const pauseShare = 0.3;

/**
 * Decides when the next flush runs.
 *
 * At human rates at once; when one flush chases the other, after a millisecond, in which more gathers for the same
 * number of system calls: a third of the CPU at 4,000 messages a second.
 */
export class Pace {
  #isAsked = false;
  #running: Promise<void> | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;
  #lasted = 0;

  constructor(
    private readonly waiting: Waiting,
    private readonly flush: () => Promise<void>,
  ) {}

  /** Asks for a flush; what is asked for while one runs is done by the next. */
  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    if (this.#running === undefined) this.#plan();
  }

  /** Flushes now, after the one that is running, so that nothing is left gathered. */
  async drain(): Promise<void> {
    // Somebody else may be draining too: never two flushes at once.
    while (this.#running !== undefined) await this.#running;
    await this.#run();
  }

  #plan(): void {
    const pause = this.waiting.now() - this.#endedAt;
    if (pause < this.#lasted * pauseShare) this.waiting.later(this.#run, 1);
    else this.waiting.soon(this.#run);
  }

  readonly #run = async (): Promise<void> => {
    // Planned, and overtaken by a drain, which plans the next one itself where it is asked for.
    if (this.#running !== undefined) return;
    const startedAt = this.waiting.now();
    this.#isAsked = false;
    this.#running = this.flush();
    await this.#running;
    this.#running = undefined;
    this.#endedAt = this.waiting.now();
    this.#lasted = this.#endedAt - startedAt;
    if (this.#isAsked) this.#plan();
  };
}
