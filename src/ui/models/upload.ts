import type { ReadonlySignal } from "@preact/signals";
import { batch, signal } from "@preact/signals";
import * as v from "valibot";
import { fileId } from "../../wire/frame.ts";
import type { Deps, Put, PutOutcome } from "./deps.ts";
import type { Meter, Pace } from "./meter.ts";
import { createMeter } from "./meter.ts";
import type { Picked, Source } from "./picked.ts";
import { sourceOf } from "./picked.ts";
import type { Problem } from "./problem.ts";

/** How a file that this page sends stands. */
export type UploadState =
  /** The relay has not answered the offer. */
  | { state: "offering" }
  /** Others are being sent first. */
  | { state: "queued" }
  | { state: "sending" }
  /** By the person. */
  | { state: "paused" }
  /** It goes on by itself: at once when the connection is back, or as soon as the problem is gone. */
  | { state: "waiting"; problem: Problem | null }
  /** The page was closed meanwhile: the file has to be given again; `canAsk`: a press is enough. */
  | { state: "missing"; canAsk: boolean }
  | { state: "over" };

/** A file that this page sends. */
export type Upload = {
  readonly id: string;
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
  state: ReadonlySignal<UploadState>;
  /** The file's id, null before the relay has made it. */
  file: ReadonlySignal<string | null>;
  /** How much has gone; null where this page has sent nothing yet. */
  bytes: ReadonlySignal<number | null>;
  pace: ReadonlySignal<Pace | null>;
  /** What is sent, to be shown before it has arrived; null when it has to be given again. */
  source: ReadonlySignal<Source | null>;
  pause(): void;
  /** Goes on after a pause, or at once where it would wait. */
  resume(): void;
  cancel(): void;
  /** Gives the file again. */
  supply(picked: Picked): Problem | null;
  /** Asks the browser for the file that was chosen before. */
  ask(): Promise<Problem | null>;
};

/** What is kept of an upload. */
export const uploadSchema = v.object({
  room: v.string(),
  name: v.string(),
  size: v.number(),
  lastModified: v.number(),
  folder: v.nullable(v.object({ files: v.number(), indexBytes: v.number() })),
  file: v.nullable(v.pipe(v.string(), fileId)),
  /** What the person wants of it; `changed`: nobody may take it for whole. */
  wish: v.picklist(["send", "pause", "cancel", "changed"]),
});
export type UploadRecord = v.InferOutput<typeof uploadSchema>;

/** What the uploads do with one of them. */
export type RunningUpload = Upload & {
  readonly device: string;
  room(): string;
  moveTo(room: string): void;
  wish(): UploadRecord["wish"];
  /** The relay has made an entry of the offer. */
  offered(file: string): void;
  /** Whether it would go on if it were its turn. */
  isReady(): boolean;
  /** Sends until something comes in between. */
  run(ticket: string): Promise<PutOutcome>;
  wait(problem: Problem | null): void;
  missing(canAsk: boolean): void;
  want(wish: UploadRecord["wish"]): void;
  stop(): void;
  over(): void;
};

/** @param events  What the uploads do when something becomes of it. */
export function createUpload(options: {
  id: string;
  device: string;
  record: UploadRecord;
  source: Source | null;
  deps: Deps;
  events: {
    keep(record: UploadRecord): void;
    /** It may be its turn. */
    hurry(): void;
    cancelled(): void;
    ask(): Promise<Picked | null>;
    supplied(picked: Picked): void;
  };
}): RunningUpload {
  const { id, device, deps, events } = options;
  const { name, size } = options.record;
  const file = signal(options.record.file);
  const source = signal(options.source);
  const bytes = signal<number | null>(null);
  const meter: Meter = createMeter(size, deps.now);
  const state = signal<UploadState>(rest(options.record, options.source !== null));
  let record = options.record;
  let put: Put | null = null;

  function change(changes: Partial<UploadRecord>): void {
    record = { ...record, ...changes };
    events.keep(record);
  }

  function stop(): void {
    put?.stop();
    put = null;
    meter.rest();
  }

  function wish(wished: UploadRecord["wish"]): void {
    if (record.wish === "cancel" || record.wish === "changed") return;
    stop();
    change({ wish: wished });
    state.value = rest(record, source.peek() !== null);
  }

  function supply(picked: Picked): Problem | null {
    const given = sourceOf(picked);
    if (!isSame(given, record)) return { key: "problem.file-other", values: { name } };
    batch(() => {
      source.value = given;
      state.value = rest(record, true);
    });
    events.supplied(picked);
    events.hurry();
    return null;
  }

  async function ask(): Promise<Problem | null> {
    const picked = await events.ask();
    return picked ? supply(picked) : { key: "problem.file-denied", values: { name } };
  }

  return {
    id,
    device,
    room: () => record.room,
    moveTo: (room) => change({ room }),
    name,
    isFolder: record.folder !== null,
    size,
    state,
    file,
    bytes,
    pace: meter.pace,
    source,
    wish: () => record.wish,
    pause: () => wish("pause"),
    resume() {
      wish("send");
      events.hurry();
    },
    cancel() {
      wish("cancel");
      events.cancelled();
    },
    supply,
    ask,
    offered(made) {
      if (file.peek() === made) return;
      batch(() => {
        file.value = made;
        change({ file: made });
        if (state.peek().state === "offering") state.value = rest(record, source.peek() !== null);
      });
    },
    isReady: () => state.peek().state === "queued" || state.peek().state === "waiting",
    async run(ticket) {
      const { value: made } = file;
      const sent = source.peek();
      if (made === null || sent === null) return "stopped";
      state.value = { state: "sending" };
      const started = deps.putFile({
        file: made,
        ticket,
        source: sent,
        progress(now) {
          if (put !== started) return;
          bytes.value = now;
          meter.at(now);
        },
      });
      put = started;
      const outcome = await started.outcome;
      // Paused and resumed meanwhile: another one has begun.
      if (put !== started) return "stopped";
      put = null;
      meter.rest();
      return outcome;
    },
    wait(problem) {
      state.value = { state: "waiting", problem };
    },
    missing(canAsk) {
      state.value = { state: "missing", canAsk };
    },
    want: wish,
    stop,
    over() {
      stop();
      state.value = { state: "over" };
    },
  };
}

/** Where an upload stands when nothing is being done for it. */
function rest(record: UploadRecord, hasSource: boolean): UploadState {
  if (record.wish === "cancel" || record.wish === "changed") return { state: "over" };
  if (!hasSource) return { state: "missing", canAsk: false };
  if (record.wish === "pause") return { state: "paused" };
  return record.file === null ? { state: "offering" } : { state: "queued" };
}

function isSame(source: Source, record: UploadRecord): boolean {
  return (
    source.name === record.name &&
    source.blob.size === record.size &&
    source.lastModified === record.lastModified &&
    source.folder?.files === record.folder?.files &&
    source.folder?.indexBytes === record.folder?.indexBytes
  );
}
