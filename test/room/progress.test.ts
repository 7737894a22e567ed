import { expect, test } from "bun:test";
import type { OpenFile } from "../../src/room/open-file.ts";
import { Progress } from "../../src/room/progress.ts";
import { limits } from "../../src/wire/limits.ts";
import { Clock } from "./fakes.ts";

function world() {
  const clock = new Clock();
  const told: number[] = [];
  const progress = new Progress(clock.later.bind(clock), clock.now, () => told.push(clock.time));
  const record = { state: "arriving" };
  return { clock, told, progress, record, file: { record } as OpenFile };
}

test("R-PROGRESS-1: However often bytes come, it is told at most every 250 ms, and the last time is never left out", async () => {
  const { clock, told, progress, file } = world();
  for (let i = 0; i < 100; i++) {
    progress.note(file);
    clock.time += 10;
  }
  const from = 1000;
  expect(told).toEqual([from]);
  await clock.settle();
  const last = clock.time;
  progress.note(file);
  await clock.settle();
  expect(told).toEqual([from, last, last + limits.progressEveryMs]);
});

test("Another file does not wait for this one", () => {
  const { told, progress, file } = world();
  progress.note(file);
  progress.note({ record: { state: "arriving" } } as OpenFile);
  expect(told).toHaveLength(2);
});

test("Of a file that is closed what waits is told at once, and nothing of one that is over", async () => {
  const { clock, told, progress, file, record } = world();
  progress.note(file);
  progress.note(file);
  progress.close(file);
  expect(told).toHaveLength(2);
  progress.note(file);
  progress.note(file);
  record.state = "complete";
  await clock.settle();
  expect(told).toHaveLength(3);
});
