import { expect, test } from "bun:test";
import { lookThrough } from "../../../src/ui/models/folder.ts";

/** A file that has shrunk since it was chosen. */
class Shrunk extends File {
  override get size(): number {
    return super.size + 1;
  }
}

test("Small files are read when they are chosen, in their order; large ones when they are sent", async () => {
  const found = Array.from({ length: 100 }, (_, i) => ({
    path: `${i}`,
    file: new File([new Uint8Array(i % 10 === 0 ? 65_537 : i)], "x", { lastModified: i }),
  }));
  const parts = await lookThrough(found);
  expect(parts.map(({ path }) => path)).toEqual(found.map(({ path }) => path));
  for (const [i, { size, lastModified, content }] of parts.entries()) {
    expect([size, lastModified]).toEqual([i % 10 === 0 ? 65_537 : i, i]);
    expect(content instanceof Blob).toBe(i % 10 === 0);
  }
});

test("However many small files there are, they take no more than 32 MiB of the page", async () => {
  const file = new File([new Uint8Array(65_536)], "x");
  const parts = await lookThrough(Array.from({ length: 600 }, (_, i) => ({ path: `${i}`, file })));
  expect(parts.filter(({ content }) => !(content instanceof Blob))).toHaveLength(512);
});

test("A file that cannot be read whole is left for the upload to fail with, and no other", async () => {
  const shrunk = new Shrunk(["x"], "x");
  const parts = await lookThrough([
    { path: "a", file: new File(["aa"], "a") },
    { path: "x", file: shrunk },
    { path: "z", file: new File(["zzz"], "z") },
  ]);
  const [a, x, z] = parts.map(({ content }) => content);
  expect([a, z]).toEqual([Uint8Array.of(97, 97), Uint8Array.of(122, 122, 122)]);
  expect(x).toBe(shrunk);
});
