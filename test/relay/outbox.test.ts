import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Outbox, type Wire } from "../../src/relay/outbox.ts";
import { encodeFrame } from "../../src/wire/relay-frames.ts";

/** A socket that takes as many bytes as it is allowed to. */
class TestWire implements Wire {
  text = "";
  allowed = 0;
  isGone = false;
  isEnded = false;
  writeCount = 0;

  write(bytes: Uint8Array): number {
    this.writeCount += 1;
    if (this.isGone) return -1;
    const taken = Math.min(this.allowed, bytes.length);
    this.allowed -= taken;
    this.text += Buffer.from(bytes.subarray(0, taken)).toString("latin1");
    return taken;
  }

  end(): void {
    this.isEnded = true;
  }

  terminate(): void {
    this.isGone = true;
  }
}

const lines = (count: number) => Buffer.from(Array.from({ length: count }, (_, i) => `line ${i}\n`).join(""));
const microtasks = () => new Promise<void>((resolve) => queueMicrotask(resolve));

describe("An outbox", () => {
  test("takes all lines while the socket does, as one write", () => {
    const wire = new TestWire();
    wire.allowed = 1000;
    const outbox = new Outbox(wire);
    expect(outbox.write(lines(5))).toBe(35);
    expect(wire.writeCount).toBe(1);
    expect(outbox.isFull).toBe(false);
  });

  test("takes the line at which the socket became full, and no more", () => {
    for (let allowed = 0; allowed < 35; allowed++) {
      const wire = new TestWire();
      wire.allowed = allowed;
      const outbox = new Outbox(wire);
      // Full between two lines is full too: the line behind says so.
      expect(outbox.write(lines(5))).toBe((Math.floor(allowed / 7) + 1) * 7);
      expect(outbox.isFull).toBe(true);
      expect(outbox.write(lines(1))).toBe(0);
      wire.allowed = 1000;
      outbox.flush();
      expect(wire.text).toBe(lines(Math.floor(allowed / 7) + 1).toString());
      expect(outbox.isFull).toBe(false);
    }
  });

  test("keeps a copy of that line: the block in which it stood may change", () => {
    const wire = new TestWire();
    wire.allowed = 3;
    const outbox = new Outbox(wire);
    const block = lines(1);
    outbox.write(block);
    block.fill(0);
    wire.allowed = 100;
    outbox.flush();
    expect(wire.text).toBe("line 0\n");
  });

  test("sends several frames of one step in one write, before lines that come later", async () => {
    const wire = new TestWire();
    wire.allowed = 1000;
    const outbox = new Outbox(wire);
    outbox.send({ a: 1 });
    outbox.send({ b: 2 });
    expect(wire.writeCount).toBe(0);
    await microtasks();
    expect(wire.writeCount).toBe(1);
    outbox.send({ c: 3 });
    outbox.write(lines(1));
    expect(wire.text).toBe('{"a":1}\n{"b":2}\n{"c":3}\nline 0\n');
  });

  test("ends only when everything is out, and takes nothing more from then on", () => {
    const wire = new TestWire();
    const outbox = new Outbox(wire);
    outbox.send({ last: true });
    outbox.end();
    outbox.send({ late: true });
    expect(outbox.write(lines(1))).toBe(0);
    expect(wire.isEnded).toBe(false);
    wire.allowed = 3;
    outbox.flush();
    expect(wire.isEnded).toBe(false);
    wire.allowed = 100;
    outbox.flush();
    expect(wire.text).toBe('{"last":true}\n');
    expect(wire.isEnded).toBe(true);
  });

  test("of a socket that is gone takes nothing", () => {
    const wire = new TestWire();
    wire.isGone = true;
    const outbox = new Outbox(wire);
    expect(outbox.write(lines(3))).toBe(0);
    expect(outbox.isFull).toBe(true);
    outbox.send({ a: 1 });
    expect(outbox.waiting).toBe(0);
  });

  test("gives the socket every byte once and in order, however it stalls", async () => {
    type Step = { do: "send" } | { do: "write"; count: number } | { do: "allow"; bytes: number };
    const steps: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ do: fc.constant("send" as const) }),
      fc.record({ do: fc.constant("write" as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constant("allow" as const), bytes: fc.integer({ min: 0, max: 60 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (steps) => {
        const wire = new TestWire();
        const outbox = new Outbox(wire);
        const frames: string[] = [];
        let logged = "";
        for (const [i, step] of steps.entries()) {
          if (step.do === "send") {
            outbox.send({ i });
            frames.push(encodeFrame({ i }));
          }
          if (step.do === "write") {
            const block = Buffer.from(lines(step.count).toString().replaceAll("line", `of ${i}`));
            logged += block.subarray(0, outbox.write(block)).toString();
          }
          if (step.do === "allow") {
            wire.allowed = step.bytes;
            outbox.flush();
          }
          if (i % 3 === 0) await microtasks();
        }
        wire.allowed = Number.POSITIVE_INFINITY;
        outbox.flush();
        outbox.end();
        const out = wire.text.split(/(?<=\n)/).filter((line) => line !== "");
        expect(out.filter((line) => line.startsWith("{"))).toEqual(frames);
        expect(out.filter((line) => !line.startsWith("{")).join("")).toBe(logged);
        expect(wire.isEnded).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
