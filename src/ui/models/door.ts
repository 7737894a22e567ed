import type { ReadonlySignal } from "@preact/signals";
import { computed, signal } from "@preact/signals";
import * as v from "valibot";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import type { Link } from "./connection.ts";
import type { Kept } from "./kept.ts";
import type { People, Person } from "./people.ts";
import type { Problem } from "./problem.ts";

/** What there is to know of a room beside its log. */
export type About = { maker: Person | null; mayManage: boolean; removed: readonly Person[] };

/** Who may enter a room, and who decides it. */
export type Door = {
  isClosed: ReadonlySignal<boolean>;
  /** Null until it has been asked for. */
  about: ReadonlySignal<About | null>;
  askAbout(): void;
  joined(frame: RelayFrames["joined"]): void;
  /** Something was done to the room, just now. */
  changed(action: string, epoch: string | undefined): void;
  /** Whether an epoch is not the one of this room, which was closed: it is another room then. */
  isOther(epoch: string | undefined): boolean;
  /** The person has left the room for good. */
  forget(): void;
};

const outside = new Set<Problem["key"]>([
  "problem.room-closed",
  "problem.room-gone",
  "problem.removed",
  "problem.deleted",
]);

/** Whether a problem means that one is not in the room and does not come in again by waiting. */
export function isOutside(problem: Problem | null): boolean {
  return problem !== null && outside.has(problem.key);
}

export function createDoor(options: { room: string; kept: Kept; link: Link; people: People }): Door {
  const { room, kept, link, people } = options;
  /** The epoch under which it was closed, if it was: kept, so that another room of its name is never taken for it. */
  const closedEpoch = signal(kept.get(`closed/${room}`, v.string()) ?? null);
  const about = signal<About | null>(null);

  function closes(epoch: string | null): void {
    closedEpoch.value = epoch;
    if (epoch === null) kept.remove(`closed/${room}`);
    else kept.set(`closed/${room}`, epoch);
  }

  function askAbout(): void {
    link.request({ type: "about", room }, (answer) => {
      // What was known may be of a room that one has nothing to do with any more.
      if (answer?.type === "error") about.value = null;
      if (answer?.type !== "about") return;
      const { maker, mayManage, removed } = answer;
      const person = (each: { member: string; name: string }) => people.isNow(each.member, each.name);
      about.value = { maker: maker && person(maker), mayManage, removed: removed.map(person) };
    });
  }

  return {
    isClosed: computed(() => closedEpoch.value !== null),
    about,
    askAbout,
    joined: (frame) => closes(frame.isClosed ? frame.epoch : null),
    changed(action, epoch) {
      if (action === "closed") closes(epoch ?? null);
      if (action === "opened") closes(null);
      // What was known of it is old, if anybody has asked.
      if (about.peek() !== null) askAbout();
    },
    isOther: (epoch) => closedEpoch.peek() !== null && epoch !== closedEpoch.peek(),
    forget: () => kept.remove(`closed/${room}`),
  };
}
