import type { ReadonlySignal } from "@preact/signals";
import { signal } from "@preact/signals";
import type { ClientFrames } from "../../wire/client-frames.ts";
import type { RelayFrames } from "../../wire/relay-frames.ts";

type Entry = RelayFrames["entry"];

/** Where a join is to start, for the fields of its frame. */
export type Position = Pick<ClientFrames["join"], "after" | "epoch" | "last">;

/** Which entries of a room's log are here: always all from one seq to another, and none twice. */
export type LogWindow = {
  /** Seq of the newest entry that is here, 0 for none. */
  head(): number;
  /** Whether there are older entries than those here. */
  older: ReadonlySignal<"more" | "loading" | "none">;
  position(): Position;
  /**
   * Entries after `frame.from` follow.
   *
   * @returns  False when they do not continue what is here, which is to be forgotten.
   */
  joined(frame: RelayFrames["joined"]): boolean;
  /**
   * Where an entry belongs: next, and it has been taken; older or known, it is no news; gap, entries before
   * it are missing.
   */
  take(entry: Entry): "next" | "known" | "gap";
  /** What to ask for older entries; null when there are none or they have been asked for. */
  askOlder(): Pick<ClientFrames["history"], "before" | "limit"> | null;
  /** What to ask again after a new join, when an answer is still awaited. */
  askAgain(): Pick<ClientFrames["history"], "before" | "limit"> | null;
  /** The answer to it: the entries of the page, oldest first. */
  page(frame: RelayFrames["page"]): Entry[];
  /** Entries before a seq are no longer here. */
  trimmed(first: number): void;
  /** The next join starts at the tail; until it is answered everything stays. */
  forget(): void;
};

const pageEntries = 50;

export function createLogWindow(): LogWindow {
  const older = signal<"more" | "loading" | "none">("none");
  let epoch: string | null = null;
  let head = 0;
  /** Seq of the oldest entry that is here; head + 1 when none is. */
  let first = 1;
  let oldest = 1;
  /** Entries of a page come before its frame. */
  let coming = new Map<number, Entry>();

  function settle(): void {
    older.value = first > oldest ? "more" : "none";
  }

  return {
    older,
    head: () => head,
    position: () => (epoch === null ? { last: pageEntries } : { after: head, epoch }),
    joined(frame) {
      const isContinued = epoch === frame.epoch && frame.from >= first - 1 && frame.from <= head;
      if (!isContinued) {
        head = frame.from;
        first = frame.from + 1;
        older.value = "none";
      }
      ({ epoch, oldest } = frame);
      coming = new Map();
      if (older.peek() !== "loading") settle();
      return isContinued;
    },
    take(entry) {
      if (entry.seq === head + 1) {
        head = entry.seq;
        return "next";
      }
      if (entry.seq > head) return "gap";
      if (entry.seq < first && older.peek() === "loading") coming.set(entry.seq, entry);
      return "known";
    },
    askOlder() {
      if (older.peek() !== "more") return null;
      older.value = "loading";
      return { before: first, limit: pageEntries };
    },
    askAgain: () => (older.peek() === "loading" ? { before: first, limit: pageEntries } : null),
    page(frame) {
      if (older.peek() !== "loading") return [];
      // One's own entry, sent again as an acknowledgement, may be older than the page.
      const entries = [...coming.values()]
        .filter(({ seq }) => seq >= frame.first)
        .sort((a, b) => a.seq - b.seq);
      coming = new Map();
      oldest = frame.oldest;
      first = frame.first === 0 ? oldest : Math.min(first, frame.first);
      settle();
      return entries;
    },
    forget() {
      epoch = null;
    },
    trimmed(seq) {
      first = seq;
      settle();
    },
  };
}
