import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeTemporary } from "../../src/program/temporary.ts";

const parent = mkdtempSync(join(tmpdir(), "pendopo-temporary-"));
afterEach(() => rmSync(parent, { recursive: true, force: true }));

test("A temporary folder goes with the program, and one whose program was killed goes at the next start", async () => {
  const dead = Bun.spawn(["true"]);
  await dead.exited;
  const left = join(parent, `pendopo-2021-${dead.pid}-abc`);
  const used = join(parent, `pendopo-2021-${process.pid}-def`);
  const foreign = join(parent, "pendopo-2021-notes");
  for (const path of [left, used, foreign]) {
    mkdirSync(path);
    writeFileSync(join(path, "file"), "bytes");
  }
  const { path, remove } = makeTemporary(parent);
  expect([left, used, foreign, path].map((each) => existsSync(each))).toEqual([false, true, true, true]);
  remove();
  expect(existsSync(path)).toBe(false);
});
