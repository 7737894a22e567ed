// The disk fails at the N-th call: it is full for a while, or it breaks.

import { describe, expect } from "bun:test";
import { check } from "./checker.ts";
import { byLength, report } from "./length.ts";
import { testWith } from "./needs.ts";
import { freePort, newFolder, Server, type Wish } from "./server.ts";
import { findings, Speaker } from "./speaker.ts";

/** Starts a program some of whose calls fail, as strace makes them. */
const failing = (rule: string) => [
  "strace",
  "-D",
  "-f",
  "-qq",
  "-o",
  "/dev/null",
  "-e",
  "trace=pwrite64,fsync,fdatasync",
  "-e",
  `inject=${rule}`,
];

/** At which calls: those of the start, and those of people who come, and who talk. */
const places = (count: number, to: number) =>
  Array.from({ length: count }, () => 1 + Math.floor(Math.random() * to));

type Outcome = {
  violations: string[];
  /** Exit code of the server; undefined while it runs. */
  code: number | undefined;
  stderr: string;
  /** How often somebody was told that the disk is full. */
  refusals: number;
};

/** People talk until all is said or the server has ended; then the same on a disk that is well. */
async function talkThrough(rule: string, own?: Wish["own"]): Promise<Outcome> {
  const wish: Wish = { data: newFolder(), port: freePort() };
  const way = { port: wish.port!, retryMsMin: 5, retryMsMax: 50 };
  const failingWish = { ...wish, through: failing(rule) };
  let server = Server.launch(own === undefined ? failingWish : { ...failingWish, own });
  const speakers = ["Ada", "Budi", "Cici"].map((name) => new Speaker(name, way));
  const talked = Promise.all(speakers.map(talk));
  await Promise.race([talked, server.ended()]);
  const hasEnded = !server.isRunning;
  const code = hasEnded ? await server.ended() : undefined;
  await server.kill();
  const { stderr } = server;
  server = await Server.start(wish);
  await talked;
  const found = await findings(speakers, way);
  for (const each of speakers) each.stop();
  await server.kill();
  const troubles = speakers.flatMap((each) => each.troubles);
  const refusals = speakers.reduce((sum, each) => sum + (each.refusals.get("storage-full") ?? 0), 0);
  return { violations: [...check(found), ...troubles], code, stderr, refusals };
}

async function talk(speaker: Speaker): Promise<void> {
  for (let i = 0; i < 20; i++) {
    speaker.post();
    await speaker.settled();
  }
}

describe("Where the disk breaks, the program stops, and nothing that was shown is lost", () => {
  const count = byLength({ fast: 8, short: 40, long: 600 });
  for (const [what, rule, to] of [
    ["a write fails", "pwrite64:error=EIO", 300],
    ["a sync fails", "fsync,fdatasync:error=EIO", 80],
  ] as const) {
    testWith(["strace"], `when ${what} at the N-th call`, async () => {
      const codes = new Map<string, number>();
      for (const n of places(count, to)) {
        const { violations, code, stderr } = await talkThrough(`${rule}:when=${n}`);
        expect({ n, violations }).toEqual({ n, violations: [] });
        // It has stopped, at its start or later; or the N-th call never came.
        const isQuiet = code === undefined && stderr === "";
        const isStopped =
          (code === 70 && stderr.includes("Cannot go on")) ||
          (code === 1 && /^pendopo: Cannot use [^\n]+\n$/.test(stderr));
        if (!isQuiet) expect({ n, code, stderr, isStopped }).toEqual({ n, code, stderr, isStopped: true });
        codes.set(String(code), (codes.get(String(code)) ?? 0) + 1);
      }
      report(`${rule}: ${count} places; exit codes ${JSON.stringify(Object.fromEntries(codes))}`);
    });
  }
});

describe("For as long as there is no space", () => {
  const count = byLength({ fast: 3, short: 20, long: 200 });
  // A new data directory costs 90 calls: a disk that is full by then is refused at the start.
  const startCalls = 110;
  // Each costs the five seconds after which the relay tries again.
  const tries = byLength({ fast: 1, short: 2, long: 4 });
  for (const [what, error, callsEach] of [
    ["of a disk that is full", "ENOSPC", 1],
    // A quota is told from a disk that fails by one more write.
    ["of a quota that is used up", "EDQUOT", 2],
  ] as const) {
    testWith(
      ["strace"],
      `${what}, nothing is acknowledged that is not kept, and all is when there is space again`,
      async () => {
        const outcomes = await Promise.all(
          places(count, 200).map(async (n) => {
            const from = startCalls + n;
            const rule = `pwrite64:error=${error}:when=${from}..${from + tries * callsEach - 1}`;
            return { from, ...(await talkThrough(rule)) };
          }),
        );
        const refused = outcomes.filter(({ refusals }) => refusals > 0).length;
        report(`${error}: ${count} places, ${refused} of them while somebody was talking`);
        for (const { from, violations, code } of outcomes) {
          expect({ from, violations, code }).toEqual({ from, violations: [], code: undefined });
        }
      },
    );
  }
});

testWith(["strace"], "Control: a relay that shows what could not be kept is found out", async () => {
  const found: string[] = [];
  // A disk that breaks while people come in is another one's trouble: it is seen at one of these places that they talk.
  for (let n = 140; n < 300 && found.length === 0; n += 20) {
    const { violations } = await talkThrough(`pwrite64:error=EIO:when=${n}+`, { weakness: "ignore-errors" });
    found.push(...violations);
  }
  expect(found.join("\n")).toMatch(/lost: |afresh: /);
});
