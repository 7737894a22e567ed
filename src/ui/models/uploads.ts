import type { ReadonlySignal } from "@preact/signals";
import { batch, computed, signal } from "@preact/signals";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import { encode } from "./base64url.ts";
import type { Link } from "./connection.ts";
import type { Deps, PutOutcome } from "./deps.ts";
import type { Devices } from "./devices.ts";
import type { ServerKept } from "./kept.ts";
import type { Outbox } from "./outbox.ts";
import type { Picked, Source } from "./picked.ts";
import { sourceOf } from "./picked.ts";
import { askTicket } from "./tickets.ts";
import type { RunningUpload, Upload, UploadRecord } from "./upload.ts";
import { createUpload, uploadSchema } from "./upload.ts";

/**
 * The files that this page sends. An upload is kept before its file is offered and until all of it is there, so
 * that it goes on after whatever came in between; the bytes themselves stay on the person's disk.
 */
export type Uploads = {
  /** Brings back what a visit before has left, and takes over what tabs that have gone left. */
  open(): void;
  adopt(): Promise<void>;
  /** Sends a file to a room. */
  add(room: string, picked: Picked): void;
  /** The upload of an offer that waits, or of a file; null when it is not this page that sends it. */
  byOffer(upload: string): Upload | null;
  byFile(file: string): ReadonlySignal<Upload | null>;
  /** The uploads of a room whose files have to be given again. */
  missing(room: string): ReadonlySignal<readonly Upload[]>;
  /** How many of a room's files are not there yet. */
  count(room: string): ReadonlySignal<number>;
  /** The relay has made an entry of an offer. */
  offered(upload: string, file: string): void;
  /** The relay has all of a file, or nobody will ever have it. */
  over(file: string): void;
  /** An offer that waited has been taken back. */
  dropped(upload: string): void;
  /** Whether tickets for a room's files can be had now. */
  setReady(room: string, isReady: boolean): void;
  /** The person has left the room for good. */
  drop(room: string): void;
  /** The room is spelled in another way from now on. */
  move(from: string, to: string): void;
};

/** A browser opens six connections to one address: the others are for what is looked at and taken meanwhile. */
const runningMax = 3;
const retryMsMin = 500;
const retryMsMax = 15_000;
const fullRetryMs = 5_000;

