/** How long one connection is served at a stretch while others wait. */
const turnMsMax = 4;

/**
 * The turn of one connection: what comes in one read may be work for a second, and answers that are there at once
 * never let go of the loop by themselves.
 */
export class Turn {
  #startedAt = 0;

  get isOver(): boolean {
    return performance.now() - this.#startedAt >= turnMsMax;
  }

  /** The loop has just come to this connection. */
  begin(): void {
    this.#startedAt = performance.now();
  }

  /** Lets all others have theirs first. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.begin();
  }
}
