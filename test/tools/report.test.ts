import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closingLine, readReport } from "../../tools/report.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pendopo-report-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs test files of these sources in a real `bun test`, and counts it. */
async function run(...sources: string[]): Promise<string> {
  const home = await mkdtemp(join(folder, "run-"));
  const files = sources.map((_, i) => `${i}.test.ts`);
  for (const [i, file] of files.entries()) {
    await Bun.write(join(home, file), `import { beforeAll, test } from "bun:test";\n${sources[i]}`);
  }
  const report = join(home, "report.xml");
  const child = Bun.spawn(
    [process.execPath, "test", "--isolate", "--reporter=junit", `--reporter-outfile=${report}`, ...files],
    { cwd: home, stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  );
  const log = await new Response(child.stderr).text();
  const code = await child.exited;
  const xml = await Bun.file(report)
    .text()
    .catch(() => "");
  return closingLine(readReport({ xml, log, code, files }));
}

const PASSES = 'test("passes", () => {});';
const FAILS = 'test("fails", () => { throw new Error("no"); });';

describe("The closing line counts", () => {
  const runs: [name: string, sources: string[], line: string][] = [
    ["what passes", [PASSES, PASSES + PASSES], "3 passed, 0 failed"],
    ["what fails", [PASSES + FAILS, PASSES], "2 passed, 1 failed"],
    [
      "what is skipped, or still to do",
      [`${PASSES}test.skip("a", () => {}); test.todo("b");`],
      "1 passed, 0 failed, 2 skipped",
    ],
    ["a file that throws while it is loaded", [PASSES, 'throw new Error("no");'], "1 passed, 1 failed"],
    ["a file that cannot be parsed", [PASSES, "const = ;"], "1 passed, 1 failed"],
    ["a file whose import is missing", [PASSES, `import "./missing.ts"; ${PASSES}`], "1 passed, 1 failed"],
    [
      "a file whose beforeAll throws",
      [PASSES, `beforeAll(() => { throw new Error("no"); }); ${PASSES}`],
      "1 passed, 1 failed",
    ],
    ["a file without a test", [PASSES, "export {};"], "1 passed, 1 failed"],
    [
      "an error that comes after its test",
      [
        `${PASSES}test("late", async () => { setTimeout(() => { throw new Error("no"); }); await Bun.sleep(20); });`,
      ],
      "1 passed, 1 failed",
    ],
    ["a test that ends the process", ['test("ends", () => process.exit(0));'], "0 passed, 1 failed"],
    [
      "no test by what it prints",
      ['test("<failure", () => { console.error("\\n 9 errors\\n 9 fail"); });'],
      "1 passed, 0 failed",
    ],
  ];
  for (const [name, sources, line] of runs) {
    test(name, async () => {
      expect(await run(...sources)).toBe(line);
    });
  }
});