export function createUploads(options: {
  deps: Deps;
  kept: ServerKept;
  devices: Devices;
  link: Link;
  outbox: Outbox;
}): Uploads {
  const { deps, kept, devices, link, outbox } = options;
  const all = signal<readonly RunningUpload[]>([]);
  const ready = new Set<string>();
  const running = new Set<RunningUpload>();
  const failures = new Map<RunningUpload, number>();
  /** Those that wait for a timer, or are told for the first time that they wait. */
  const resting = new Map<RunningUpload, () => void>();
  const byFile = new Map<string, ReadonlySignal<RunningUpload | null>>();

  function handleKey(id: string): string {
    return `${kept.server()}/${id}`;
  }

  function make(id: string, device: string, record: UploadRecord, source: Source | null): RunningUpload {
    const upload = createUpload({
      id,
      device,
      record,
      source,
      deps,
      events: {
        keep: (changed) => kept.set(keyOf(device, id), changed),
        hurry: () => hurry(upload),
        cancelled: () => cancelled(upload),
        ask: () => deps.handles.ask(handleKey(id)),
        supplied: (again) => keepHandle(id, again),
      },
    });
    return upload;
  }

  function keepHandle(id: string, { handle }: Picked): void {
    // A handle that cannot be kept only means that the file has to be chosen again.
    if (handle) void deps.handles.put(handleKey(id), handle).catch(() => {});
  }

  function wake(upload: RunningUpload): void {
    resting.get(upload)?.();
    resting.delete(upload);
    failures.delete(upload);
  }

  function hurry(upload: RunningUpload): void {
    wake(upload);
    pump();
  }

  function forget(upload: RunningUpload): void {
    wake(upload);
    kept.remove(keyOf(upload.device, upload.id));
    void deps.handles.remove(handleKey(upload.id)).catch(() => {});
    all.value = all.peek().filter((other) => other !== upload);
    upload.over();
  }

  /** Tells the relay, now or when the room is there again, that nobody is to wait for the file. */
  function cancelled(upload: RunningUpload): void {
    const file = upload.file.peek();
    if (file === null) {
      const line = waitingLine(upload);
      // What has been sent may be an entry already, and its answer tells which.
      if (line && !line.problem && ready.has(upload.room())) return;
      if (line) outbox.remove(line);
      forget(upload);
      return;
    }
    if (!ready.has(upload.room())) return;
    const reason = upload.wish() === "changed" ? "changed" : "cancelled";
    link.request({ type: "cancel", room: upload.room(), file, reason }, (answer) => {
      // Refused: it is over in another way, which an entry tells.
      if (answer !== null) forget(upload);
    });
  }

  /** What a visit before has left may have become whole, or have ended, without this page. */
  async function check(upload: RunningUpload): Promise<void> {
    const file = upload.file.peek();
    if (file === null) return;
    const asked = await askTicket(link, { room: upload.room(), file, action: "put" });
    if (asked?.type === "error" && isFinal(asked)) forget(upload);
  }

  function waitingLine(upload: RunningUpload) {
    return outbox
      .lines(upload.room())
      .peek()
      .find(({ offer }) => offer?.upload === upload.id);
  }

  function pump(): void {
    for (const upload of all.peek()) {
      if (running.size >= runningMax) return;
      if (running.has(upload) || resting.has(upload) || !upload.isReady()) continue;
      if (ready.has(upload.room())) void run(upload);
      else upload.wait(null);
    }
  }

  async function run(upload: RunningUpload): Promise<void> {
    const file = upload.file.peek();
    if (file === null) return;
    running.add(upload);
    const asked = await askTicket(link, { room: upload.room(), file, action: "put" });
    let outcome: PutOutcome | "over" = "broken";
    if (asked?.type === "ticket") {
      outcome = upload.isReady() ? await upload.run(asked.ticket) : "stopped";
    } else if (asked?.code === "disk-low") {
      outcome = "full";
    } else if (asked && isFinal(asked)) {
      outcome = "over";
    }
    running.delete(upload);
    // Meanwhile an entry may have told that it is over.
    if (all.peek().includes(upload)) ended(upload, outcome);
    pump();
  }

  function ended(upload: RunningUpload, outcome: PutOutcome | "over"): void {
    switch (outcome) {
      case "stopped":
        break;
      case "stored":
        // Until the entry tells so to everybody, it is shown as what it is here: all gone, not yet checked.
        upload.over();
        break;
      case "taken-over":
        // What the other one brings is told by progress; two that put by themselves would take over from each other for ever.
        upload.over();
        break;
      case "over":
        forget(upload);
        break;
      case "changed":
        upload.want("changed");
        cancelled(upload);
        break;
      case "full":
        upload.wait({ key: "problem.disk-low" });
        restFor(upload, fullRetryMs);
        break;
      case "refused":
      case "broken": {
        const failed = failures.get(upload) ?? 0;
        failures.set(upload, failed + 1);
        upload.wait(null);
        restFor(upload, Math.min(retryMsMax, retryMsMin * 2 ** failed));
      }
    }
  }

  function restFor(upload: RunningUpload, ms: number): void {
    resting.set(
      upload,
      deps.setTimer(ms, () => {
        resting.delete(upload);
        pump();
      }),
    );
  }

  function load(device: string): void {
    const found = kept.keys(`upload/${device}/`).flatMap((key) => {
      const id = key.slice(`upload/${device}/`.length);
      const record = kept.get(key, uploadSchema);
      if (!record || all.peek().some((other) => other.id === id)) return [];
      return [make(id, device, record, null)];
    });
    all.value = [...all.peek(), ...found];
    for (const upload of found) void reopen(upload);
  }

  /** Looks whether the file can be had again without the person. */
  async function reopen(upload: RunningUpload): Promise<void> {
    if (upload.state.peek().state !== "missing") return;
    const picked = await deps.handles.open(handleKey(upload.id)).catch(() => null);
    if (upload.state.peek().state !== "missing") return;
    if (picked === "ask") upload.missing(true);
    else if (picked) upload.supply(picked);
  }

  async function adopt(): Promise<void> {
    // Without locks nobody can tell whether the tab that began an upload is still at it.
    if (!deps.locks) return;
    const left = new Set(kept.keys("upload/").map((key) => key.split("/")[1] ?? ""));
    const here = new Set(all.peek().map(({ device }) => device));
    for (const device of left) {
      // Held until the page goes: nobody else may send the same file meanwhile.
      if (device !== outbox.device() && !here.has(device) && (await devices.adopt(device))) load(device);
    }
  }

  function ofRoom<T>(room: string, pick: (uploads: readonly RunningUpload[]) => T): ReadonlySignal<T> {
    return computed(() => pick(all.value.filter((upload) => upload.room() === room)));
  }

  return {
    adopt,
    open() {
      load(outbox.device());
      void adopt();
    },
    add(room, picked) {
      const id = encode(deps.random(9));
      const source = sourceOf(picked);
      const { name, lastModified, folder } = source;
      const { size } = source.blob;
      const record: UploadRecord = { room, name, size, lastModified, folder, file: null, wish: "send" };
      const upload = make(id, outbox.device(), record, source);
      kept.set(keyOf(upload.device, id), record);
      keepHandle(id, picked);
      batch(() => {
        all.value = [...all.peek(), upload];
        outbox.add(room, name, { upload: id, size, folder });
      });
    },
    byOffer: (id) => all.peek().find((upload) => upload.id === id) ?? null,
    byFile(file) {
      let found = byFile.get(file);
      if (!found) {
        found = computed(() => all.value.find((upload) => upload.file.value === file) ?? null);
        byFile.set(file, found);
      }
      return found;
    },
    missing: (room) => ofRoom(room, (own) => own.filter(({ state }) => state.value.state === "missing")),
    count: (room) => ofRoom(room, (own) => own.filter(({ state }) => state.value.state !== "over").length),
    offered(id, file) {
      const upload = all.peek().find((other) => other.id === id);
      if (!upload) return;
      upload.offered(file);
      if (upload.wish() === "cancel") cancelled(upload);
      else pump();
    },
    over(file) {
      const upload = all.peek().find((other) => other.file.peek() === file);
      if (upload) forget(upload);
      pump();
    },
    dropped(id) {
      const upload = all.peek().find((other) => other.id === id);
      if (upload) forget(upload);
    },
    setReady(room, isReady) {
      if (!isReady) {
        ready.delete(room);
        return;
      }
      ready.add(room);
      for (const upload of all.peek()) {
        if (upload.room() !== room) continue;
        wake(upload);
        if (upload.wish() === "cancel" || upload.wish() === "changed") cancelled(upload);
        else if (upload.state.peek().state === "missing") void check(upload);
      }
      pump();
    },
    drop(room) {
      for (const upload of all.peek()) {
        if (upload.room() !== room) continue;
        const file = upload.file.peek();
        // Nobody waits for the answer: what it does not reach ends by itself, later.
        if (file !== null) link.request({ type: "cancel", room, file }, () => {});
        forget(upload);
      }
    },
    move(from, to) {
      for (const upload of all.peek()) if (upload.room() === from) upload.moveTo(to);
      all.value = [...all.peek()];
    },
  };
}

function isFinal({ code, retryMs }: RelayFrames["error"]): boolean {
  return retryMs === null && code !== "not-joined";
}

function keyOf(device: string, id: string): string {
  return `upload/${device}/${id}`;
}
