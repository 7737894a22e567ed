/** A token bucket: a burst, then a steady rate. */
export class Bucket {
  #tokens: number;
  #at: number;

  /**
   * @param burst      Most tokens at once.
   * @param perSecond  Tokens that come back each second; 0 lifts the limit.
   * @param now        Milliseconds of a clock that never goes back.
   */
  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
    now: number,
  ) {
    this.#tokens = burst;
    this.#at = now;
  }

  /** Whether all tokens are there: it is as good as a new one. */
  isFull(now: number): boolean {
    return this.#tokens + ((now - this.#at) / 1000) * this.perSecond >= this.burst;
  }

  /** @returns 0 when a token was taken, else the milliseconds until there is one. */
  take(now: number): number {
    if (this.perSecond === 0) return 0;
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
    // Nearly one is one: fractions add up to a little less, and whoever waited as told must get it.
    if (this.#tokens > 1 - 1e-6) {
      this.#tokens = Math.max(0, this.#tokens - 1);
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) / this.perSecond) * 1000);
  }
}
