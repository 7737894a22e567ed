import type { ClientFrames } from "../wire/client-frames.ts";
import { Fault, Refusal } from "../wire/errors.ts";
import type { FailReason, FileEvent } from "../wire/file-entry.ts";
import type { FileAction } from "../wire/file-frames.ts";
import { limits } from "../wire/limits.ts";
import { Blocks } from "./blocks.ts";
import { Coverage } from "./coverage.ts";
import { diskLow, FileOffers, type FileOffersOptions, type NamedSize } from "./file-offers.ts";
import type { FileChange, FileRecord } from "./file-store.ts";
import type { Member } from "./member.ts";
import { OpenFile, overRefusal, uploadFailed } from "./open-file.ts";
import { Progress } from "./progress.ts";
import type { Room } from "./room.ts";
import type { FileProgress } from "./rooms.ts";
import type { Seat } from "./seat.ts";
import { StorageFull } from "./storage-errors.ts";
import type { MemberStore } from "./store.ts";

/** What files need of the program around them. */
export type FilesOptions = FileOffersOptions & {
  members: Pick<MemberStore, "memberById">;
  later: (run: () => void, ms: number) => void;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** How long complete files are kept; Infinity: for ever. */
  keepMs: number;
  /** A file could not be written or read; it alone is concerned. */
  onTrouble: (error: unknown) => void;
};

/** Of what new files must leave on the disk, this share is for what people write: uploads stop before it. */
const spareShare = 1 / 16;

/** The files of all rooms: offered, arriving, complete. */
export class Files {
  readonly #open = new Map<string, OpenFile>();
  readonly #opening = new Map<string, Promise<OpenFile>>();
  readonly #coverage = new Coverage();
  readonly #blocks: Blocks;
  readonly #progress: Progress;
  readonly #offers: FileOffers;
  #isStopping = false;

  constructor(private readonly options: FilesOptions) {
    const { rooms, later, now } = options;
    this.#offers = new FileOffers(options);
    this.#blocks = new Blocks(later);
    this.#progress = new Progress(later, now, (file) => rooms.progress(file.record.roomId, progressOf(file)));
    rooms.exit.whenTurnedOut(({ roomId, isGone }) => {
      if (isGone) this.#dropRoom(roomId).catch(options.onTrouble);
    });
  }

  /**
   * Takes an offer, as `FileOffers.take` does.
   *
   * @throws {Refusal} those of a post, "file-name-invalid", "file-too-large" or "disk-low".
   */
  offer(seat: Seat, frame: ClientFrames["offer"], onKept?: (id: string, error?: StorageFull) => void): void {
    this.#offers.take(seat, frame, onKept);
  }

  /**
   * Begins a file, as `FileOffers.begin` does.
   *
   * @throws {Refusal} "file-name-invalid", "file-too-large" or "disk-low".
   * @throws {StorageFull}
   */
  begin(room: Room, member: Member, device: string, file: NamedSize): Promise<string> {
    return this.#offers.begin(room, member, device, file);
  }

  /**
   * The file for which a member in its room asks a ticket.
   *
   * @throws {Refusal} "file-unknown", "file-over", "file-gone" or "owner-only".
   */
  permit(seat: Seat, id: string, action: FileAction): FileRecord {
    const record = this.#inRoom(seat, id);
    if (action === "put") {
      checkOwner(record, seat.member);
      if (record.state !== "arriving") throw overRefusal(record);
    } else if (record.state === "gone" || record.state === "failed") {
      throw overRefusal(record);
    }
    return record;
  }

  /**
   * Ends an upload for good.
   *
   * @throws {Refusal} "file-unknown", "file-over", "file-gone", "owner-only" or "storage-full".
   */
  async cancel(seat: Seat, id: string, reason: FailReason): Promise<void> {
    const record = this.#inRoom(seat, id);
    if (!seat.member.isHost) checkOwner(record, seat.member);
    await this.fail(id, reason);
  }

  /** How far the uploads of a room have come. */
  progressOf(roomId: number): FileProgress[] {
    const { store } = this.options;
    return store.arriving(roomId).map((record) => {
      const open = this.#open.get(record.id);
      if (open !== undefined) return progressOf(open);
      return { file: record.id, bytes: store.storedBytes(record), state: "parked" };
    });
  }

  /**
   * Opens a file for whoever puts or gets it; each opening needs its `close`.
   *
   * @throws {Refusal} "file-unknown", "file-over" or "file-gone".
   */
  async open(id: string): Promise<OpenFile> {
    for (;;) {
      const file = this.#open.get(id) ?? (await this.#opened(id));
      // It may have been closed between its opening and now.
      if (this.#open.get(id) !== file) continue;
      file.holders += 1;
      return file;
    }
  }

  close(file: OpenFile): void {
    file.holders -= 1;
    void this.#closeIfUnused(file);
  }

  /** @throws {Refusal} "disk-low" when an upload must not go on at present. */
  checkSpace(): void {
    if (this.options.store.freeBytes() <= this.#spareBytes) throw diskLow();
  }

  /** Ends an upload with an entry that says why. @throws {Refusal} "file-over", "file-gone" or "storage-full". */
  async fail(id: string, reason: FailReason): Promise<void> {
    const file = await this.open(id);
    const { record } = file;
    try {
      file.beginEnd();
      const event = { action: "failed", file: id, reason } as const;
      await this.#tell(record, record.memberId, event, { do: "fail", id, reason }).catch((error) => {
        file.undoEnd();
        throw error instanceof StorageFull ? storageFull(id) : error;
      });
      record.state = "failed";
      file.lose(uploadFailed());
      file.blob.fail();
      await file.settled();
      await this.options.store.dropBytes(id, file.bytes.published?.sha256);
    } finally {
      this.close(file);
    }
  }

