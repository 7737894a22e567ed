import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "pendopo-lanes-"));
});

afterAll(() => rm(home, { recursive: true }));

/** Runs files of these sources in lanes, as make test does. */
async function run(sources: Record<string, string>, alone: string[] = []) {
  const folder = await mkdtemp(join(home, "run-"));
  for (const [name, source] of Object.entries(sources)) {
    await Bun.write(join(folder, `${name}.test.ts`), `import { expect, test } from "bun:test";\n${source}`);
  }
  const files = (names: string[]) => JSON.stringify(names.map((name) => `${name}.test.ts`));
  const inLanes = Object.keys(sources).filter((name) => !alone.includes(name));
  await Bun.write(
    join(folder, "run.ts"),
    `import { runInLanes } from "${resolve("tools/lanes.ts")}";
    import { closingLine, sum } from "${resolve("tools/report.ts")}";
    const all = sum(await runInLanes(${files(inLanes)}, ${files(alone)}, { env: process.env, folder: "." }));
    console.log(all.failures.join("; "));
    console.log(closingLine(all));`,
  );
  const child = Bun.spawn([process.execPath, "run.ts"], { cwd: folder, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const [line, failures] = stdout.trimEnd().split("\n").reverse();
  return { line, failures, stdout, stderr };
}

const passes = (name: string) => `test("${name}", () => {});`;

/** A test that ends when a file is there, which another one writes: alone it would wait in vain. */
const meets = (own: string, other: string) => `
  test("meets", async () => {
    await Bun.write("${own}.here", "");
    while (!(await Bun.file("${other}.here").exists())) await Bun.sleep(5);
  }, 10_000);`;

test("Two files run at once", async () => {
  expect((await run({ a: meets("a", "b"), b: meets("b", "a") })).line).toBe("2 passed, 0 failed");
});

test("Every file is run once, and all are counted together", async () => {
  const sources = Object.fromEntries(
    ["a", "b", "c", "d", "e"].map((name) => [name, `${passes(name)} test.skip("later", () => {});`]),
  );
  expect((await run(sources)).line).toBe("5 passed, 0 failed, 5 skipped");
});

test("What runs alone runs when everything else has ended", async () => {
  const a = (waits: string) => `test("a", async () => { ${waits} await Bun.write("a.over", ""); });`;
  const alone = `
    test("alone", async () => {
      const isOver = await Bun.file("a.over").exists();
      await Bun.write("alone.here", "");
      expect(isOver).toBe(true);
    });`;
  expect((await run({ a: a("await Bun.sleep(100);"), b: passes("b"), alone }, ["alone"])).line).toBe(
    "3 passed, 0 failed",
  );
  // In a lane it comes too early, if only the other one waits for it.
  const waits = 'while (!(await Bun.file("alone.here").exists())) await Bun.sleep(5);';
  const { line, failures } = await run({ a: a(waits), b: passes("b"), alone });
  expect([line, failures]).toEqual(["2 passed, 1 failed", "alone.test.ts: alone"]);
});

test("A file that brings its process down has failed, and the others go on", async () => {
  const { line, failures } = await run({
    a: passes("a"),
    ends: `${passes("before")} test("ends", () => process.exit(0));`,
    killed: `test("killed", () => process.kill(process.pid, "SIGKILL"));`,
    throws: `throw new Error("no");`,
    b: passes("b"),
  });
  expect(line).toBe("2 passed, 3 failed");
  expect(failures?.split("; ").toSorted()).toEqual(
    ["ends", "killed", "throws"].map((name) => `${name}.test.ts: no result`),
  );
});

test("A failed test is named as it is called", async () => {
  const { failures } = await run({ a: `test('"a" & <b>', () => expect(1).toBe(2));` });
  expect(failures).toBe('a.test.ts: "a" & <b>');
});

test("What two files print at the same time does not mix", async () => {
  const speaks = (own: string, other: string) => `${meets(own, other)}
    test("speaks", async () => { for (let i = 0; i < 20; i++) { console.log("${own}"); await Bun.sleep(1); } });`;
  const { stdout } = await run({ a: speaks("a", "b"), b: speaks("b", "a") });
  expect(stdout.match(/^(a|b)$/gm)?.join("")).toBe("a".repeat(20) + "b".repeat(20));
});
