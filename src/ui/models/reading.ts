import type { ReadonlySignal } from "@preact/signals";
import { signal } from "@preact/signals";
import * as v from "valibot";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import type { Deps } from "./deps.ts";
import type { Kept } from "./kept.ts";
import type { Timeline } from "./timeline.ts";

/** How far a room has been read. */
export type Reading = {
  unread: ReadonlySignal<number>;
  /** Seq of the entry before which the "new" line stands. */
  firstUnread: ReadonlySignal<number | null>;
  /** @param isForMe  Whether what was said before this browser knew the room was said to oneself. */
  joined(frame: RelayFrames["joined"], isContinued: boolean, isForMe: boolean): void;
  /** Another's line is about to be added to the timeline. */
  saw(seq: number): void;
  /** Everything up to a seq is in the timeline. */
  settled(head: number): void;
  /** The person is looking at the room. */
  looked(): void;
  /** Keeps at once how far that was. */
  save(): void;
  /** Takes the "new" line away. */
  clear(): void;
};

const readSchema = v.object({ epoch: v.string(), seq: v.number() });
const saveAfterMs = 500;

/** @param isWatched  Whether the person has the room before their eyes. */
export function createReading(options: {
  id: string;
  deps: Deps;
  kept: Kept;
  timeline: Timeline;
  isWatched: ReadonlySignal<boolean>;
}): Reading {
  const { deps, kept, timeline, isWatched } = options;
  const key = `read/${options.id}`;
  const unread = signal(0);
  const firstUnread = signal<number | null>(null);
  let epoch: string | null = null;
  let lastRead = 0;
  let head = 0;
  /** Up to here the entries are those that came while this page was not there. */
  let missedUpTo = 0;
  let isSaving = false;

  function looked(): void {
    unread.value = 0;
    // After a join the entries up to there are still to come.
    if (head <= lastRead) return;
    lastRead = head;
    if (isSaving) return;
    // Not at each line of a lively room: what is lost when the page is killed counts as unread again.
    isSaving = true;
    deps.setTimer(saveAfterMs, () => {
      isSaving = false;
      save();
    });
  }

  function save(): void {
    if (epoch !== null) kept.set(key, { epoch, seq: lastRead });
  }

  function clear(): void {
    firstUnread.value = null;
    timeline.markNew(null);
  }

  return {
    unread,
    firstUnread,
    looked,
    save,
    clear,
    joined(frame, isContinued, isForMe) {
      if (isContinued) return;
      const before = kept.get(key, readSchema);
      epoch = frame.epoch;
      head = frame.from;
      missedUpTo = frame.head;
      // In a room that is new to this browser nothing counts as unread, unless there is nobody else to read it.
      lastRead = before?.epoch === epoch ? before.seq : isForMe ? 0 : frame.head;
      kept.set(key, { epoch, seq: lastRead });
      // Whose lines these are is not known without fetching them.
      unread.value = Math.max(0, frame.from - lastRead);
      clear();
    },
    saw(seq) {
      if (seq <= lastRead) return;
      const isMissed = seq <= missedUpTo;
      if (isWatched.peek() && !isMissed) return;
      const isFirst = firstUnread.peek() === null || (unread.peek() === 0 && !isMissed);
      if (isFirst) {
        firstUnread.value = seq;
        timeline.markNew(seq);
      }
      unread.value = unread.peek() + 1;
    },
    settled(seq) {
      head = seq;
      if (isWatched.peek()) looked();
    },
  };
}
