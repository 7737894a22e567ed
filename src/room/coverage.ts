/** A stretch of bytes: from the first one to behind the last one. */
type Stretch = { from: number; to: number };

const keysMax = 10_000;
const stretchesMax = 1_000;

/** Which parts of a file a member has taken: a browser may fetch one in several pieces. */
export class Coverage {
  readonly #taken = new Map<string, Stretch[]>();

  /**
   * Notes a stretch.
   *
   * @returns  Whether everything has been taken now; it is forgotten then.
   */
  add(key: string, from: number, to: number, size: number): boolean {
    const stretches = merged([...(this.#taken.get(key) ?? []), { from, to }]);
    this.#taken.delete(key);
    const [first] = stretches;
    if (first !== undefined && first.from === 0 && first.to >= size) return true;
    if (stretches.length > stretchesMax) return false;
    this.#taken.set(key, stretches);
    // Whoever was here longest ago starts again: bounded, and of no harm but a mark that does not come.
    for (const oldest of this.#taken.keys()) {
      if (this.#taken.size <= keysMax) break;
      this.#taken.delete(oldest);
    }
    return false;
  }
}

function merged(stretches: Stretch[]): Stretch[] {
  const sorted = stretches.toSorted((a, b) => a.from - b.from);
  const result: Stretch[] = [];
  for (const { from, to } of sorted) {
    const last = result.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}
