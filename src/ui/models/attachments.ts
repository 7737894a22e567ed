import type { ReadonlySignal } from "@preact/signals";
import { computed, signal } from "@preact/signals";
import type { Picked } from "./picked.ts";
import { nameOf, problemWith, sizeOf } from "./picked.ts";
import type { Problem } from "./problem.ts";

/** Something that is going to be sent with the draft. */
export type Attachment = {
  readonly key: number;
  readonly name: string;
  readonly size: number;
  readonly picked: Picked;
  /** Why it will not be sent. */
  readonly problem: Problem | null;
  remove(): void;
};

/** What a person has chosen and not yet sent. */
export type Attachments = {
  list: ReadonlySignal<readonly Attachment[]>;
  /** Whether a folder is still being looked through. */
  isReading: ReadonlySignal<boolean>;
  add(picked: Promise<readonly Picked[]>): Promise<void>;
  /** What can be sent; it is no longer here then. */
  take(): Picked[];
};

export function createAttachments(): Attachments {
  const list = signal<readonly Attachment[]>([]);
  const reading = signal(0);
  let lastKey = 0;

  function make(picked: Picked): Attachment {
    lastKey += 1;
    const key = lastKey;
    return {
      key,
      name: nameOf(picked),
      size: sizeOf(picked),
      picked,
      problem: problemWith(picked),
      remove() {
        list.value = list.peek().filter((other) => other.key !== key);
      },
    };
  }

  return {
    list,
    isReading: computed(() => reading.value > 0),
    async add(picked) {
      reading.value += 1;
      try {
        const made = (await picked).map(make);
        list.value = [...list.peek(), ...made];
      } finally {
        reading.value -= 1;
      }
    },
    take() {
      const fit = list.peek().filter(({ problem }) => problem === null);
      list.value = list.peek().filter(({ problem }) => problem !== null);
      return fit.map(({ picked }) => picked);
    },
  };
}
