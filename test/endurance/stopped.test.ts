// The server stands still for a while, as its process is stopped or its machine falls asleep, and goes on.

import { expect, test } from "bun:test";
import { check } from "./checker.ts";
import { byLength, length, patienceMs, report } from "./length.ts";
import { Server, type Wish } from "./server.ts";
import { findings, Speaker } from "./speaker.ts";

/** Longer than a member may be silent. The fast run has other times, and so a relay of its own composition. */
const stoppedMs = byLength({ fast: 4_000, short: 60_000, long: 60_000 });
const timing = { pingAfterMs: 700, silenceMsMax: 2_500 };

async function standStill(wish: Wish): Promise<string[]> {
  const server = await Server.start(wish);
  const way = { port: server.port };
  const speakers = Array.from({ length: 10 }, (_, i) => new Speaker(`Speaker ${i}`, way));
  const talkers = speakers.slice(0, 5);
  await Promise.all(speakers.map((each) => each.inRoom()));
  for (const each of talkers) each.post();
  await Promise.all(speakers.map((each) => each.settled()));
  server.signal("SIGSTOP");
  for (const each of talkers) each.post("While it stands still");
  await Bun.sleep(
    wish.own === undefined ? stoppedMs : byLength({ fast: stoppedMs, short: 4_000, long: 4_000 }),
  );
  server.signal("SIGCONT");
  await Promise.all(speakers.map((each) => each.settled()));
  // It looks at the clock several times before this is answered.
  for (let i = 0; i < 3; i++) {
    await Bun.sleep(1_000);
    for (const each of talkers) each.post("And goes on");
    await Promise.all(speakers.map((each) => each.settled()));
  }
  const found = await findings(speakers, way);
  const sentAway = speakers.filter(({ joins }) => joins > 1).map(({ name }) => `${name} was sent away`);
  for (const each of speakers) each.stop();
  await server.kill();
  report(`stopped: ${speakers.length} people, ${sentAway.length} of them sent away`);
  return [...check(found), ...sentAway];
}

test.concurrent(
  "A server that stood still goes on with everybody who was there",
  async () => {
    expect(await standStill(length === "fast" ? { own: { timing } } : {})).toEqual([]);
  },
  patienceMs,
);

test.concurrent(
  "Control: a relay that takes its own standing still for silence is found out",
  async () => {
    const violations = await standStill({ own: { timing, weakness: "impatient" } });
    expect(violations.join("\n")).toContain("was sent away");
  },
  patienceMs,
);
