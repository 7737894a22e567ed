/** How long the endurance tests run: a few seconds each in `make test`, longer in `make soak`. */
export type Length = "fast" | "short" | "long";

const lengths: readonly Length[] = ["fast", "short", "long"];
const asked = process.env.SOAK || "fast";

/** What was asked for by SOAK. The one place that reads it. */
export const length: Length =
  lengths.find((each) => each === asked) ??
  fail(`Set SOAK to one of ${lengths.join(", ")}: "${asked}" is none of them`);

/** Takes what belongs to the length of this run. */
export function byLength<T>(values: { [L in Length]: T }): T {
  return values[length];
}

/** Only so that a run that hangs ends: no test's result depends on it. */
export const patienceMs = byLength({ fast: 120_000, short: 300_000, long: 12 * 60 * 60_000 });

/** Prints a figure of a run, with the run's length. */
export function report(figure: string): void {
  console.log(`  [${length}] ${figure}`);
}

function fail(sentence: string): never {
  throw new Error(sentence);
}
