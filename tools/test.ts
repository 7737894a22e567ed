// make test: what the tests need, the tests, and the closing line `N passed, N failed`.
//
//     bun tools/test.ts [FOLDER or FILE...]     without one: everything in test/

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { closingLine, readReport } from "./report.ts";

// These tests drive the built program; all others run from source, and must not read dist/.
const DRIVES_PROGRAM = /^test\/(e2e|endurance)\//;
const DRIVES_BROWSER = /^test\/e2e\//;

const TEST_MS_MAX = 60_000;

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
const report = join(folder, "report.xml");
const tests = Bun.spawn(
  [
    process.execPath,
    "test",
    "--isolate",
    `--timeout=${TEST_MS_MAX}`,
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    ...files.map((file) => `./${file}`),
  ],
  { env, stdin: "ignore", stdout: "inherit", stderr: "pipe" },
);
let log = "";
const decoder = new TextDecoder();
for await (const chunk of tests.stderr) {
  process.stderr.write(chunk);
  log += decoder.decode(chunk, { stream: true });
}
const code = await tests.exited;
const xml = await Bun.file(report)
  .text()
  .catch(() => "");
await rm(folder, { recursive: true });
if (xml === "" && code === 0)
  console.error("Cannot count: a test ended the whole run before its report was written");
end(readReport({ xml, log, code, files }));

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
