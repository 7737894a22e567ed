import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Document, isPlayed, type Language } from "./document.ts";
import { play } from "./player.ts";
import { startTestRelay, type TestRelay } from "./relay.ts";

let relay: TestRelay;

beforeEach(async () => {
  relay = await startTestRelay();
});

afterEach(() => relay.stop());

for (const language of ["en", "id"] satisfies Language[]) {
  const { path, fences } = await Document.read(language);
  describe(`The examples of ${path} happen as printed:`, () => {
    for (const { text, section, info, line } of fences.filter(isPlayed)) {
      test(`§${section}, line ${line} ${info}`, () => play(text, relay));
    }
  });
}

describe("The player finds", () => {
  const entering = '# C is Ada, in "lobby"';
  const wrong: [what: string, text: string][] = [
    ["a field with another value", 'C: {"type":"leave","id":1,"room":"lobby"}\nS: {"type":"ok","id":2}'],
    ["a field that does not come", 'C: {"type":"leave","room":"lobby"}\nS: {"type":"ok","id":…}'],
    ["a field that is not printed", 'C: {"type":"leave","id":1,"room":"lobby"}\nS: {"type":"ok"}'],
    ["a frame that is not printed", 'C: {"type":"leave","room":"lobby"}'],
    ["a signal that is not printed", 'C: {"type":"typing","room":"lobby"}'],
    ["a line that it does not understand", "Ada says hello"],
  ];
  const getting = [
    'C: {"type":"offer","room":"lobby","device":"d","n":1,"name":"a","size":3}',
    'S: {"type":"entry","room":"lobby","seq":2,"at":…,"member":"m1","name":"Ada","kind":"file","action":"offered","device":"d","n":1,"file":"…","fileName":"a","size":3}',
    'C: {"type":"ticket","room":"lobby","file":"…","action":"put"}',
    'S: {"type":"ticket","file":"…","action":"put","ticket":"…","expiresMs":600000}',
    "# Ct is a transfer connection",
    'Ct: {"type":"put","ticket":"…","offset":0}',
    'St: {"type":"ready","file":"…","action":"put","state":"arriving","offset":0,"size":3,"fileName":"a","mediaType":"text/plain"}',
    'Ct> "abc"',
    'St: {"type":"stored","file":"…","sha256":"…","mediaType":"text/plain"}',
    "St closes",
    'S: {"type":"entry","room":"lobby","seq":3,"at":…,"member":"m1","name":"Ada","kind":"file","action":"complete","file":"…","sha256":"…","mediaType":"text/plain"}',
    'C: {"type":"ticket","room":"lobby","file":"…","action":"get"}',
    'S: {"type":"ticket","file":"…","action":"get","ticket":"…","expiresMs":600000}',
    "# Cu is a transfer connection",
    'Cu: {"type":"get","ticket":"…","offset":0}',
    'Su: {"type":"ready","file":"…","action":"get","state":"complete","offset":0,"length":3,"size":3,"fileName":"a","mediaType":"text/plain","sha256":"…"}',
  ].join("\n");
  wrong.push(
    ["other bytes of a file", `${getting}\nSu> "abd"\nSu closes`],
    ["bytes that are not printed", `${getting}\nSu> "ab"\nSu closes`],
    ["bytes that do not come", `${getting}\nSu> "abcd"\nSu closes`],
  );
  test("nothing in bytes as printed", () => play(`${entering}\n${getting}\nSu> "abc"\nSu closes\n`, relay));
  const login = 'O> "alice"\n(100 ms)\nO> "lobby"';
  wrong.push(
    ["a message of 2021 that is not printed", login],
    ["another one than is printed", `${login}\nO< "Welcome to chat room"`],
    ["one that does not end with the read", `${login}\nO< "New Group"`],
  );
  test("nothing in messages of 2021 as printed", () => play(`${login}\nO< "New Group created"\n`, relay));
  for (const [what, text] of wrong) {
    test(what, () => expect(play(`${entering}\n${text}\n`, relay)).rejects.toThrow());
  }
});
