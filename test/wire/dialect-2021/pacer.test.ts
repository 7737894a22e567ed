import { beforeEach, describe, expect, test } from "bun:test";
import { PacedWriter, Pacer } from "../../../src/wire/dialect-2021/pacer.ts";

/** A clock, and how often it was asked to wake somebody. */
class Clock {
  time = 1000;
  timers: { at: number; run: () => void }[] = [];
  planned = 0;
  later = (run: () => void, ms: number) => {
    this.planned += 1;
    this.timers.push({ at: this.time + ms, run });
  };
  pass(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      this.timers.sort((a, b) => a.at - b.at);
      const next = this.timers[0];
      if (next === undefined || next.at > until) break;
      this.timers.shift();
      this.time = next.at;
      next.run();
    }
    this.time = until;
  }
}

let clock: Clock;
let pacer: Pacer;
beforeEach(() => {
  clock = new Clock();
  pacer = new Pacer(clock.later, () => clock.time, 105);
});

function writer({ takes = Number.POSITIVE_INFINITY } = {}) {
  const written: [at: number, text: string][] = [];
  const socket = {
    takes,
    write(bytes: Uint8Array) {
      const taken = Math.min(this.takes, bytes.length);
      if (taken > 0) written.push([clock.time - 1000, Buffer.from(bytes.subarray(0, taken)).toString()]);
      return taken;
    },
  };
  let freed = 0;
  const paced = new PacedWriter(socket, pacer, () => {
    freed += 1;
  });
  return { paced, socket, written, freed: () => freed };
}

const messages = (...texts: string[]) => texts.map((text) => Buffer.from(text));

describe("A writer", () => {
  test("R-2021-6: writes the first message at once and each other one a pause later", () => {
    const { paced, written, freed } = writer();
    paced.say(messages("a", "b"));
    paced.say(messages("c"));
    expect(written).toEqual([[0, "a"]]);
    clock.pass(1000);
    expect(written).toEqual([
      [0, "a"],
      [105, "b"],
      [210, "c"],
    ]);
    expect(freed()).toBe(1);
    expect(paced.isFree).toBe(true);
  });

  test("R-2021-6: keeps a pause around a file's bytes, not between them", () => {
    const { paced, written } = writer();
    paced.say(messages("user"));
    clock.pass(105);
    paced.body(Buffer.from("1"));
    paced.body(Buffer.from("2"));
    clock.pass(50);
    paced.body(Buffer.from("3"));
    paced.say(messages("next"));
    clock.pass(500);
    expect(written.at(-1)).toEqual([155, "3"]);
    paced.endBody();
    clock.pass(500);
    expect(written.slice(1)).toEqual([
      [105, "1"],
      [105, "2"],
      [155, "3"],
      [655 + 105, "next"],
    ]);
  });

  test("goes on with the rest of a message when the socket takes bytes again", () => {
    const { paced, socket, written } = writer({ takes: 2 });
    paced.say(messages("hello", "next"));
    clock.pass(500);
    expect(written).toEqual([[0, "he"]]);
    socket.takes = 100;
    paced.drain();
    clock.pass(500);
    expect(written.slice(1)).toEqual([
      [500, "llo"],
      [605, "next"],
    ]);
  });

  test("writes nothing more once it is closed", () => {
    const { paced, written, freed } = writer();
    paced.say(messages("a", "b"));
    paced.close();
    clock.pass(500);
    expect(written).toEqual([[0, "a"]]);
    expect(freed()).toBe(0);
  });
});

test("A hundred writers need one timer at a time, and none when all is said", () => {
  const writers = Array.from({ length: 100 }, () => writer());
  for (const { paced } of writers) paced.say(messages("a", "b", "c"));
  expect(clock.timers).toHaveLength(1);
  clock.pass(1000);
  for (const { written } of writers) expect(written.map(([at]) => at)).toEqual([0, 105, 210]);
  expect(clock.planned).toBeLessThan(10);
  expect(clock.timers).toHaveLength(0);
});
