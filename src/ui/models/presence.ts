import type { ReadonlySignal } from "@preact/signals";
import { computed, signal } from "@preact/signals";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import type { People, Person } from "./people.ts";

/** Who is in a room now. */
export type Presence = {
  /** By name, oneself included. */
  here: ReadonlySignal<readonly Person[]>;
  take(frame: RelayFrames["people" | "here" | "away"]): void;
};

export function createPresence(people: People): Presence {
  const members = signal<ReadonlyMap<string, Person>>(new Map());
  /** The list as it comes, frame by frame; shown when it is whole. */
  let coming = new Map<string, Person>();

  return {
    here: computed(() =>
      [...members.value.values()].sort((a, b) => a.name.value.localeCompare(b.name.value)),
    ),
    take(frame) {
      if (frame.type === "people") {
        if (frame.isFirst) coming = new Map();
        for (const { member, name } of frame.people) coming.set(member, people.isNow(member, name));
        if (frame.isLast) members.value = new Map(coming);
        return;
      }
      // A list that is under way must not bring back who has left meanwhile.
      const now = new Map(members.peek());
      for (const map of [now, coming]) {
        if (frame.type === "here") map.set(frame.member, people.isNow(frame.member, frame.name));
        else map.delete(frame.member);
      }
      members.value = now;
    },
  };
}
