/** What a sender has to know of a line. */
export type Sendable = { readonly device: string; readonly n: number };

/** Sends the waiting lines of one room, each until it is acknowledged, in order. */
export type Sender<L extends Sendable> = {
  /** The relay takes lines for the room now: everything that waits is sent, from the first. */
  open(): void;
  close(): void;
  /** Something has been added to the lines that wait. */
  pump(): void;
  acknowledged(line: L): void;
  /** The relay takes nothing before so many ms: then everything that waits is sent again, from the first. */
  pause(ms: number): void;
};

const inFlightMax = 16;

/**
 * Makes a sender: go-back-n, because the relay refuses what follows a refused line, so that order is kept.
 *
 * @param waiting  The lines that wait now, in the order of sending.
 */
export function createSender<L extends Sendable>(options: {
  waiting(): readonly L[];
  send(line: L): boolean;
  setTimer(ms: number, run: () => void): () => void;
}): Sender<L> {
  const inFlight = new Set<string>();
  // Like TCP's: one line after a refusal, one more for each that is taken. A thousand lines that have waited
  // would else be refused a thousand times while the relay's rate lets them through one by one.
  let window = inFlightMax;
  let isOpen = false;
  let isPaused = false;
  let cancelPause = () => {};

  function pump(): void {
    if (!isOpen || isPaused) return;
    for (const line of options.waiting()) {
      if (inFlight.size >= window) return;
      if (inFlight.has(nameOf(line))) continue;
      if (!options.send(line)) return;
      inFlight.add(nameOf(line));
    }
  }

  function reset(): void {
    cancelPause();
    isPaused = false;
    inFlight.clear();
    window = inFlightMax;
  }

  return {
    pump,
    open() {
      reset();
      isOpen = true;
      pump();
    },
    close() {
      reset();
      isOpen = false;
    },
    acknowledged(line) {
      if (inFlight.delete(nameOf(line))) window = Math.min(inFlightMax, window + 1);
      pump();
    },
    pause(ms) {
      // The lines behind a refused one are each refused as well; one pause is for all of them.
      if (!isOpen || isPaused) return;
      inFlight.clear();
      window = 1;
      isPaused = true;
      cancelPause = options.setTimer(ms, () => {
        isPaused = false;
        pump();
      });
    },
  };
}

function nameOf({ device, n }: Sendable): string {
  return `${device}/${n}`;
}
