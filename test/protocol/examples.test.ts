import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Document, type Language } from "./document.ts";
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
    for (const { text, section, info, line } of fences.filter(({ mark }) => mark === "wire")) {
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
  for (const [what, text] of wrong) {
    test(what, () => expect(play(`${entering}\n${text}\n`, relay)).rejects.toThrow());
  }
});
