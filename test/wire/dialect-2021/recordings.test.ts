import { describe, expect, test } from "bun:test";
import { recordings, said } from "../../recordings/recordings.ts";
import { type Read, type Understood, understood } from "./client.ts";

/** What a recorded client did, by its window: its own lines stand there as "[You] ...". */
function done(window: readonly string[]): string[] {
  return window.filter((line) => line.startsWith("[You] ")).map((line) => line.slice("[You] ".length));
}

function asInWindow(each: Understood): string {
  if ("text" in each) return each.text;
  return "file" in each ? `${each.file} Sent` : "?";
}

const room = "room1";
const logins = new Map([
  ["älice", "räum 漢"],
  ["Борис", "räum 漢"],
]);

describe("R-2021-8 R-2021-20: Replayed as it was heard,", () => {
  for (const recording of recordings) {
    test(`what ${recording.who} sent in ${recording.case} is understood`, () => {
      const [login, ...rest] = understood(reads(recording));
      expect(login).toEqual({ login: [recording.who, logins.get(recording.who) ?? room] });
      if (recording.window.length > 0) expect(rest.map(asInWindow)).toEqual(done(recording.window));
    });
  }
});

describe("R-2021-5: Replayed with each message cut in two a few milliseconds apart,", () => {
  for (const recording of recordings) {
    test(`the login and the files of ${recording.who} in ${recording.case} are the same`, () => {
      const whole = understood(reads(recording));
      const isText = texts(recording);
      for (let n = 1; n < 40; n++) {
        const cut = reads(recording).flatMap(([pauseMs, bytes], i): Read[] => {
          // A text has no form by which the second half could be told from another text.
          if (bytes.length <= n || isText.has(i)) return [[pauseMs, bytes]];
          return [
            [pauseMs, bytes.slice(0, n)],
            [7, bytes.slice(n)],
          ];
        });
        expect(understood(cut)).toEqual(whole);
      }
    });
  }
});

function reads(recording: (typeof recordings)[number]): Read[] {
  let before = 0;
  return said(recording, "client").map(({ at, bytes }): Read => {
    const pauseMs = at - before;
    before = at;
    return [pauseMs, bytes];
  });
}

/** Which of the reads are texts. */
function texts(recording: (typeof recordings)[number]): Set<number> {
  const own = new Set(done(recording.window).filter((line) => !line.endsWith(" Sent")));
  const found = new Set<number>();
  reads(recording).forEach(([, bytes], i) => {
    if (i >= 2 && (own.size === 0 || own.has(bytes.toString()))) found.add(i);
  });
  return found;
}
