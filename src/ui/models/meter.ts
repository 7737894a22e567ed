import type { ReadonlySignal } from "@preact/signals";
import { signal } from "@preact/signals";

/** How fast bytes come. */
export type Pace = { readonly bytesPerSecond: number; readonly secondsLeft: number };

/** Measures how fast something with a known end goes on. */
export type Meter = {
  /** Null until it can be told. */
  pace: ReadonlySignal<Pace | null>;
  /** So many bytes are there now. */
  at(bytes: number): void;
  /** It has come to rest; what comes next is measured anew. */
  rest(): void;
};

// Long enough to be calm, short enough to follow a network that changes.
const windowMs = 5_000;
const leastMs = 1_000;
/** More often than this nobody can read a number. */
const tellEveryMs = 500;

export function createMeter(size: number, now: () => number): Meter {
  const pace = signal<Pace | null>(null);
  let samples: { at: number; bytes: number }[] = [];
  let toldAt = Number.NEGATIVE_INFINITY;

  return {
    pace,
    at(bytes) {
      const at = now();
      const last = samples.at(-1);
      // Going on at an earlier place is another beginning.
      if (last && bytes < last.bytes) samples = [];
      samples.push({ at, bytes });
      // The last sample before the window stays: what came slowly would else never be measured.
      while (samples[1] && samples[1].at <= at - windowMs) samples.shift();
      const [first = { at, bytes }] = samples;
      if (at - first.at < leastMs || at - toldAt < tellEveryMs) return;
      toldAt = at;
      const bytesPerSecond = ((bytes - first.bytes) / (at - first.at)) * 1000;
      const secondsLeft = (size - bytes) / bytesPerSecond;
      pace.value = bytesPerSecond > 0 ? { bytesPerSecond, secondsLeft } : null;
    },
    rest() {
      samples = [];
      toldAt = Number.NEGATIVE_INFINITY;
      pace.value = null;
    },
  };
}
