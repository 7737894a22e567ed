import type { ReadonlySignal } from "@preact/signals";
import { signal } from "@preact/signals";
import { limits } from "../../wire/limits.ts";
import type { Deps } from "./deps.ts";
import type { Person } from "./people.ts";

/** Who is typing in a room, and that one is typing oneself. */
export type Typing = {
  others: ReadonlySignal<readonly Person[]>;
  /** Another's signal came. */
  heard(person: Person): void;
  /** The other has sent something, or has gone. */
  ended(member: string): void;
  clear(): void;
  /** Tells the others, but not at every key. */
  typed(): void;
  /** One's own line was sent, which ended what the others are shown: the next key is told again. */
  sent(): void;
};

const shownMs = 5_000;
const sendEveryMs = 3_000;
/** Longer than the relay asks for: two signals may arrive closer together than they were sent. */
const againMs = limits.typingEveryMs + 500;

export function createTyping(deps: Deps, send: () => boolean): Typing {
  const others = signal<readonly Person[]>([]);
  const cancels = new Map<string, () => void>();
  let sentAt = Number.NEGATIVE_INFINITY;
  let everyMs = sendEveryMs;

  function ended(member: string): void {
    const cancel = cancels.get(member);
    if (!cancel) return;
    cancel();
    cancels.delete(member);
    others.value = others.peek().filter((other) => other.member !== member);
  }

  return {
    others,
    ended,
    heard(person) {
      if (!cancels.has(person.member)) others.value = [...others.peek(), person];
      cancels.get(person.member)?.();
      cancels.set(
        person.member,
        deps.setTimer(shownMs, () => ended(person.member)),
      );
    },
    clear() {
      for (const member of [...cancels.keys()]) ended(member);
    },
    typed() {
      if (deps.now() - sentAt < everyMs || !send()) return;
      sentAt = deps.now();
      everyMs = sendEveryMs;
    },
    sent() {
      // Not at once: the relay drops what comes sooner, and the others would wait for the one after it.
      everyMs = againMs;
    },
  };
}
