import { beforeEach, describe, expect, test } from "bun:test";
import { type Block, Blocks, blocksMax } from "../../src/room/blocks.ts";

/** What runs when patience is over. */
let waiting: (() => void)[];
let blocks: Blocks;
let all: Block[];
let taken: Block[];

beforeEach(() => {
  waiting = [];
  blocks = new Blocks((run) => waiting.push(run));
  taken = [];
  all = Array.from({ length: blocksMax }, (_, i) => {
    const block: Block = blocks.take(i, () => taken.push(block))!;
    return block;
  });
});

describe("The memory for bytes of files", () => {
  test("has an end", () => {
    expect(all.every((block) => block !== undefined)).toBe(true);
    expect(blocks.take(0, () => {})).toBeUndefined();
    blocks.release(all[3]!);
    expect(blocks.take(0, () => {})).toBe(all[3]);
  });

  test("is taken from whoever has spare blocks, the oldest first", () => {
    blocks.spare(all[5]!);
    blocks.spare(all[2]!);
    expect(blocks.take(0, () => {})).toBe(all[5]);
    expect(taken).toEqual([all[5]!]);
  });

  test("is not taken from whoever has made it its own again", () => {
    blocks.spare(all[5]!);
    blocks.keep(all[5]!);
    expect(blocks.take(0, () => {})).toBeUndefined();
  });

  test("calls whoever waits once there is a block, when its holder has done with it", async () => {
    let calls = 0;
    blocks.wait(() => calls++);
    blocks.spare(all[0]!);
    blocks.spare(all[1]!);
    expect(calls).toBe(0);
    await Promise.resolve();
    expect(calls).toBe(1);
  });
});

describe("A block that is about to be read", () => {
  let calls: number;
  const waitAgain = () => {
    calls += 1;
  };
  beforeEach(() => {
    calls = 0;
    for (const block of all) blocks.want(block);
    expect(blocks.take(0, () => {})).toBeUndefined();
  });

  test("is there for those who need memory when it was not read for a while", async () => {
    blocks.wait(waitAgain);
    expect(calls).toBe(0);
    patienceIsOver();
    await Promise.resolve();
    expect(calls).toBe(1);
    expect(blocks.take(0, () => {})).toBe(all[0]);
  });

  test("is left alone while many are being read", async () => {
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2; i++) {
        blocks.wait(waitAgain);
        blocks.spare(all[2 * round + i]!);
        expect(blocks.take(0, () => {})).toBe(all[2 * round + i]);
      }
      blocks.wait(waitAgain);
      await Promise.resolve();
      const before = calls;
      patienceIsOver();
      await Promise.resolve();
      expect(calls).toBe(before);
      expect(waiting).toHaveLength(1);
    }
  });

  test("is not touched when nobody needs memory", () => {
    expect(waiting).toEqual([]);
    expect(taken).toEqual([]);
    blocks.spare(all[7]!);
    expect(blocks.take(0, () => {})).toBe(all[7]);
  });
});

function patienceIsOver(): void {
  for (const run of waiting.splice(0)) run();
}
