import { describe, expect, test } from "bun:test";
import { tailBytesMax } from "../../src/room/log.ts";
import { Place } from "./place.ts";

/** Ada in a lobby of that many entries, with nothing of them read yet. */
async function withEntries(count: number, text?: string) {
  const place = new Place();
  const ada = await place.inLobby("Ada");
  for (let n = 1; n < count; n++) {
    ada.post(n, text);
    if (n % 50 === 0) await place.settle();
  }
  await place.settle();
  ada.news();
  return { place, ada };
}

/** The seqs of the page, and its frame, as `first-last of oldest`. */
function page(frames: ReturnType<Awaited<ReturnType<typeof withEntries>>["ada"]["news"]>) {
  const { first, last, oldest, type } = frames.at(-1)!;
  return { seqs: frames.slice(0, -1).map(({ seq }) => seq), page: `${type} ${first}-${last} of ${oldest}` };
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe("A page of history", () => {
  test("ends before the seq that was asked for, and has as many entries as were asked for", async () => {
    const { ada } = await withEntries(120);
    const pages: [before: number, limit: number | undefined, first: number, last: number][] = [
      [100, 10, 90, 99],
      [100, undefined, 50, 99],
      [121, 200, 1, 120],
      [30, 200, 1, 29],
      [2, 5, 1, 1],
    ];
    for (const [before, limit, first, last] of pages) {
      ada.history(before, limit);
      expect(page(ada.news())).toEqual({ seqs: range(first, last), page: `page ${first}-${last} of 1` });
    }
  });

  test("before a seq far beyond the head is the newest one", async () => {
    const { ada } = await withEntries(20);
    for (const before of [22, 1000, Number.MAX_SAFE_INTEGER]) {
      ada.history(before, 5);
      expect(page(ada.news())).toEqual({ seqs: range(16, 20), page: "page 16-20 of 1" });
    }
  });

  test("before the oldest entry is empty", async () => {
    const { ada } = await withEntries(3);
    ada.history(1);
    expect(page(ada.news())).toEqual({ seqs: [], page: "page 0-0 of 1" });
  });

  test("goes together with live entries, each once", async () => {
    const { place, ada } = await withEntries(30);
    ada.connection.bytes = 200;
    ada.history(20, 10);
    ada.post(30, "Live");
    await place.settle();
    for (let i = 0; i < 100 && ada.connection.of("page").length === 0; i++) ada.take(150);
    ada.take(100_000);
    const frames = ada.news();
    expect(frames.filter(({ type }) => type === "entry").map(({ seq }) => seq)).toEqual([
      ...range(10, 19),
      31,
    ]);
    expect(frames.find(({ type }) => type === "page")).toMatchObject({ id: 9, first: 10, last: 19 });
  });

  test("asked for after another one comes after it", async () => {
    const { ada } = await withEntries(30);
    ada.connection.bytes = 1;
    ada.history(30, 3);
    ada.history(27, 3);
    ada.take(100_000);
    expect(ada.news().map(({ seq, type }) => seq ?? type)).toEqual([27, 28, 29, "page", 24, 25, 26, "page"]);
  });

  test("comes from the store where memory does not have it, a block at a time", async () => {
    const count = Math.ceil(tailBytesMax / 8000) + 100;
    const { place, ada } = await withEntries(count, "x".repeat(8000));
    const reads = place.store.readCount;
    ada.history(101, 100);
    expect(ada.connection.of("page")).toEqual([]);
    await place.settle();
    expect(page(ada.news())).toEqual({ seqs: range(1, 100), page: "page 1-100 of 1" });
    expect(place.store.readCount).toBeGreaterThan(reads + 1);
  });
});
