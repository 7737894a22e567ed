import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writers } from "../../src/store/writer.ts";
import { folder } from "./folder.ts";
import { shared } from "./shared.ts";

const KiB = 1024;
let writers: Writers;
let path: string;

beforeEach(() => {
  writers = new Writers();
  path = join(folder(), "file");
});
afterEach(() => writers.close());

describe("A writer", () => {
  for (const isDirect of [false, true]) {
    test(`puts all bytes in their order${isDirect ? ", past the cache" : ""}, while others wait`, async () => {
      writeFileSync(path, "");
      const writer = writers.open(path, 0);
      const bytes = randomBytes(700_003);
      const [memory, other] = [shared(bytes), shared(bytes.subarray(400_000))];
      await Promise.all([
        writer.write(memory.subarray(0, 256 * KiB), 0, isDirect),
        writer.write(memory.subarray(256 * KiB, 400_000), 256 * KiB, isDirect),
        writer.write(other, 400_000, isDirect),
      ]);
      expect(readFileSync(path).equals(bytes)).toBe(true);
    });
  }

  test("goes on behind what a file has", async () => {
    writeFileSync(path, "There");
    await writers.open(path, 5).write(shared(" is more"), 5, false);
    expect(readFileSync(path, "utf8")).toBe("There is more");
  });

  test("writes to several files", async () => {
    const paths = ["a", "b", "c"].map((name) => `${path}-${name}`);
    for (const each of paths) writeFileSync(each, "");
    await Promise.all(paths.map((each) => writers.open(each, 0).write(shared(each), 0, false)));
    for (const each of paths) expect(readFileSync(each, "utf8")).toBe(each);
  });

  test("leaves no gap: what stands behind bytes that were not written is not written either", async () => {
    const writer = writers.open(path, 0);
    const lost = [writer.write(shared("Lost"), 0, false), writer.write(shared(" too"), 4, false)];
    const gap = { message: "What should stand before these bytes was not written" };
    expect(await Promise.all(lost.map(problemOf))).toMatchObject([{ code: "ENOENT" }, gap]);
    writeFileSync(path, "");
    expect(await problemOf(writer.write(shared(" too"), 4, false))).toMatchObject(gap);
    expect(readFileSync(path, "utf8")).toBe("");
    writer.restart(0);
    await writer.write(shared("Found"), 0, false);
    expect(readFileSync(path, "utf8")).toBe("Found");
  });

  test.skipIf(!existsSync("/dev/full"))("says what the system says of a full disk", async () => {
    const writer = writers.open("/dev/full", 0);
    expect(await problemOf(writer.write(shared("Much"), 0, false))).toMatchObject({ code: "ENOSPC" });
  });

  test("does not write to a file that it has let go of, and tells whoever waits that it is closed", async () => {
    writeFileSync(path, "");
    const dropped = writers.open(path, 0);
    dropped.drop();
    expect(await problemOf(dropped.write(shared("Late"), 0, false))).toMatchObject({
      message: "A file cannot be written that is not open",
    });
    const late = problemOf(writers.open(path, 0).write(shared("Late"), 0, false));
    writers.close();
    const later = problemOf(writers.open(path, 0).write(shared("Later"), 0, false));
    for (const each of [late, later]) expect(await each).toMatchObject({ message: "The store is closed" });
  });
});

/** What went wrong; undefined when all went well. */
function problemOf(done: Promise<void>): Promise<unknown> {
  return done.then(
    () => undefined,
    (error) => error,
  );
}
