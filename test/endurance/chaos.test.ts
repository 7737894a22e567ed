// People behind a bad network talk: nothing is lost, nothing is there twice.

import { expect, test } from "bun:test";
import { ChaosProxy } from "./chaos-proxy.ts";
import { check } from "./checker.ts";
import { byLength, patienceMs, report } from "./length.ts";
import { Server, type Wish } from "./server.ts";
import { findings, Speaker } from "./speaker.ts";

const people = 10;
const postsEach = byLength({ fast: 150, short: 1_000, long: 50_000 });
/** Bytes after which a connection breaks, at most. */
const lifeBytes = 12_000;

async function talk(count: number, own?: Wish["own"]): Promise<string[]> {
  const server = await Server.start(own === undefined ? {} : { own });
  const proxy = new ChaosProxy(server.port, lifeBytes);
  const way = { port: proxy.port, retryMsMin: 5, retryMsMax: 40 };
  const speakers = Array.from({ length: people }, (_, i) => new Speaker(`Speaker ${i}`, way));
  const talked = speakers.map(async (speaker) => {
    for (let said = 0; said < count; said++) {
      speaker.post();
      await speaker.until(() => speaker.waiting < 5, "its turn");
    }
  });
  await Promise.all(talked);
  proxy.isCalm = true;
  await Promise.all(speakers.map((each) => each.settled()));
  const found = await findings(speakers, { port: server.port });
  const head = found.log.at(-1)?.seq;
  await Promise.all(
    speakers.map((each) => each.until(() => each.seen.at(-1)?.seq === head, "the end of the log")),
  );
  for (const each of speakers) each.stop();
  proxy.stop();
  await server.kill();
  const { connections, cuts, resets, swallowed, late, delays } = proxy.counts;
  report(
    `chaos: ${found.posts.length} posts of ${people}, ${connections} connections, ${cuts} cut, ${resets} reset, ${swallowed} with answers swallowed, ${late} with a late end, ${delays} delays`,
  );
  return [...check(found), ...speakers.flatMap(({ troubles }) => troubles)];
}

test(
  "Over a network that delays, cuts, resets and swallows nothing is lost and nothing doubled",
  async () => {
    expect(await talk(postsEach)).toEqual([]);
  },
  patienceMs,
);

test(
  "Control: a relay that does not remember what a device has posted is found out",
  async () => {
    expect((await talk(40, { weakness: "no-marks" })).join("\n")).toMatch(/twice: /);
  },
  patienceMs,
);
