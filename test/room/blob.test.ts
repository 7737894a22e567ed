import { beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { Blob, type BlobBytes } from "../../src/room/blob.ts";
import { Blocks, blockBytes, blocksMax } from "../../src/room/blocks.ts";
import { StorageFull } from "../../src/room/storage-errors.ts";

/** A disk that takes what it is given when a test says so. */
class SlowDisk implements BlobBytes {
  readonly asked: { at: number; bytes: Buffer; done: () => void; fail: (error: Error) => void }[] = [];
  readonly forgotten: number[] = [];

  write(bytes: Uint8Array, at: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.asked.push({ at, bytes: Buffer.from(bytes), done: resolve, fail: reject });
    return promise;
  }

  async hash(): Promise<void> {}

  forget(from: number): void {
    this.forgotten.push(from);
  }

  async read(): Promise<number> {
    return 0;
  }
}

let disk: SlowDisk;
let failures: unknown[];
let blob: Blob;

beforeEach(() => {
  disk = new SlowDisk();
  failures = [];
  blob = new Blob(
    disk,
    new Blocks(setTimeout),
    0,
    () => {},
    (error) => failures.push(error),
  );
});

/** What is done with a promise that has been kept happens behind some others. */
const soon = () => Bun.sleep(0);

describe("A blob", () => {
  test("has one write under way while little comes, and gathers the rest", async () => {
    const bytes = randomBytes(300);
    for (const at of [0, 100, 200]) blob.append(bytes.subarray(at, at + 100));
    expect(disk.asked.map(({ at, bytes }) => [at, bytes.length])).toEqual([[0, 100]]);
    disk.asked[0]!.done();
    await soon();
    expect(disk.asked.map(({ at, bytes }) => [at, bytes.length])).toEqual([
      [0, 100],
      [100, 200],
    ]);
    expect(blob.stored).toBe(100);
  });

  test("has a second one under way for a whole block, and no third", async () => {
    blob.append(new Uint8Array(1));
    blob.append(new Uint8Array(blockBytes - 1));
    expect(disk.asked).toHaveLength(1);
    blob.append(new Uint8Array(8 * blockBytes));
    expect(disk.asked.map(({ at }) => at)).toEqual([0, 1]);
  });

  test("shows no byte before all that stand before it are on the disk", async () => {
    const bytes = randomBytes(4 * blockBytes);
    blob.append(bytes);
    const [first, second] = disk.asked;
    second!.done();
    await soon();
    expect([blob.stored, blob.inMemory(0)]).toEqual([0, undefined]);
    first!.done();
    await soon();
    expect(blob.stored).toBe(first!.bytes.length + second!.bytes.length);
    expect(Buffer.from(blob.inMemory(0)!).equals(bytes.subarray(0, blockBytes))).toBe(true);
  });

  test("loses what was under way behind a write that failed, and goes on before it", async () => {
    const bytes = randomBytes(3 * blockBytes);
    blob.append(bytes.subarray(0, 100));
    blob.append(bytes.subarray(100));
    disk.asked[0]!.done();
    await soon();
    const [, second, third] = disk.asked;
    expect(third).toBeDefined();
    second!.fail(new StorageFull("Full"));
    await blob.settled();
    expect([blob.stored, blob.arrived, failures.length]).toEqual([100, 100, 1]);
    expect(disk.forgotten).toEqual([100]);
    blob.append(bytes.subarray(100, 200));
    // As if it had been written all the same.
    third!.done();
    await soon();
    expect([blob.stored, failures.length]).toEqual([100, 1]);
    disk.asked.at(-1)!.done();
    await blob.settled();
    expect(blob.stored).toBe(200);
    expect(disk.asked.at(-1)).toMatchObject({ at: 100, bytes: bytes.subarray(100, 200) });
  });

  test("takes nothing of those who wait for memory until it has said that bytes were lost", async () => {
    const arrived: number[] = [];
    const blocks = new Blocks(setTimeout);
    const onFailed = () => arrived.push(lossy.arrived);
    const lossy = new Blob(disk, blocks, 0, () => {}, onFailed);
    lossy.append(new Uint8Array(blocksMax * blockBytes));
    blocks.wait(() => lossy.append(new Uint8Array(100)));
    disk.asked[0]!.fail(new StorageFull("Full"));
    await soon();
    expect([arrived, lossy.arrived]).toEqual([[0], 100]);
    disk.asked.at(-1)!.done();
    await lossy.settled();
    expect(lossy.stored).toBe(100);
  });

  test("takes bytes from whoever puts them in its memory, as many as there is memory for", async () => {
    const bytes = randomBytes((blocksMax + 1) * blockBytes);
    let put = 0;
    const read = (memory: Uint8Array) => {
      memory.set(bytes.subarray(put, put + memory.length));
      put += memory.length;
      return memory.length;
    };
    expect(blob.fill(() => 0, 100)).toBe(0);
    expect(blob.fill(read, 100)).toBe(100);
    let count: number | undefined = 0;
    for (let i = 0; i <= blocksMax && count !== undefined; i++) count = blob.fill(read, bytes.length - put);
    expect(count).toBeUndefined();
    expect(blob.arrived).toBe(blocksMax * blockBytes);
    for (let i = 0; i < disk.asked.length; i++) {
      disk.asked[i]!.done();
      await soon();
    }
    expect(Buffer.concat(disk.asked.map((write) => write.bytes)).equals(bytes.subarray(0, put))).toBe(true);
    expect(blob.fill(read, 10)).toBe(10);
  });

  test("keeps no memory for bytes that did not come", () => {
    const blocks = new Blocks(setTimeout);
    const blobs = Array.from({ length: blocksMax + 1 }, () => {
      const one = new Blob(
        new SlowDisk(),
        blocks,
        0,
        () => {},
        () => {},
      );
      return one.fill(() => 0, 100);
    });
    expect(blobs).toEqual(blobs.map(() => 0));
  });
});
