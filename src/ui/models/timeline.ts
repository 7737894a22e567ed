import type { ReadonlySignal } from "@preact/signals";
import { signal } from "@preact/signals";
import type { FileCard } from "./file-card.ts";
import { midnight } from "./i18n.ts";
import type { Part } from "./markup.ts";
import type { Person } from "./people.ts";
import type { Problem } from "./problem.ts";

/** One message. The sent line that a waiting one becomes has the same key. */
export type Line = {
  readonly key: string;
  /** Null until the relay has given it one. */
  readonly seq: number | null;
  readonly at: number;
  readonly text: string;
  readonly parts: readonly Part[];
  /** When it is a file that was sent; the text is its name. */
  readonly file?: FileCard;
  readonly state: "sent" | "waiting" | "failed";
  readonly problem?: Problem;
  /** Sends a failed line again, as a new one. */
  readonly retry?: () => void;
  readonly remove?: () => void;
};

/** What stands in a room's timeline. A row object stays the same as long as nothing in it changes. */
export type TimelineRow =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | RunRow
  | EventRow
  | { readonly kind: "new"; readonly key: string };

/** What one author said without a pause or another's word between. */
type RunRow = {
  readonly kind: "run";
  readonly key: string;
  readonly author: Person;
  readonly isOwn: boolean;
  readonly at: number;
  readonly lines: readonly Line[];
};

/** Something that happened to the room. */
type EventRow = {
  readonly kind: "event";
  readonly key: string;
  readonly seq: number;
  readonly action: "created" | "closed" | "rekeyed" | "opened" | "removed" | "admitted";
  readonly author: Person;
  /** To whom it was done, where it was done to somebody. */
  readonly who?: Person;
  readonly at: number;
};

/** What a timeline is made of, in order. */
export type Item = EventRow | { readonly kind: "line"; author: Person; isOwn: boolean; line: Line };

// Campfire's and Slack's habit: after five minutes a line is a new thought.
const runPauseMsMax = 5 * 60_000;
/** A run is copied when a line is added, and dropped as a whole. */
const runLinesMax = 100;

/**
 * Adds items at the end of rows.
 *
 * @param firstNew  Seq of the entry before which the "new" line stands; null for none.
 * @returns         New rows; those that did not change are the same objects.
 */
export function grow(
  rows: readonly TimelineRow[],
  items: readonly Item[],
  firstNew: number | null,
): TimelineRow[] {
  const grown = [...rows];
  let lastAt = timeOfLast(rows);
  // The lines of the run that is being added to: a copy of ours, so that a long run is copied once.
  let open: Line[] | null = null;
  for (const item of items) {
    const { at, seq, key } = item.kind === "line" ? item.line : item;
    if (lastAt === null || midnight(lastAt) !== midnight(at))
      grown.push({ kind: "day", key: `day-${key}`, at });
    if (seq !== null && seq === firstNew) grown.push({ kind: "new", key: "new" });
    const last = grown.at(-1);
    if (item.kind === "event") {
      grown.push(item);
    } else if (last?.kind === "run" && continues(last, item.author, at, lastAt)) {
      if (open === null || open !== last.lines) {
        open = [...last.lines];
        grown[grown.length - 1] = { ...last, lines: open };
      }
      open.push(item.line);
    } else {
      open = [item.line];
      const { author, isOwn } = item;
      grown.push({ kind: "run", key: `run-${key}`, author, isOwn, at, lines: open });
    }
    lastAt = at;
  }
  return grown;
}

function continues(run: RunRow, author: Person, at: number, lastAt: number | null): boolean {
  return run.author === author && run.lines.length < runLinesMax && at - (lastAt ?? at) <= runPauseMsMax;
}

function timeOfLast(rows: readonly TimelineRow[]): number | null {
  const last = rows.findLast((row) => row.kind !== "new");
  if (!last) return null;
  return last.kind === "run" ? (last.lines.at(-1)?.at ?? last.at) : last.at;
}

/** The entries of a room as rows. */
export type Timeline = {
  rows: ReadonlySignal<readonly TimelineRow[]>;
  append(items: readonly Item[]): void;
  /** Puts older items in front; a run that they lengthen keeps its key, so that a view keeps its place. */
  prepend(items: readonly Item[]): void;
  /** Moves the "new" line; it can only stand before an item that is still to come. Null takes it away. */
  markNew(seq: number | null): void;
  /**
   * Drops whole rows in front once there are more than so many entries, and a good part of them at once.
   *
   * @returns  Seq of the oldest entry that is left, null when nothing was dropped.
   */
  trim(entriesMax: number): number | null;
  clear(): void;
};

export function createTimeline(): Timeline {
  const rows = signal<readonly TimelineRow[]>([]);
  let firstNew: number | null = null;
  let count = 0;

  return {
    rows,
    append(items) {
      if (items.length === 0) return;
      count += items.length;
      rows.value = grow(rows.peek(), items, firstNew);
    },
    prepend(items) {
      if (items.length === 0) return;
      count += items.length;
      const at = rows.peek().findIndex((row) => row.kind === "run" || row.kind === "event");
      const lead = rows.peek()[at];
      const rest = rows.peek().slice(at + 1);
      const rebuilt = grow([], [...items, ...itemsOf(lead)], firstNew);
      rows.value = [...rebuilt.slice(0, -1), ...keptLead(lead, rebuilt.at(-1)), ...rest];
    },
    markNew(seq) {
      if (firstNew !== null) rows.value = rows.peek().filter((row) => row.kind !== "new");
      firstNew = seq;
    },
    trim(entriesMax) {
      if (count <= entriesMax) return null;
      let from = 0;
      while (count > entriesMax * 0.75 && from < rows.peek().length - 1) {
        count -= entriesIn(rows.peek()[from]);
        from += 1;
      }
      const left = rows.peek().slice(from);
      const oldest = left.find((row) => row.kind === "run" || row.kind === "event");
      if (oldest?.kind !== "run" && oldest?.kind !== "event") return null;
      const isDayKept = left[0]?.kind === "day";
      const seq = oldest.kind === "run" ? oldest.lines[0]?.seq : oldest.seq;
      rows.value = isDayKept ? left : [{ kind: "day", key: `day-${oldest.key}`, at: oldest.at }, ...left];
      return seq ?? null;
    },
    clear() {
      count = 0;
      firstNew = null;
      rows.value = [];
    },
  };
}

function itemsOf(row: TimelineRow | undefined): Item[] {
  if (row?.kind === "event") return [row];
  if (row?.kind !== "run") return [];
  return row.lines.map((line) => ({ kind: "line", author: row.author, isOwn: row.isOwn, line }));
}

/** The row that was the first before older ones came: the same object, or the same key with more lines. */
function keptLead(lead: TimelineRow | undefined, rebuilt: TimelineRow | undefined): TimelineRow[] {
  if (!rebuilt) return lead ? [lead] : [];
  if (lead?.kind !== "run" || rebuilt.kind !== "run") return [rebuilt];
  return [rebuilt.lines.length === lead.lines.length ? lead : { ...rebuilt, key: lead.key }];
}

function entriesIn(row: TimelineRow | undefined): number {
  if (row?.kind === "run") return row.lines.length;
  return row?.kind === "event" ? 1 : 0;
}
