import * as v from "valibot";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import type { Kept } from "./kept.ts";
import type { People, Person } from "./people.ts";

/** With whom each conversation of two is, and which of them the person has put away. */
export type Directs = {
  /** The other one; null for a room that is open to all. */
  other(room: string): Person | null;
  opened(room: string, other: Person): void;
  /** @returns  Whether there is something in it that the person has not put away. */
  called(frame: RelayFrames["direct"]): boolean;
  putAway(room: string, head: number): void;
};

const otherSchema = v.object({ member: v.string(), name: v.string() });

export function createDirects(kept: Kept, people: People): Directs {
  const keyOf = (room: string) => `direct/${room}`;
  const awayKeyOf = (room: string) => `away/${room}`;
  return {
    other(room) {
      const other = kept.get(keyOf(room), otherSchema);
      // The name of the last visit: whatever comes from the relay is newer.
      return other ? people.wasThen(other.member, other.name, 0) : null;
    },
    opened(room, { member, name }) {
      kept.set(keyOf(room), { member, name: name.peek() });
      kept.remove(awayKeyOf(room));
    },
    called({ room, member, name, head }) {
      people.isNow(member, name);
      kept.set(keyOf(room), { member, name });
      return head > (kept.get(awayKeyOf(room), v.number()) ?? 0);
    },
    putAway(room, head) {
      kept.set(awayKeyOf(room), head);
    },
  };
}
