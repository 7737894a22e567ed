import { expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { composeFolder, type FolderPart, indexRange, readIndex } from "../../../src/ui/models/tar.ts";
import { safePath } from "../../../src/wire/file-name.ts";

const mtime = Date.UTC(2026, 2, 2, 12);

function part(path: string, content: string | Uint8Array<ArrayBuffer>): FolderPart {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  // Every other one as a file that is read later.
  const isHere = path.length % 2 === 0;
  return { path, size: bytes.length, lastModified: mtime, content: isHere ? bytes : new Blob([bytes]) };
}

async function indexOf({ blob, indexBytes }: { blob: Blob; indexBytes: number }) {
  const { from, to } = indexRange(indexBytes);
  return readIndex(await blob.slice(from, to).text());
}

/** What the system's tar makes of a blob. */
async function unpack(blob: Blob): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "pendopo-tar-"));
  try {
    await Bun.write(join(folder, "folder.tar"), blob);
    await Bun.$`mkdir ${folder}/out && tar -xf ${folder}/folder.tar -C ${folder}/out`.quiet();
    const entries = await readdir(`${folder}/out`, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const read = await Promise.all(files.map(async (file) => [file, await Bun.file(file).text()] as const));
    return new Map(read.map(([file, text]) => [file.slice(`${folder}/out/`.length), text]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const names = fc.oneof(
  fc.stringMatching(/^[a-z0-9]{1,12}\.[a-z]{1,3}$/),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
  fc.stringMatching(/^[a-z]{90,140}$/),
  fc.constantFrom("CON", "nul.txt", "..", "Kopi \u{1f375} pagi.txt", "日本語.txt", "a".repeat(100)),
);
const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((elements) => elements.join("/"));
const contents = fc.oneof(
  fc.constantFrom("", "x".repeat(511), "x".repeat(512), "x".repeat(513)),
  fc.string(),
);
/** Files below a file's path are on no disk, and in no folder. */
const folders = fc
  .uniqueArray(fc.tuple(paths, contents), { minLength: 1, maxLength: 30, selector: ([path]) => path })
  .filter((files) => {
    const safe = files.map(([path]) => safePath(path).toLowerCase());
    return !safe.some((path) => safe.some((other) => other.startsWith(`${path}/`)));
  });

test("R-FOLDER-2: Each file of a folder stands where the index says, under a path that is safe and its own", async () => {
  await fc.assert(
    fc.asyncProperty(folders, async (files) => {
      const folder = composeFolder(files.map(([path, content]) => part(path, content)));
      const index = await indexOf(folder);
      expect(index).toHaveLength(files.length);
      expect(new Set(index!.map(({ path }) => path.toLowerCase())).size).toBe(files.length);
      const read = await Promise.all(
        index!.map(({ offset, size }) => folder.blob.slice(offset, offset + size).text()),
      );
      expect(read.sort()).toEqual(
        (await Promise.all(files.map(([, content]) => new Blob([content]).text()))).sort(),
      );
      expect(folder.blob.size % 512).toBe(0);
    }),
  );
});

test("R-FOLDER-1: The system's tar unpacks the same files that the index names", async () => {
  await fc.assert(
    fc.asyncProperty(folders, async (files) => {
      const folder = composeFolder(files.map(([path, content]) => part(path, content)));
      const unpacked = await unpack(folder.blob);
      unpacked.delete(".pendopo-index.json");
      const index = await indexOf(folder);
      const named = await Promise.all(
        index!.map(async ({ path, offset, size }) => [
          path,
          await folder.blob.slice(offset, offset + size).text(),
        ]),
      );
      expect([...unpacked].sort()).toEqual(named.sort() as [string, string][]);
    }),
    { numRuns: 25 },
  );
});

test("R-FOLDER-4: The order in which files are found does not change the blob, so that it can be sent in two halves", async () => {
  const parts = Array.from({ length: 300 }, (_, i) => part(`sub ${i % 7}/file ${i}.txt`, `content ${i}`));
  const first = composeFolder(parts);
  const second = composeFolder(parts.toReversed());
  expect(second.indexBytes).toBe(first.indexBytes);
  expect(await second.blob.bytes()).toEqual(await first.blob.bytes());
});

test("A path that climbs out of the folder stays in it, and two that become one are told apart", async () => {
  const folder = composeFolder([
    part("../../etc/passwd", "1"),
    part("etc/passwd", "2"),
    part("Etc/Passwd", "3"),
  ]);
  expect((await indexOf(folder))?.map(({ path }) => path)).toEqual([
    "Etc/Passwd",
    "etc/passwd (2)",
    "etc/passwd (3)",
  ]);
});

test("What is no index is none, and a stranger's paths are made safe", () => {
  expect(readIndex("{}")).toBeNull();
  expect(readIndex("<html>")).toBeNull();
  const files = [{ path: "../../.ssh/id", size: 1, offset: 2, mtime: 3 }];
  expect(readIndex(`${JSON.stringify({ files })}   `)?.[0]?.path).toBe(".ssh/id");
});
