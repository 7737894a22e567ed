import { afterAll, describe, expect, test } from "bun:test";
import type { Socket } from "bun";
import { sleep } from "../dialect-2021/patient-time.ts";
import {
  fileSizes,
  type Heard,
  type Recording,
  recordingOf,
  recordings,
  said,
} from "../recordings/recordings.ts";
import { joinLegacy, Visitor } from "./legacy-world.ts";

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server that says, to whoever logs in as the recorded client did, what the original one said. */
class Replay {
  /** What it was sent. */
  heard: Buffer[] = [];
  readonly #listener;

  constructor(
    private readonly recording: Recording,
    private readonly written: (heard: Heard, i: number, all: readonly Heard[]) => Write[],
  ) {
    this.#listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.setNoDelay(true);
        },
        data: (socket, bytes) => {
          this.heard.push(Buffer.from(bytes));
          if (this.heard.length === 2) void this.#play(socket);
        },
      },
    });
    closing.push(() => this.#listener.stop(true));
  }

  get port(): number {
    return this.#listener.port;
  }

  async #play(socket: Socket): Promise<void> {
    const all = said(this.recording, "server");
    for (const [i, heard] of all.entries()) {
      // Longer pauses are those of people.
      await sleep(Math.min(400, heard.at - (all[i - 1] ?? heard).at));
      for (const { afterMs, bytes } of this.written(heard, i, all)) {
        if (afterMs > 0) await sleep(afterMs);
        for (let rest = bytes; rest.length > 0; ) {
          rest = rest.subarray(Math.max(0, socket.write(rest)));
          if (rest.length > 0) await sleep(1);
        }
      }
    }
  }
}

type Write = { afterMs: number; bytes: Buffer };

const whole = ({ bytes }: Heard): Write[] => [{ afterMs: 0, bytes }];

/**
 * In the middle, and again, as a network may; but for what nothing tells the length of: a text, and the sender of a
 * file that has no bytes.
 */
function cut({ bytes }: Heard, i: number, all: readonly Heard[]): Write[] {
  if (bytes[0] === "[".charCodeAt(0) || all[i - 1]?.bytes.toString() === "0") return [{ afterMs: 0, bytes }];
  const [first, second] = [Math.floor(bytes.length / 3), Math.floor((2 * bytes.length) / 3)];
  return [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]
    .filter(({ length }) => length > 0)
    .map((part, i) => ({ afterMs: i === 0 ? 0 : 1, bytes: part }));
}

/** What came less than 20 ms apart comes as one: the sender's name and all of a file's bytes. */
function glued(heard: Heard, i: number, all: readonly Heard[]): Write[] {
  const isNear = (n: number) => n > 0 && n < all.length && all[n]!.at - all[n - 1]!.at < 20;
  if (isNear(i)) return [];
  let end = i + 1;
  while (isNear(end)) end += 1;
  const bytes = Buffer.concat(all.slice(i, end).map((each) => each.bytes));
  return [{ afterMs: 0, bytes: end === i + 1 ? heard.bytes : bytes }];
}

/** The lines that others' words and files make, as a page has them. */
function expected({ window }: Recording): string[] {
  const [answer, ...lines] = window.filter((line) => !line.startsWith("[You] "));
  return [`[2021 server] ${answer}`, ...lines.map((line) => line.replace("] client_", "] "))];
}

const shownAtEnd = recordings.filter(({ window }) => window.length > 0);
const spoiled = shownAtEnd.filter((each) => each.case.includes("spoiled"));

for (const [how, written] of [
  ["As it was", whole],
  ["Cut", cut],
  ["Glued", glued],
] as const) {
  describe.concurrent(`${how}, what an original server sent is shown in the room as the original client showed it:`, () => {
    for (const recording of shownAtEnd) {
      // Where the original client showed too little.
      if (spoiled.includes(recording)) continue;
      test(`to ${recording.who} in ${recording.case}`, async () => {
        const replay = new Replay(recording, written);
        const bridge = joinLegacy(replay.port);
        closing.push(() => bridge.stop());
        const visitor = await Visitor.come(bridge, recording.who);
        const lines = expected(recording);
        await visitor.person.line.until(() => visitor.window.length >= lines.length, "all lines");
        // A file is complete a little later than its last byte comes.
        expect(visitor.window.toSorted()).toEqual(lines.toSorted());
        expect(Buffer.concat(replay.heard).toString()).toBe(`${recording.who}room1`);
        for (const line of lines) {
          const [, name = ""] = /^\[alice\] (\S+) Received$/.exec(line) ?? [];
          if (name === "") continue;
          const bytes = await visitor.file(name);
          expect(bytes.length).toBe(fileSizes.get(name) ?? -1);
          expect(bytes.equals(sentBytes(recording.case))).toBe(true);
        }
      });
    }
  });
}

test.concurrent("A file that spoiled the original client, as user and bytes ran together, is whole in the room", async () => {
  const bridge = joinLegacy(new Replay(recordingOf("file_512_spoiled", "bob"), whole).port);
  closing.push(() => bridge.stop());
  const visitor = await Visitor.come(bridge, "bob");
  await visitor.shows("[alice] half_k.bin Received");
  expect((await visitor.file("half_k.bin")).equals(sentBytes("file_512"))).toBe(true);
});

/** The bytes of the file that alice sent in a case. */
function sentBytes(name: string): Buffer {
  const sent = said(recordingOf(name, "alice"), "client").map(({ bytes }) => bytes);
  const header = sent.findIndex((bytes) => bytes.toString() === "FILE");
  const size = Number(sent[header + 2]?.toString());
  return Buffer.concat(sent.slice(header + 3)).subarray(0, size);
}
