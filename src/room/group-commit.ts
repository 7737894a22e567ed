import { errorCodes, Refusal } from "../wire/errors.ts";
import { errorFrame } from "../wire/relay-frames.ts";
import { hold } from "./marks.ts";
import type { Room } from "./room.ts";
import type { Seat } from "./seat.ts";
import { StorageFull } from "./storage-errors.ts";
import type { Append, Author, RoomStore } from "./store.ts";

/** A line that waits for its batch, and who is to be told what became of it. */
export type Arrival = {
  room: Room;
  append: Append;
  /** Told when the batch is lost. */
  seat: Seat | undefined;
  /** Called when the line is kept, or with the reason why not. */
  settle: ((error?: StorageFull) => void) | undefined;
};

/** How long after a commit that found no space the next one is tried. */
const fullMs = 5_000;
const fullSentence = "Try again later: the disk of the server is full, rooms can only be read";

/** Arrivals of all rooms: they gather while a batch is being committed, and one commit keeps them all. */
export class GroupCommit {
  #gathering: Arrival[] = [];
  #committing: Arrival[] = [];
  #isFull = false;
  #fullUntil = 0;

  /**
   * @param now        Milliseconds of a clock that never goes back.
   * @param onStorage  Told when the disk has become full, or is not any more.
   */
  constructor(
    private readonly store: RoomStore,
    private readonly now: () => number,
    private readonly onStorage: (isFull: boolean) => void,
  ) {}

  /** Whether the last attempt to write found no space. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** "storage-full" while it makes no sense to try. */
  get spaceRefusal(): Refusal | undefined {
    const isHopeless = this.#isFull && this.now() < this.#fullUntil;
    return isHopeless ? new Refusal("storage-full", fullSentence) : undefined;
  }

  add(arrival: Arrival): void {
    this.#gathering.push(arrival);
  }

  /** The post that waits for its commit with a number. */
  find({ roomId, memberId, device }: Author, n: number): Arrival | undefined {
    const isIt = ({ append: { post } }: Arrival) =>
      post?.n === n &&
      post.author.roomId === roomId &&
      post.author.memberId === memberId &&
      post.author.device === device;
    return this.#gathering.find(isIt) ?? this.#committing.find(isIt);
  }

  /**
   * Keeps what has gathered.
   *
   * @returns  The rooms that waited for it: their entries may be shown now, or are gone.
   */
  async commit(): Promise<Set<Room>> {
    const rooms = new Set<Room>();
    if (this.#gathering.length === 0) return rooms;
    const batch = this.#gathering;
    this.#committing = batch;
    this.#gathering = [];
    for (const { room } of batch) rooms.add(room);
    for (const room of rooms) room.log.cut();
    try {
      await this.store.append(batch.map(({ append }) => append));
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
      return this.#lose(batch, error);
    } finally {
      this.#committing = [];
    }
    for (const room of rooms) room.log.show();
    for (const { settle } of batch) settle?.();
    this.#setFull(false);
    return rooms;
  }

  /** Turns a failed write outside of a batch into the same state and answer. */
  refuseFull(): Refusal {
    this.#setFull(true);
    return new Refusal("storage-full", fullSentence);
  }

  /** Takes the batch back, and what gathered behind it: its seqs are counted on from entries that are gone. */
  #lose(batch: Arrival[], error: StorageFull): Set<Room> {
    const lost = [...batch, ...this.#gathering];
    this.#gathering = [];
    const rooms = new Set(lost.map(({ room }) => room));
    for (const room of rooms) {
      room.log.takeBack();
      room.marks.takeBack();
    }
    this.#setFull(true);
    for (const { room, append, seat, settle } of lost) {
      settle?.(error);
      if (append.post === undefined) continue;
      const { author, n } = append.post;
      const { memberId, device } = author;
      // The first lost number of a device has to come first again, or it never could.
      const mark = room.marks.of(memberId, device);
      if (mark.heldN === 0) hold(mark, n, this.now(), errorCodes["storage-full"].retryMs);
      seat?.connection.send(
        errorFrame(new Refusal("storage-full", fullSentence, { room: room.name, device, n })),
      );
    }
    return rooms;
  }

  #setFull(isFull: boolean): void {
    this.#fullUntil = this.now() + fullMs;
    if (this.#isFull === isFull) return;
    this.#isFull = isFull;
    this.onStorage(isFull);
  }
}
