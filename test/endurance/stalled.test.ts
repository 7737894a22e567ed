// Readers that stall while a lot is said: they cost no memory, disturb nobody, and get everything when they read again.

import { expect } from "bun:test";
import { byLength, report } from "./length.ts";
import { testWith } from "./needs.ts";
import { RoomReader } from "./room-reader.ts";
import { Server, type Wish } from "./server.ts";

const MiB = 1024 * 1024;
const room = "busy";
const healthyCount = 5;
const perSecond = 2_000;
const text = "x".repeat(1_000);

type Siege = { stalled: number; seconds: number };
const siege: Siege = byLength({
  fast: { stalled: 40, seconds: 4 },
  short: { stalled: 200, seconds: 20 },
  // Who answers no ping is sent away after 45 s: that is how long a stalled reader may stay.
  long: { stalled: 200, seconds: 30 },
});

async function stall({ stalled, seconds }: Siege, own?: Wish["own"]): Promise<string[]> {
  const server = await Server.start(own === undefined ? {} : { own });
  const join = (i: number) => RoomReader.join(server.port, `Reader ${i}`, room);
  const speaker = await join(0);
  const healthy = await Promise.all(Array.from({ length: healthyCount }, (_, i) => join(1 + i)));
  const stalling: RoomReader[] = [];
  // A few at a time: two hundred who say hello at once are another harness.
  for (let i = 0; i < stalled; i++) stalling.push(await join(100 + i));
  // It is warm once everybody has read for a while.
  let n = await talk(speaker, 0, perSecond);
  const all = [speaker, ...healthy, ...stalling];
  await Promise.all(all.map((each) => each.has(n)));
  const before = server.residentBytes;
  for (const each of stalling) each.pause();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, server.residentBytes);
  }, 100);
  n = await talk(speaker, n, perSecond * seconds);
  await Promise.all([speaker, ...healthy].map((each) => each.has(n)));
  clearInterval(watch);
  const behind = stalling.map((each) => n - each.messages);
  for (const each of stalling) each.resume();
  await Promise.all(stalling.map((each) => each.has(n)));
  const violations = all.flatMap((each) => each.violations);
  const leastBehind = Math.min(...behind);
  report(
    `stalled: ${stalled} readers, ${perSecond} messages of ${text.length} bytes a second for ${seconds} s; the least stalled was ${leastBehind} behind; memory ${(before / MiB).toFixed(0)} MiB, then +${((most - before) / MiB).toFixed(1)} (at most 32 promised)`,
  );
  if (most - before > 32 * MiB)
    violations.push(`Memory has grown by ${((most - before) / MiB).toFixed(1)} MiB`);
  if (server.stderr !== "") violations.push(server.stderr);
  for (const each of all) each.close();
  await server.kill();
  // Else nobody has been stalled.
  expect(leastBehind).toBeGreaterThan(0);
  return violations;
}

/** Posts at a steady rate. @returns The number of the last message. */
async function talk(speaker: RoomReader, from: number, count: number): Promise<number> {
  const startedAt = performance.now();
  for (let said = 0; said < count; ) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedAt) / 1000) * perSecond));
    for (; said < due; said++) speaker.post(from + said + 1, text);
    await Bun.sleep(2);
  }
  return from + count;
}

testWith(
  ["linux"],
  `${siege.stalled} readers that stall cost no memory, and catch up without a gap`,
  async () => {
    expect(await stall(siege)).toEqual([]);
  },
);

testWith(["linux"], "Control: a relay that queues for its readers is found out", async () => {
  const violations = await stall({ stalled: 20, seconds: 4 }, { weakness: "queues" });
  expect(violations.join("\n")).toContain("Memory has grown");
});
