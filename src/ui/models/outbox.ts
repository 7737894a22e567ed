import type { ReadonlySignal } from "@preact/signals";
import { computed, signal } from "@preact/signals";
import * as v from "valibot";
import type { ClientFrames } from "../../wire/client-frames.ts";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import type { Link } from "./connection.ts";
import type { Deps } from "./deps.ts";
import type { Devices } from "./devices.ts";
import type { Key } from "./i18n.ts";
import type { Kept } from "./kept.ts";
import type { Problem } from "./problem.ts";
import { problemOf } from "./problem.ts";
import type { Sender } from "./sender.ts";
import { createSender } from "./sender.ts";

/** A line that the relay has not acknowledged. The object changes when anything in it does. */
export type WaitingLine = {
  readonly room: string;
  readonly device: string;
  readonly n: number;
  /** Of an offer: the file's name. */
  readonly text: string;
  /** What is offered; null for a message. */
  readonly offer: Offer | null;
  readonly at: number;
  /** Why the relay will never take it; null while it waits. */
  readonly problem: Problem | null;
};

/** A file that is offered, and the upload that is to bring it. */
type Offer = v.InferOutput<typeof offerSchema>;

/** By what an entry of one's own tells which line it is. */
type Acknowledgement = { readonly room: string; readonly device: string; readonly n: number };

/**
 * The lines that wait to be acknowledged, kept before they are shown. The same (device, n) is sent until its
 * entry comes back, over reloads and restarts; the relay makes one entry of it, however often it comes.
 */
export type Outbox = {
  /** Takes a slot and the lines that were kept. Nothing can be added before. */
  open(): Promise<void>;
  /** Takes over what tabs that have gone left behind. */
  adopt(): Promise<void>;
  /** The lines of a room, in the order of sending. */
  lines(room: string): ReadonlySignal<readonly WaitingLine[]>;
  add(room: string, text: string, offer?: Offer): void;
  /** The line that an entry of one's own acknowledges; it stays until `acknowledged`. */
  find(entry: Acknowledgement): WaitingLine | undefined;
  /** One's own entry came back. */
  acknowledged(entry: Acknowledgement): void;
  /** The device under which this tab posts; uploads are kept under it as well. */
  device(): string;
  /** The relay did not take a line; false when the error is about none. */
  refused(error: RelayFrames["error"]): boolean;
  /** Sends a line that failed as a new one, at the end. */
  retry(line: WaitingLine): void;
  remove(line: WaitingLine): void;
  /** Gives up every line of a room. */
  drop(room: string): void;
  /** The room is spelled in another way from now on. */
  move(from: string, to: string): void;
  /** Whether lines for a room can be sent now. */
  setReady(room: string, isReady: boolean): void;
};

const offerSchema = v.object({
  upload: v.string(),
  size: v.number(),
  folder: v.nullable(v.object({ files: v.number(), indexBytes: v.number() })),
});
const lineSchema = v.object({
  room: v.string(),
  text: v.string(),
  offer: v.optional(v.nullable(offerSchema), null),
  at: v.number(),
  problem: v.nullable(v.object({ key: v.string(), message: v.string() })),
});
/** Without locks, a line this old is taken for one whose tab has gone. Sending it twice does no harm. */
const orphanedMs = 60_000;

