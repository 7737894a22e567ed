import { describe, expect, test } from "bun:test";
import { check, type Findings, type Seen } from "./checker.ts";

const entry = (seq: number, device: string, n: number, text = `${device} ${n}`): Seen => ({
  seq,
  kind: "message",
  device,
  n,
  text,
});
const made: Seen = { seq: 1, kind: "room" };
const log = [made, entry(2, "ada", 1), entry(3, "budi", 1), entry(4, "ada", 2)];
const post = (device: string, n: number, isAcknowledged = true) => ({
  device,
  n,
  text: `${device} ${n}`,
  isAcknowledged,
});
const posts = [post("ada", 1), post("ada", 2), post("budi", 1), post("budi", 2, false)];
const right: Findings = { accounts: new Map([["ada", log.slice(1)]]), posts, log };

test("The checker is content with what a right log shows", () => {
  expect(check(right)).toEqual([]);
  expect(check({ accounts: new Map(), posts: [], log: [] })).toEqual([]);
  // Posted, not acknowledged, and kept all the same.
  const kept = [...log, entry(5, "budi", 2)];
  expect(check({ ...right, accounts: new Map([["ada", kept]]), log: kept })).toEqual([]);
});

describe("The checker finds", () => {
  const seenBy = (...seen: Seen[]): Findings => ({ ...right, accounts: new Map([["ada", seen]]) });
  const [first, second, third, fourth] = log as [Seen, Seen, Seen, Seen];
  for (const [what, findings, violation] of [
    [
      "an acknowledged entry that is gone",
      { ...right, posts: [...posts, post("cici", 1)] },
      "lost: number 1 of cici",
    ],
    ["an entry that was seen and is gone", seenBy(fourth, entry(5, "budi", 2)), "lost: ada saw 5"],
    ["an entry that is there twice", { ...right, log: [...log, entry(5, "ada", 2)] }, "twice: 5"],
    ["a gap in what somebody saw", seenBy(first, second, fourth), "gap: ada has 4 where 3"],
    [
      "an entry that came twice to somebody",
      seenBy(first, second, second, third),
      "disorder: ada has 2 where 3",
    ],
    ["an order that goes back", seenBy(second, third, second), "disorder: ada has 2 where 4"],
    ["another order than that of the log", seenBy(first, { ...third, seq: 2 }), "another: ada saw 2"],
    ["another text than that of the log", seenBy({ ...second, text: "x" }), "another: ada saw 2"],
    [
      "a gap in the log",
      { accounts: new Map(), posts: posts.slice(0, 2), log: [first, second, fourth] },
      "gap: the log has 4",
    ],
    [
      "an author whose entries changed places",
      {
        accounts: new Map(),
        posts,
        log: [made, entry(2, "ada", 2), entry(3, "ada", 1), entry(4, "budi", 1)],
      },
      "overtaken: 3",
    ],
    ["an entry that nobody posted", { ...right, posts: posts.slice(1) }, "invented: nobody posted 2"],
    [
      "a text that is not the one that was posted",
      { ...right, accounts: new Map(), log: [made, entry(2, "ada", 1, "other"), third, fourth] },
      "changed:",
    ],
  ] as [string, Findings, string][]) {
    test(what, () => {
      expect(check(findings)).toEqual([expect.stringContaining(violation)]);
    });
  }
});
