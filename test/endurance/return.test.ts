// A thousand people come back after a restart, each with what they had not been answered.

import { expect, test } from "bun:test";
import { check } from "./checker.ts";
import { patienceMs, report } from "./length.ts";
import { freePort, newFolder, Server } from "./server.ts";
import { findings, Speaker } from "./speaker.ts";

const people = 1_000;
const rooms = ["One", "Two", "Three"];
/** As the page waits before it tries again. */
const page = { retryMsMin: 500, retryMsMax: 15_000 };

/** Everybody talks, the server is killed, and starts again. @param data  What it starts again with. */
async function comeBack(count: number, again: { data?: string } = {}): Promise<string[]> {
  const wish = { data: newFolder(), port: freePort() };
  let server = await Server.start(wish);
  const speakers = Array.from(
    { length: count },
    (_, i) => new Speaker(`Person ${i}`, { ...page, port: wish.port, room: rooms[i % rooms.length]! }),
  );
  for (const each of speakers) each.post();
  await Promise.all(speakers.map((each) => each.settled()));
  for (const each of speakers) each.post();
  await server.kill();
  await Promise.all(speakers.map((each) => each.until(() => !each.isInRoom, "the end")));
  for (const each of speakers) each.post();
  const from = performance.now();
  server = await Server.start({ ...wish, ...again });
  const backMs: number[] = [];
  await Promise.all(
    speakers.map(async (each) => {
      await each.settled();
      backMs.push(performance.now() - from);
    }),
  );
  const sorted = backMs.toSorted((a, b) => a - b);
  const seconds = (share: number) => (sorted[Math.ceil(sorted.length * share) - 1]! / 1000).toFixed(1);
  report(
    `return: ${count} back with all they had to say, half after ${seconds(0.5)} s, the last after ${seconds(1)} s (at most 15 s promised)`,
  );
  const violations: string[] = [];
  for (const room of rooms) {
    const inRoom = speakers.filter((_, i) => rooms[i % rooms.length] === room);
    violations.push(...check(await findings(inRoom, { port: wish.port, room })));
  }
  for (const each of speakers) each.stop();
  await server.kill();
  return [...violations, ...speakers.flatMap((each) => each.troubles)];
}

test(
  `${people} people come back after a restart, and nothing is lost`,
  async () => {
    expect(await comeBack(people)).toEqual([]);
  },
  patienceMs,
);

test(
  "Control: a server that comes back without its log is found out",
  async () => {
    expect((await comeBack(30, { data: newFolder() })).join("\n")).toMatch(/afresh: |lost: /);
  },
  patienceMs,
);