export function createOutbox(deps: Deps, kept: Kept, devices: Devices, link: Link): Outbox {
  const all = signal<readonly WaitingLine[]>([]);
  const byRoom = new Map<string, ReadonlySignal<readonly WaitingLine[]>>();
  const senders = new Map<string, Sender<WaitingLine>>();
  /** Slots of tabs that have gone, and how to put them down again. */
  const adopted = new Map<string, () => void>();
  let own = "";
  let isOwnForPage = false;

  function lines(room: string): ReadonlySignal<readonly WaitingLine[]> {
    let found = byRoom.get(room);
    if (!found) {
      let before: readonly WaitingLine[] = [];
      found = computed(() => {
        const now = all.value.filter((line) => line.room === room);
        // The same array while the room's lines are the same, so that other rooms' lines redraw nothing.
        if (now.length !== before.length || now.some((line, i) => line !== before[i])) before = now;
        return before;
      });
      byRoom.set(room, found);
    }
    return found;
  }

  function sender(room: string): Sender<WaitingLine> {
    let found = senders.get(room);
    if (!found) {
      found = createSender<WaitingLine>({
        waiting: () =>
          lines(room)
            .peek()
            .filter((line) => line.problem === null),
        send: (line) => link.send(frameOf(line)),
        setTimer: deps.setTimer,
      });
      senders.set(room, found);
    }
    return found;
  }

  /** The next number of this device, kept before it is used: a number is never used for two texts. */
  function nextN(above: number): number {
    const n = Math.max(above, kept.get(`device/${own}`, v.number()) ?? 0) + 1;
    if (kept.set(`device/${own}`, n) || isOwnForPage) return n;
    // A number that cannot be kept would be used again after a reload: this device ends with the page.
    isOwnForPage = true;
    own = devices.make();
    return nextN(above);
  }

  function load(device: string): WaitingLine[] {
    return kept
      .keys(`line/${device}/`)
      .map((key) => ({ key, n: Number(key.slice(`line/${device}/`.length)) }))
      .sort((a, b) => a.n - b.n)
      .flatMap(({ key, n }) => {
        const line = kept.get(key, lineSchema);
        if (!line) return [];
        const problem = line.problem && {
          key: line.problem.key as Key,
          values: { message: line.problem.message },
        };
        return [{ ...line, device, n, problem }];
      });
  }

  function put(line: WaitingLine): void {
    const { room, text, offer, at, problem } = line;
    const message = String(problem?.values?.message ?? "");
    kept.set(keyOf(line), { room, text, offer, at, problem: problem && { key: problem.key, message } });
  }

  function find({ room, device, n }: Acknowledgement): WaitingLine | undefined {
    return lines(room)
      .peek()
      .find((line) => line.n === n && line.device === device);
  }

  function append(what: Pick<WaitingLine, "room" | "text" | "offer">, at: number, aboveN = 0): void {
    const n = nextN(aboveN);
    const { room, text, offer } = what;
    const line = { room, device: own, n, text, offer, at, problem: null };
    put(line);
    all.value = [...all.peek(), line];
    sender(room).pump();
  }

  function forget(line: WaitingLine): void {
    kept.remove(keyOf(line));
    all.value = all.peek().filter((other) => other !== line);
    const release = adopted.get(line.device);
    if (!release || all.peek().some((other) => other.device === line.device)) return;
    adopted.delete(line.device);
    release();
  }

  async function adopt(): Promise<void> {
    const left = new Set(kept.keys("line/").map((key) => key.split("/")[1] ?? ""));
    for (const device of left) {
      if (device === own || adopted.has(device)) continue;
      const release = await devices.adopt(device);
      if (!release) continue;
      const found = load(device).filter((line) => deps.locks || line.at < deps.now() - orphanedMs);
      if (found.length === 0 || adopted.has(device)) {
        release();
        continue;
      }
      adopted.set(device, release);
      all.value = [...found, ...all.peek()];
      for (const room of new Set(found.map((line) => line.room))) senders.get(room)?.pump();
    }
  }

  return {
    lines,
    async open() {
      own = await devices.claim();
      all.value = load(own);
      await adopt();
    },
    adopt,
    add: (room, text, offer) => append({ room, text, offer: offer ?? null }, deps.now()),
    find,
    acknowledged(entry) {
      const line = find(entry);
      if (!line) return;
      forget(line);
      sender(line.room).acknowledged(line);
    },
    device: () => own,
    refused(error) {
      const { room, device, n } = error;
      if (room === undefined || device === undefined || n === undefined) return false;
      const line = find({ room, device, n });
      if (!line) return true;
      // A file that has no place on the server's disk must not keep what is said back.
      if (error.retryMs !== null && error.code !== "disk-low") {
        sender(room).pause(error.retryMs);
      } else if (error.code === "number-used") {
        // Those behind it are refused for the same cause, one after another, so that order is kept.
        forget(line);
        sender(room).acknowledged(line);
        append(line, line.at, error.mark);
      } else if (error.code !== "not-joined") {
        const failed = { ...line, problem: problemOf(error) };
        put(failed);
        all.value = all.peek().map((other) => (other === line ? failed : other));
        sender(room).acknowledged(line);
      }
      return true;
    },
    retry(line) {
      forget(line);
      append(line, deps.now());
    },
    remove: forget,
    drop(room) {
      for (const line of lines(room).peek()) forget(line);
    },
    move(from, to) {
      all.value = all.peek().map((line) => {
        if (line.room !== from) return line;
        const moved = { ...line, room: to };
        put(moved);
        return moved;
      });
    },
    setReady(room, isReady) {
      if (isReady) sender(room).open();
      else sender(room).close();
    },
  };
}

function frameOf({ room, device, n, text, offer }: WaitingLine): ClientFrames["post" | "offer"] {
  if (!offer) return { type: "post", room, device, n, text };
  const { size, folder } = offer;
  return { type: "offer", room, device, n, name: text, size, ...(folder && { folder }) };
}

function keyOf({ device, n }: WaitingLine): string {
  return `line/${device}/${n}`;
}
