import type { ReadonlySignal, Signal } from "@preact/signals";
import { signal } from "@preact/signals";

/** A member of this server: one object for ever, so that a new name shows wherever the person stands. */
export type Person = { readonly member: string; readonly name: ReadonlySignal<string> };

/** Everybody of whom this page has heard. */
export type People = {
  /** The member is here under this name now. */
  isNow(member: string, name: string): Person;
  /** The member had this name when an entry was made; it counts until something newer is known. */
  wasThen(member: string, name: string, at: number): Person;
};

/** An entry keeps the name of its time, and is shown under the newest one that is known. */
export function createPeople(): People {
  const known = new Map<string, { person: Person; name: Signal<string>; asOf: number }>();

  function learn(member: string, newName: string, asOf: number): Person {
    const before = known.get(member);
    if (!before) {
      const name = signal(newName);
      const person = { member, name };
      known.set(member, { person, name, asOf });
      return person;
    }
    if (asOf >= before.asOf) {
      before.name.value = newName;
      before.asOf = asOf;
    }
    return before.person;
  }

  return {
    // The relay's clock is not ours: what is true now is simply newer than any entry.
    isNow: (member, name) => learn(member, name, Number.POSITIVE_INFINITY),
    wasThen: (member, name, at) => learn(member, name, at),
  };
}