  /** A member took a stretch of a file; once that was all of it, and it is complete, everybody is told. */
  took(file: OpenFile, memberId: number, from: number, to: number): void {
    const { id, size } = file.record;
    if (memberId === file.record.memberId) return;
    if (!this.#coverage.add(`${id} ${memberId}`, from, to, size)) return;
    file.whenComplete(() => this.#received(file.record, memberId));
  }

  /** Waits until what came is on the disk. What else was to be done is done after the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const { blob } of [...this.#open.values()]) await blob.settled();
  }

  /** Finishes what a crash has left unfinished. */
  async recover(): Promise<void> {
    const { store, members } = this.options;
    for (const record of store.arriving()) {
      if (record.sha256 === undefined && store.storedBytes(record) < record.size) {
        // Whoever has no key does not come back.
        if (members.memberById(record.memberId)?.isKeyless) await this.fail(record.id, "cancelled");
        continue;
      }
      const file = await this.open(record.id);
      try {
        if (file.blob.stored === record.size) await file.finish();
      } finally {
        this.close(file);
      }
    }
  }

  /** Looks at the clock: called every few seconds. */
  sweep(): void {
    for (const file of this.#open.values()) {
      if (!file.isSilent(limits.parkedAfterMs)) continue;
      file.lose(new Fault("silence", "Go on at the stored offset: nothing has come for too long"));
    }
  }

  /** Lets go of what is kept beyond its time: called every hour or so. */
  async expire(): Promise<void> {
    const { store, keepMs, wallClock } = this.options;
    const now = wallClock();
    if (Number.isFinite(keepMs)) await store.removeOlder(now - keepMs);
    for (const { id } of store.parkedSince(now - Math.min(keepMs, limits.parkedMsMax))) {
      if (this.#open.get(id)?.isArriving) continue;
      await this.fail(id, "expired").catch(this.options.onTrouble);
    }
  }

  get #spareBytes(): number {
    return this.options.diskFreeMin * spareShare;
  }

  #received(record: FileRecord, memberId: number): void {
    const { id } = record;
    if (this.options.store.hasReceived(id, memberId)) return;
    this.#tell(record, memberId, { action: "received", file: id }, { do: "receive", id, memberId }).catch(
      this.options.onTrouble,
    );
  }

  /** The room is no more, nor are the rows of its files: their bytes go, too. */
  async #dropRoom(roomId: number): Promise<void> {
    await Promise.allSettled([...this.#opening.values()]);
    for (const file of [...this.#open.values()]) {
      if (file.record.roomId !== roomId) continue;
      file.record.state = "failed";
      file.lose(new Fault("upload-failed", "Send nothing more: the room of this file was deleted"));
      file.blob.fail();
      await file.settled();
    }
    await this.options.store.collect();
  }

  #inRoom({ room }: Seat, id: string): FileRecord {
    const record = this.#open.get(id)?.record ?? this.options.store.findFile(id);
    if (record === undefined || record.roomId !== room.id) {
      throw new Refusal(
        "file-unknown",
        `Take the file's id from an entry of "${room.name}": there is no such file`,
        {
          file: id,
        },
      );
    }
    return record;
  }

  async #opened(id: string): Promise<OpenFile> {
    const opening = this.#opening.get(id) ?? this.#openBytes(id).finally(() => this.#opening.delete(id));
    this.#opening.set(id, opening);
    return opening;
  }

  async #openBytes(id: string): Promise<OpenFile> {
    const { store, now, wallClock, onTrouble } = this.options;
    const record = store.findFile(id);
    if (record === undefined)
      throw new Refusal("file-unknown", "Ask for a ticket again: there is no such file");
    if (record.state === "failed" || record.state === "gone") throw overRefusal(record);
    const file = new OpenFile({
      record,
      bytes: await store.openBytes(record, this.#spareBytes),
      blocks: this.#blocks,
      now,
      onProgress: (each) => this.#progress.note(each),
      complete: async (published) => {
        const event = { action: "complete", file: id, ...published } as const;
        await this.#tell(record, record.memberId, event, {
          do: "complete",
          at: wallClock(),
          id,
          ...published,
        });
        // Where the same bytes were there already, those of this upload are still at their first place.
        await store.dropBytes(id);
      },
      onBroken: (each, error) => {
        if (this.#isStopping) return;
        onTrouble(error);
        if (each.record.state === "arriving") this.fail(id, "storage").catch(onTrouble);
        else each.blob.fail();
      },
    });
    this.#open.set(id, file);
    return file;
  }

  async #closeIfUnused(file: OpenFile): Promise<void> {
    await file.settled();
    if (file.holders > 0 || file.isArriving || this.#open.get(file.record.id) !== file) return;
    this.#progress.close(file);
    this.#open.delete(file.record.id);
    file.blob.close();
    await file.bytes.close().catch(this.options.onTrouble);
  }

  #tell({ roomId }: FileRecord, memberId: number, event: FileEvent, file: FileChange): Promise<void> {
    const { members, rooms } = this.options;
    const name = members.memberById(memberId)?.name ?? "";
    return rooms.tell(roomId, { draft: { kind: "file", member: `m${memberId}`, name, event }, file });
  }
}

function progressOf(file: OpenFile): FileProgress {
  return { file: file.record.id, bytes: file.blob.stored, state: file.isArriving ? "arriving" : "parked" };
}

function checkOwner({ id, memberId }: FileRecord, member: Member): void {
  if (memberId === member.id) return;
  throw new Refusal("owner-only", "Leave it to whoever offered the file: only they can do this", {
    file: id,
  });
}

function storageFull(file: string): Refusal {
  return new Refusal("storage-full", "Try again later: the disk of the server is full", { file });
}
