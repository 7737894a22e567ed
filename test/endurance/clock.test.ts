// The clock on the wall jumps by a day, forth and back, while people talk.

import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "./checker.ts";
import { report } from "./length.ts";
import { fakeTimeLibrary, testWith } from "./needs.ts";
import { newFolder, Server, type Wish } from "./server.ts";
import { findings, Speaker } from "./speaker.ts";

const jumps = ["+0", "+1d", "-1d", "+0"];
/** All jumps together stay within the burst of one member. */
const postsEach = 4;

async function talk(own?: Wish["own"]): Promise<string[]> {
  const offset = join(newFolder(), "offset");
  const set = (jump: string) => writeFileSync(offset, `${jump}\n`);
  set("+0");
  const env = {
    LD_PRELOAD: fakeTimeLibrary() ?? "",
    FAKETIME_TIMESTAMP_FILE: offset,
    FAKETIME_NO_CACHE: "1",
    // As on a machine whose clock is set: the clock that only counts goes on.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const server = await Server.start({ env, args: ["--rate", "5"], ...(own === undefined ? {} : { own }) });
  const way = { port: server.port };
  const speakers = ["Ada", "Budi", "Cici"].map((name) => new Speaker(name, way));
  const days = new Set<string>();
  const violations: string[] = [];
  for (const jump of jumps) {
    set(jump);
    for (const speaker of speakers) for (let i = 0; i < postsEach; i++) speaker.post();
    const isWell = (each: Speaker) =>
      each.until(() => each.waiting === 0 || each.refusals.size > 0, "answers");
    await Promise.all(speakers.map(isWell));
    days.add(new Date(speakers[0]!.newestAt).toISOString().slice(0, 10));
    for (const { name, refusals, joins } of speakers) {
      for (const code of refusals.keys())
        violations.push(`${name} was told "${code}" after a jump to ${jump}`);
      if (joins > 1) violations.push(`${name} was sent away after a jump to ${jump}`);
    }
    if (violations.length > 0) break;
  }
  const found = await findings(speakers, way);
  for (const each of speakers) each.stop();
  await server.kill();
  report(`clock: jumps to ${jumps.join(", ")}; entries of ${[...days].sort().join(", ")}`);
  // Else nothing has been tested.
  if (violations.length === 0) expect(days.size).toBe(3);
  return [...check(found), ...violations];
}

testWith(
  ["faketime"],
  "When the clock jumps by a day nobody is refused or sent away, and the order stays",
  async () => {
    expect(await talk()).toEqual([]);
  },
);

testWith(
  ["faketime"],
  "Control: a relay that measures rates by the clock on the wall is found out",
  async () => {
    const violations = await talk({ weakness: "wall-clock", ratePerSecond: 5 });
    expect(violations.join("\n")).toContain('was told "rate" after a jump to -1d');
  },
);
