// make test: what the tests need, the tests, and the closing line `N passed, N failed`.
//
//     bun tools/test.ts [FOLDER or FILE...]     without one: everything in test/

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { runInLanes } from "./lanes.ts";
import { closingLine, sum } from "./report.ts";

// These tests drive the built program; all others run from source, and must not read dist/.
const DRIVES_PROGRAM = /^test\/(e2e|endurance)\//;
const DRIVES_BROWSER = /^test\/(e2e\/|ui\/views\/|endurance\/page-)/;
// These wait more than they work.
const WAITS = /^test\/(endurance|bridge|relay)\//;
// These measure what a process takes while something happens at a given rate: nothing may run beside them.
const MEASURES = /^test\/endurance\/(crowd|stalled|flood|vanished)\./;

const chosen = process.argv.slice(2).map((path) => path.replace(/^\.\//, "").replace(/\/$/, ""));
const files = Array.from(new Bun.Glob("test/**/*.test.ts").scanSync("."))
  .filter(
    (file) => chosen.length === 0 || chosen.some((path) => file === path || file.startsWith(`${path}/`)),
  )
  .sort();

if (files.length === 0) {
  console.error(`Cannot test: no test file in ${chosen.join(", ") || "test/"}`);
  end({ passed: 0, failed: 1, skipped: 0 });
}

const env: Record<string, string | undefined> = { ...process.env };
if (files.some((file) => DRIVES_PROGRAM.test(file))) {
  run([process.execPath, "tools/build.ts"]);
}
if (files.some((file) => DRIVES_BROWSER.test(file))) {
  env.CHROMIUM = run(["tools/chromium.sh"], "pipe").trim();
}

const folder = await mkdtemp(join(tmpdir(), "pendopo-tests-"));
const inLanes = files.filter((file) => !MEASURES.test(file));
const alone = files.filter((file) => MEASURES.test(file));
const tally = sum(await runInLanes(inLanes.sort(byEnd), alone, { env, folder }));
await rm(folder, { recursive: true });
for (const name of tally.unsteady) console.log(`Unsteady, failed beside others and passed alone: ${name}`);
for (const failure of tally.failures) console.log(`Failed: ${failure}`);
end(tally);

/** Browsers are at one end, where one at a time is enough for a processor; what mostly waits is at the other. */
function byEnd(a: string, b: string): number {
  const placeOf = (file: string) => (DRIVES_BROWSER.test(file) ? 0 : WAITS.test(file) ? 2 : 1);
  return placeOf(a) - placeOf(b) || (a < b ? -1 : 1);
}

function end(tally: Parameters<typeof closingLine>[0]): never {
  console.log(closingLine(tally));
  process.exit(tally.failed > 0 || tally.passed === 0 ? 1 : 0);
}

/** Runs a step of the set-up; when it fails, so have the tests. */
function run(command: string[], stdout: "inherit" | "pipe" = "inherit"): string {
  const step = Bun.spawnSync(command, { stdin: "ignore", stdout, stderr: "inherit" });
  if (step.exitCode !== 0) {
    console.error(`Cannot test: ${basename(command.at(-1) ?? "")} failed, see above`);
    end({ passed: 0, failed: 1, skipped: 0 });
  }
  return step.stdout?.toString() ?? "";
}
