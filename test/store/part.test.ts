import { expect, spyOn, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Blob } from "../../src/room/blob.ts";
import { Blocks, blockBytes } from "../../src/room/blocks.ts";
import type { FileRecord } from "../../src/room/file-store.ts";
import { StorageFull } from "../../src/room/storage-errors.ts";
import { Disk } from "../../src/store/disk.ts";
import type { FileRows } from "../../src/store/file-rows.ts";
import { Hashes } from "../../src/store/hash.ts";
import { Part } from "../../src/store/part.ts";
import { Writer, Writers } from "../../src/store/writer.ts";
import { folder } from "./folder.ts";
import { shared } from "./shared.ts";

/** A disk whose space a test decides. */
class LimitedDisk extends Disk {
  free = Number.POSITIVE_INFINITY;
  override freeBytes = () => this.free;
}

for (const size of [3 * blockBytes, 12 * blockBytes + 5]) {
  test(`The hash of ${size} bytes is that of the bytes on the disk, also where some had found no space`, async () => {
    const disk = new LimitedDisk(folder());
    const threads = { hashes: new Hashes(), writers: new Writers() };
    const file = { id: "A".repeat(22), size } as FileRecord;
    const part = await Part.open(file, disk, { setPublished() {} } as unknown as FileRows, threads, 0);
    let failures = 0;
    const blob = new Blob(
      part,
      new Blocks(setTimeout),
      0,
      () => {},
      () => {
        failures += 1;
      },
    );
    const all = async (bytes: Uint8Array) => {
      for (let rest = bytes; rest.length > 0; await Bun.sleep(1)) rest = rest.subarray(blob.append(rest));
      await blob.settled();
    };
    const right = randomBytes(size);
    await all(right.subarray(0, blockBytes + 7));
    disk.free = 0;
    blob.append(randomBytes(2 * blockBytes));
    await blob.settled();
    expect([failures, blob.stored, blob.arrived]).toEqual([1, blockBytes + 7, blockBytes + 7]);
    disk.free = Number.POSITIVE_INFINITY;
    await all(right.subarray(blockBytes + 7));
    const sha256 = createHash("sha256").update(right).digest("hex");
    expect((await part.publish()).sha256).toBe(sha256);
    expect(readFileSync(disk.filePath(sha256)).equals(right)).toBe(true);
    blob.close();
    await part.close();
    threads.hashes.close();
    threads.writers.close();
  });
}

test("An upload waits, and is not given up, when the process can open no more files", async () => {
  const disk = new LimitedDisk(folder());
  const threads = { hashes: new Hashes(), writers: new Writers() };
  const file = { id: "A".repeat(22), size: 100 } as FileRecord;
  const part = await Part.open(file, disk, {} as FileRows, threads, 0);
  const refused = spyOn(Writer.prototype, "write");
  for (const code of ["EMFILE", "ENFILE"]) {
    refused.mockRejectedValueOnce(Object.assign(new Error("Too many"), { code }));
    const problem = await part.write(shared("bytes"), 0, false).catch((error) => error);
    expect(problem).toBeInstanceOf(StorageFull);
  }
  refused.mockRestore();
  part.forget(0);
  await part.write(shared("bytes"), 0, false);
  expect(part.stored).toBe(5);
  await part.close();
  threads.hashes.close();
  threads.writers.close();
});
