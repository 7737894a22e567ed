// Twenty who write and three who watch, while the server is killed again and again at any moment.

import { expect, test } from "bun:test";
import { check } from "./checker.ts";
import { byLength, patienceMs, report } from "./length.ts";
import { freePort, newFolder, Server, type Wish } from "./server.ts";
import { findings, Speaker } from "./speaker.ts";

const writersCount = 20;
const watchersCount = 3;
const kills = byLength({ fast: 50, short: 200, long: 1_000 });
/** How long the server lives at most once everybody is back. */
const lifeMsMax = 40;

async function crashLoop(rounds: number, own?: Wish["own"]): Promise<string[]> {
  const port = freePort();
  const wish: Wish = { data: newFolder(), port, ...(own === undefined ? {} : { own }) };
  let server = await Server.start(wish);
  const way = { port, retryMsMin: 5, retryMsMax: 20 };
  const writers = Array.from({ length: writersCount }, (_, i) => new Speaker(`Writer ${i}`, way));
  const watchers = Array.from({ length: watchersCount }, (_, i) => new Speaker(`Watcher ${i}`, way));
  const everybody = [...writers, ...watchers];
  await Promise.all(everybody.map((each) => each.inRoom()));
  // Each has some posts on their way at any moment.
  const talk = setInterval(() => {
    for (const writer of writers) while (writer.waiting < 4) writer.post();
  }, 1);
  for (let round = 0; round < rounds; round++) {
    const joins = everybody.map((each) => each.joins);
    await Bun.sleep(Math.random() * lifeMsMax);
    await server.kill();
    server = await Server.start(wish);
    await Promise.all(everybody.map((each, i) => each.until(() => each.joins > joins[i]!, "its return")));
  }
  clearInterval(talk);
  const isSettled = await Promise.all(everybody.map((each) => each.settled())).then(
    () => true,
    () => false,
  );
  const found = await findings(everybody, way);
  const { log, posts } = found;
  for (const watcher of watchers) {
    await watcher
      .until(() => watcher.seen.at(-1)?.seq === log.at(-1)?.seq, "the end of the log")
      .catch(() => {});
  }
  for (const each of everybody) each.stop();
  await server.kill();
  report(
    `crash loop: ${rounds} kills, ${posts.length} posts of ${writersCount} writers, ${log.length} entries`,
  );
  const troubles = everybody.flatMap((each) => each.troubles);
  return [...check(found), ...troubles, ...(isSettled ? [] : ["Not everybody was answered"])];
}

test(
  `Through ${kills} kills every acknowledged entry is there once, in the same order for all`,
  async () => {
    expect(await crashLoop(kills)).toEqual([]);
  },
  patienceMs,
);

test(
  "Control: a relay that acknowledges before it commits is found out",
  async () => {
    const violations = await crashLoop(3, { weakness: "acknowledge-first" });
    expect(violations.join("\n")).toMatch(/lost: |another: |afresh: /);
  },
  patienceMs,
);
