// Several processes want one data directory.

import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { check } from "./checker.ts";
import { byLength, patienceMs, report } from "./length.ts";
import { newFolder, Server } from "./server.ts";
import { findings, Speaker } from "./speaker.ts";

const rounds = byLength({ fast: 3, short: 30, long: 300 });
const rivals = 6;

test(
  "Of several that start at once one has the directory, the others say so, and no talk suffers",
  async () => {
    const data = newFolder();
    for (let round = 0; round < rounds; round++) {
      const servers = Array.from({ length: rivals }, () => Server.launch({ data }));
      const isUp = await Promise.all(servers.map((each) => each.listens()));
      const winners = servers.filter((_, i) => isUp[i]);
      expect(winners).toHaveLength(1);
      for (const loser of servers.filter((_, i) => !isUp[i])) {
        expect(await loser.ended()).toBe(1);
        expect(loser.stderr).toBe(
          `pendopo: Cannot use the data directory ${data}: another process of this program uses it\n`,
        );
      }
      const [winner] = winners as [Server];
      const way = { port: winner.port, room: `Room ${round}` };
      const speakers = ["Ada", "Budi"].map((name) => new Speaker(`${name} ${round}`, way));
      for (const each of speakers) for (let i = 0; i < 50; i++) each.post();
      // While they talk, others keep trying.
      const late = Array.from({ length: rivals }, () => Server.launch({ data }));
      expect(await Promise.all(late.map((each) => each.ended()))).toEqual(late.map(() => 1));
      await Promise.all(speakers.map((each) => each.settled()));
      expect(check(await findings(speakers, way))).toEqual([]);
      for (const each of speakers) each.stop();
      // Killed: the next round finds its directory as it left it.
      await winner.kill();
    }
    report(`processes: ${rounds} rounds of ${rivals} at once, and ${rivals} more while people talk`);
  },
  patienceMs,
);

test("Control: without the lock there are two, whose logs contradict each other", async () => {
  const data = newFolder();
  const first = await Server.start({ data });
  rmSync(join(data, "lock"));
  const second = await Server.start({ data });
  const speakers = [first, second].map((server, i) => new Speaker(`Speaker ${i}`, { port: server.port }));
  await Promise.all(speakers.map((each) => each.inRoom()));
  for (const each of speakers) for (let i = 0; i < 50; i++) each.post();
  // One of the two does not live through the other's entries.
  const isOver = Promise.race([first.ended(), second.ended()]).then(() => true);
  const isSettled = Promise.all(speakers.map((each) => each.settled())).then(() => false);
  const violations = (await Promise.race([isOver, isSettled]))
    ? ["It ended"]
    : check(await findings(speakers, { port: first.port }));
  expect(violations).not.toEqual([]);
  for (const each of speakers) each.stop();
});
