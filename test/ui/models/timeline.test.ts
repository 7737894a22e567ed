import { expect, test } from "bun:test";
import { signal } from "@preact/signals";
import fc from "fast-check";
import type { Item, TimelineRow } from "../../../src/ui/models/timeline.ts";
import { createTimeline, grow } from "../../../src/ui/models/timeline.ts";

const ada = { member: "m1", name: signal("Ada") };
const bima = { member: "m2", name: signal("Bima") };
const noon = new Date(2026, 2, 2, 12).getTime();
const minute = 60_000;

function line(seq: number, author = ada, at = noon): Item {
  const text = `line ${seq}`;
  return {
    kind: "line",
    author,
    isOwn: false,
    line: { key: `${seq}`, seq, at, text, parts: [], state: "sent" },
  };
}

function event(seq: number): Item {
  return { kind: "event", key: `event-${seq}`, seq, action: "created", author: ada, at: noon };
}

const shape = (rows: readonly TimelineRow[]) =>
  rows.map((row) => (row.kind === "run" ? row.lines.map(({ seq }) => seq) : row.kind));

test("Lines of one author stand together until another speaks or five minutes pass", () => {
  const items = [
    line(1),
    line(2, ada, noon + 5 * minute),
    line(3, bima, noon + 5 * minute),
    line(4, bima, noon + 11 * minute),
  ];
  expect(shape(grow([], items, null))).toEqual(["day", [1, 2], [3], [4]]);
});

test("A day line stands where the local day changes", () => {
  const night = new Date(2026, 2, 2, 23, 59).getTime();
  const rows = grow([], [line(1, ada, night), line(2, ada, night + 2 * minute)], null);
  expect(shape(rows)).toEqual(["day", [1], "day", [2]]);
});

test("The new line stands before the first unread entry and parts a run", () => {
  expect(shape(grow([], [line(1), line(2), line(3)], 2))).toEqual(["day", [1], "new", [2, 3]]);
});

test("A line that is added changes the last row and no other", () => {
  const timeline = createTimeline();
  timeline.append([event(1), line(2), line(3, bima)]);
  const before = timeline.rows.value;
  timeline.append([line(4, bima)]);
  const after = timeline.rows.value;
  expect(after.length).toBe(before.length);
  expect(after.slice(0, -1).every((row, i) => row === before[i])).toBe(true);
  expect(after.at(-1)).not.toBe(before.at(-1)!);
  expect(after.at(-1)!.key).toBe(before.at(-1)!.key);
});

test("Older lines in front leave every other row as it was, and a run that they lengthen keeps its key", () => {
  const timeline = createTimeline();
  timeline.append([line(3), line(4), line(5, bima)]);
  const [, first, second] = timeline.rows.value;
  timeline.prepend([line(1, bima), line(2)]);
  expect(shape(timeline.rows.value)).toEqual(["day", [1], [2, 3, 4], [5]]);
  expect(timeline.rows.value[2]!.key).toBe(first!.key);
  expect(timeline.rows.value[3]).toBe(second!);
  const lead = timeline.rows.value[1];
  timeline.prepend([line(0, ada)]);
  expect(timeline.rows.value[2]).toBe(lead!);
});

test("However entries come, appended or in front, the same rows stand there", () => {
  const items = fc.array(
    fc.record({
      author: fc.constantFrom(ada, bima),
      minutes: fc.integer({ min: 0, max: 800 }),
      isEvent: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(items, fc.nat(), fc.nat(), (drawn, cutA, cutB) => {
      let at = noon;
      const all = drawn.map(({ author, minutes, isEvent }, i) => {
        at += minutes * minute;
        return isEvent ? ({ ...event(i + 1), at } as Item) : line(i + 1, author, at);
      });
      const [from, to] = [cutA % all.length, cutB % all.length].sort((a, b) => a - b) as [number, number];
      const timeline = createTimeline();
      timeline.append(all.slice(from, to));
      timeline.prepend(all.slice(0, from));
      timeline.append(all.slice(to));
      expect(shape(timeline.rows.value)).toEqual(shape(grow([], all, null)));
      const keys = timeline.rows.value.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});

test("A run is not endless, so that old lines can be dropped", () => {
  const timeline = createTimeline();
  timeline.append(Array.from({ length: 2_500 }, (_, i) => line(i + 1)));
  const oldest = timeline.trim(2_000)!;
  expect(oldest).toBeGreaterThan(1_000);
  const [first, second] = timeline.rows.value;
  expect(first!.kind).toBe("day");
  expect(second!.kind === "run" && second!.lines[0]!.seq).toBe(oldest);
  expect(timeline.trim(2_000)).toBeNull();
});

test("Ten thousand lines are grouped in no time, however they come", () => {
  const timeline = createTimeline();
  const started = performance.now();
  for (let i = 1; i <= 2_000; i++) timeline.append([line(i)]);
  timeline.append(Array.from({ length: 8_000 }, (_, i) => line(2_001 + i)));
  expect(performance.now() - started).toBeLessThan(500);
});
