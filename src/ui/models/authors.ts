import type { ReadonlySignal } from "@preact/signals";
import { computed, signal } from "@preact/signals";
import type { Person } from "./people.ts";

/** Who has said something in a room, as far as it was shown. */
export type Authors = {
  /** Those who are not here now, by name. */
  away: ReadonlySignal<readonly Person[]>;
  said(author: Person): void;
};

export function createAuthors(
  here: ReadonlySignal<readonly Person[]>,
  own: ReadonlySignal<Person | null>,
): Authors {
  const authors = signal<ReadonlySet<Person>>(new Set());
  return {
    away: computed(() => {
      const present = new Set(here.value);
      const gone = [...authors.value].filter((author) => !present.has(author) && author !== own.value);
      // A name that was freed is another's now: of those who had it the one who came last is meant by it.
      const owners = new Map(gone.map((author) => [author.name.value, author]));
      for (const { name } of present) owners.delete(name.value);
      if (own.value) owners.delete(own.value.name.value);
      return [...owners.values()].sort((a, b) => a.name.value.localeCompare(b.name.value));
    }),
    said(author) {
      if (!authors.peek().has(author)) authors.value = new Set(authors.peek()).add(author);
    },
  };
}
