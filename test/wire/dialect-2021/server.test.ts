import { describe, expect, test } from "bun:test";
import { ServerReader } from "../../../src/wire/dialect-2021/server.ts";
import { recordings, said } from "../../recordings/recordings.ts";
import type { Read } from "./client.ts";

/** What a client's window would show of it, but for its own lines; and the files that it got. */
function shown(reads: readonly Read[]): { window: string[]; files: Buffer[] } {
  const window: string[] = [];
  const files: Buffer[] = [];
  let file = { name: "", user: "", parts: [] as Buffer[] };
  const reader = new ServerReader((event) => {
    switch (event.is) {
      case "in":
        window.push(event.isNew ? "New Group created" : "Welcome to chat room");
        return;
      case "text":
        window.push(event.name === undefined ? event.text : `[${event.name}] ${event.text}`);
        return;
      case "garbled":
        window.push("?");
        return;
      case "file":
        file = { name: event.name, user: event.user ?? "?", parts: [] };
        return;
      case "bytes":
        file.parts.push(Buffer.from(event.bytes));
        return;
      case "end":
        files.push(Buffer.concat(file.parts));
        window.push(`[${file.user}] client_${file.name} Received`);
        return;
    }
  });
  let now = 0;
  const pass = (until: number) => {
    while (reader.settleAt !== undefined && reader.settleAt <= until) reader.settle(reader.settleAt);
    now = until;
  };
  for (const [pauseMs, bytes] of reads) {
    pass(now + pauseMs);
    reader.push(Buffer.from(bytes as string), now);
  }
  pass(now + 60_000);
  return { window, files };
}

function reads({ heard }: (typeof recordings)[number]): Read[] {
  let before = 0;
  return heard
    .filter(({ from }) => from === "server")
    .map(({ at, bytes }): Read => {
      const pauseMs = at - before;
      before = at;
      return [pauseMs, bytes];
    });
}

const notOwn = (window: readonly string[]) => window.filter((line) => !line.startsWith("[You] "));

describe("Replayed, what a server sent is shown as the original client showed it:", () => {
  for (const recording of recordings) {
    if (recording.window.length === 0 || recording.case.includes("spoiled")) continue;
    test(`to ${recording.who} in ${recording.case}`, () => {
      expect(shown(reads(recording)).window).toEqual(notOwn(recording.window));
    });
  }
});

test("A file that spoiled the original client, as user and bytes ran together, is read", () => {
  const find = (name: string, who: string) =>
    recordings.find((each) => each.case === name && each.who === who)!;
  const { window, files } = shown(reads(find("file_512_spoiled", "bob")));
  expect(window).toEqual(["Welcome to chat room", "[alice] client_half_k.bin Received"]);
  expect(files[0]!.equals(said(find("file_512", "alice"), "client")[5]!.bytes)).toBe(true);
});

describe("A file is read", () => {
  const begin: Read[] = [
    [0, "Welcome to chat room"],
    [500, "FILE"],
    [100, "client_a.txt"],
    [100, "5"],
  ];
  for (const [what, rest, window] of [
    [
      "when user and bytes come apart",
      [
        [100, "alice"],
        [1, "hello"],
        [99, "[bob] hi"],
      ],
      ["[alice] client_a.txt Received", "[bob] hi"],
    ],
    [
      "when they run together",
      [
        [100, "alicehello"],
        [999, "[bob] hi"],
      ],
      ["[alice] client_a.txt Received", "[bob] hi"],
    ],
    [
      "when they run together and are cut elsewhere",
      [
        [100, "alicehe"],
        [9, "llo"],
      ],
      ["[alice] client_a.txt Received"],
    ],
    [
      "when they run together and the user has been heard",
      [
        [100, "alice"],
        [0, "hello[alice] after"],
      ],
      ["[alice] client_a.txt Received", "[alice] after"],
    ],
  ] as [string, Read[], string[]][]) {
    test(what, () => {
      const known: Read[] = what.includes("heard")
        ? [begin[0]!, [99, "[alice] hi"], ...begin.slice(1)]
        : begin;
      const got = shown([...known, ...rest]);
      expect(got.window.slice(known.length - 3)).toEqual(window);
      expect(got.files.map(String)).toEqual(["hello"]);
    });
  }

  test("of 0 bytes", () => {
    const got = shown([...begin.slice(0, 3), [100, "0"], [100, "alice"], [900, "[alice] after"]]);
    expect(got.window.slice(1)).toEqual(["[alice] client_a.txt Received", "[alice] after"]);
  });

  test("of many reads, while it comes once its user is known", () => {
    const parts = Array.from({ length: 100 }, (): Read => [0, "x".repeat(1024)]);
    const got = shown([...begin.slice(0, 3), [100, "102400"], [100, "alice"], ...parts]);
    expect(got.window.slice(1)).toEqual(["[alice] client_a.txt Received"]);
  });
});

test("What ran together with the answer to the login is read as a text", () => {
  expect(shown([[0, "Welcome to chat room[alice] hi"]]).window).toEqual([
    "Welcome to chat room",
    "[alice] hi",
  ]);
  expect(
    shown([
      [0, "something else"],
      [99, "[a] b] c"],
    ]).window,
  ).toEqual(["Welcome to chat room", "something else", "[a] b] c"]);
});
