import type { ClientFrames } from "../wire/client-frames.ts";
import type { Draft } from "../wire/entry.ts";
import { encodeEntry } from "../wire/entry.ts";
import { errorCodes, Refusal } from "../wire/errors.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";
import { checkText } from "../wire/text.ts";
import { Directs } from "./directs.ts";
import { Door, tooFast, unknownRoom } from "./door.ts";
import type { Entered, Join } from "./entrance.ts";
import { Entrance } from "./entrance.ts";
import { Exit } from "./exit.ts";
import type { FileChange } from "./file-store.ts";
import type { Arrival } from "./group-commit.ts";
import { GroupCommit } from "./group-commit.ts";
import { Lobby } from "./lobby.ts";
import type { Mark } from "./marks.ts";
import { checkHold, hold } from "./marks.ts";
import type { Member } from "./member.ts";
import { OpenRooms } from "./open-rooms.ts";
import type { Waiting } from "./pace.ts";
import { Pace } from "./pace.ts";
import { addPage } from "./page.ts";
import type { Room } from "./room.ts";
import type { Connection, Seat } from "./seat.ts";
import { Stewards } from "./stewards.ts";
import type { StorageBroken, StorageFull } from "./storage-errors.ts";
import type { Append, MemberStore, RoomChange, RoomStore } from "./store.ts";

/** What the rooms need of the program around them. */
export type RoomsOptions = {
  store: RoomStore;
  members: Pick<MemberStore, "memberById">;
  waiting: Waiting;
  /** Milliseconds since 1970, for entries' times. */
  wallClock: () => number;
  /** The disk has become full, or is not any more. */
  onStorage: (isFull: boolean) => void;
  /** Somebody has got a seat, or is giving it up. */
  onSeat?: (seat: Seat, isTaken: boolean) => void;
  /** A batch can neither be kept nor be given up: the program has to stop, for the log is on disk. */
  onBroken: (error: unknown) => void;
};

/** What an entry says, and what that changes of a file. */
export type Telling = { draft: Draft; file: FileChange | undefined; room?: RoomChange };

/** How far an upload has come. */
export type FileProgress = Omit<RelayFrames["progress"], "type" | "room">;

/**
 * All rooms that somebody is in, and the rhythm that they share: what arrives gathers while a batch is being
 * committed, one commit keeps it all, and then every cursor is pumped.
 */
export class Rooms {
  readonly #open: OpenRooms;
  readonly #encoder = new TextEncoder();
  readonly #commits: GroupCommit;
  readonly #pace: Pace;
  readonly #door: Door;
  readonly #entrance: Entrance;
  /** Rooms with signals to be told. */
  #signalling = new Set<Room>();
  /** Seats that are catching up from the store. */
  #behind = new Set<Seat>();

  /** Who is told of conversations of two. */
  readonly directs: Directs;
  readonly lobby: Lobby;
  /** What makers and hosts do. */
  readonly stewards: Stewards;
  /** Where somebody is turned out of a room. */
  readonly exit: Exit;

  constructor(private readonly options: RoomsOptions) {
    const { store, members, waiting, onStorage } = options;
    this.directs = new Directs(store, members);
    this.#open = new OpenRooms(store);
    this.#commits = new GroupCommit(store, () => waiting.now(), onStorage);
    this.#pace = new Pace(waiting, () => this.#flush());
    const now = () => waiting.now();
    this.#door = new Door(store, now);
    const people = (roomId: number) => this.#open.byId(roomId)?.memberCount ?? 0;
    const here = (memberId: number) =>
      [...this.#open].flatMap((room) => (room.has(memberId) ? [room.id] : []));
    this.lobby = new Lobby(store, now, people, here);
    this.stewards = new Stewards(this, store, members, now);
    const behind = { store, members, directs: this.directs, lobby: this.lobby, commits: this.#commits };
    this.#entrance = new Entrance({ ...behind, open: this.#open, door: this.#door, now });
    this.exit = new Exit({
      store,
      open: this.#open,
      lobby: this.lobby,
      door: this.#door,
      commits: this.#commits,
      leave: (seat) => this.leave(seat),
      pump: (seat) => this.pump(seat),
      drain: () => this.drain(),
    });
  }

  /** Whether the last attempt to write found no space. */
  get isFull(): boolean {
    return this.#commits.isFull;
  }

  /** A write outside of a batch has failed for good: the program has to stop. */
  break(error: StorageBroken): void {
    this.options.onBroken(error);
  }

  /** Keeps and shows all that was taken so far. */
  drain(): Promise<void> {
    return this.#pace.drain();
  }

  /**
   * Lets a member into a room, which is made where there is none.
   *
   * @throws {Refusal} those of `Entrance.enter`.
   */
  join(member: Member, connection: Connection, frame: Join): Promise<Seat> {
    return this.#entrance.enter(member, frame, (entered) => this.#sit(member, connection, frame.id, entered));
  }

  leave(seat: Seat): void {
    if (seat.isOver) return;
    seat.isOver = true;
    this.#behind.delete(seat);
    seat.dropPages();
    this.options.onSeat?.(seat, false);
    seat.room.leave(seat);
    this.#signal(seat.room);
    this.#open.closeIfEmpty(seat.room);
  }

  /**
   * Takes a message. Its entry, coming back, is the answer.
   *
   * @throws {Refusal} "text-empty", "text-too-long", "number-used", "rate", "held" or "storage-full".
   */
  post(seat: Seat, frame: ClientFrames["post"]): void {
    const text = checkText(frame.text);
    const { device, n } = frame;
    const { wireId, name } = seat.member;
    this.number(seat, device, n, () => ({
      draft: { kind: "message", member: wireId, name, device, n, text },
      file: undefined,
    }));
  }

  /**
   * Takes an entry with a device's number: once, in order, and no faster than the rate.
   *
   * @param make    Called when the number is new; may refuse, and then the number is as if it had not come.
   * @param settle  Called when a new entry is kept, or with the reason why not.
   * @throws {Refusal} "number-used", "rate", "held" or "storage-full".
   */
  number(seat: Seat, device: string, n: number, make: () => Telling, settle?: Arrival["settle"]): void {
    const { room, member } = seat;
    if (seat.isOver || room.isGoing) throw notIn(room.name);
    const mark = room.marks.of(member.id, device);
    const isRepeat = n <= mark.n;
    const now = this.options.waiting.now();
    if (!isRepeat) {
      checkHold(mark, n, now);
      const full = this.#commits.spaceRefusal;
      if (full !== undefined) {
        hold(mark, n, now, errorCodes["storage-full"].retryMs);
        throw full;
      }
    }
    const waitMs = member.bucket.take(now);
    if (waitMs > 0) {
      if (!isRepeat) hold(mark, n, now, waitMs);
      throw tooFast(waitMs);
    }
    if (isRepeat) {
      this.#repeat(seat, n, mark);
      return;
    }
    const telling = make();
    mark.n = n;
    this.#append(room, telling, { post: { author: mark.author, n }, seat, settle });
  }

  /**
   * Adds an entry that nobody posts, to a room that may be empty.
   *
   * @returns  Once it is kept.
   * @throws {StorageFull}
   */
  tell(roomId: number, telling: Telling): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const room = this.#open.findById(roomId);
    if (room === undefined || room.isGoing) return Promise.reject(unknownRoom(room?.name ?? ""));
    const settle = (error?: StorageFull) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      if (telling.room?.do === "key") {
        room.lock = telling.room.lock;
        this.lobby.changed();
        this.exit.lockOut(room);
      }
      resolve();
    };
    this.#append(room, telling, { settle });
    return promise;
  }

  /**
   * A room that is there, for a member who may know of it.
   *
   * @throws {Refusal} "room-invalid" or "room-unknown".
   */
  async known(id: string, member: Member): Promise<Room> {
    const wanted = this.#entrance.wanted(id, member);
    while (this.#open.busy(wanted.fold)) await this.#open.busy(wanted.fold);
    const room = this.#open.find(wanted.fold);
    if (room === undefined) throw unknownRoom(wanted.name);
    this.#open.closeIfEmpty(room);
    if (!member.isHost && !this.#door.isKnownTo(room, member)) throw unknownRoom(wanted.name);
    return room;
  }

  /** Tells a room how far a file has come, if anybody is there. */
  progress(roomId: number, progress: FileProgress): void {
    const room = this.#open.byId(roomId);
    if (room === undefined) return;
    room.progress(progress);
    this.#signal(room);
  }

  /** Sends a page of older entries, and the `page` frame behind it. */
  history(seat: Seat, frame: ClientFrames["history"]): void {
    addPage(seat, frame);
    this.pump(seat);
  }

  typing(seat: Seat): void {
    seat.room.typing(seat.member, this.options.waiting.now());
    this.#signal(seat.room);
  }

  /** Tells every room in which a member is that it has a new name. */
  renamed(member: Member): void {
    // Linear over the rooms that somebody is in; a rename is rare.
    for (const room of this.#open) {
      room.renamed(member);
      this.#signal(room);
    }
  }

  /** Goes on with a seat, as its connection takes lines again. */
  pump(seat: Seat): void {
    // Who was turned out may still be asked for more by a connection that takes lines again. Of a room that is going
    // the entries may be gone from the store already, and its seats are turned out in a moment.
    if (seat.isOver || seat.room.isGoing) return;
    if (!seat.pump()) return;
    this.#behind.add(seat);
    this.#pace.ask();
  }

  #sit(member: Member, connection: Connection, id: number | undefined, entered: Entered): Seat {
    const { room, from, isNew } = entered;
    if (isNew && room.pair === undefined)
      this.#append(room, {
        draft: { kind: "room", member: member.wireId, name: member.name, action: "created" },
        file: undefined,
      });
    const seat = room.sit(member, connection, from, {
      type: "joined",
      ...(id === undefined ? {} : { id }),
      room: room.name,
      epoch: room.epoch,
      head: room.log.head,
      oldest: room.oldest,
      from,
      isNew,
      ...(room.lock === undefined ? {} : { isClosed: true }),
    });
    this.options.onSeat?.(seat, true);
    this.#signal(room);
    this.pump(seat);
    return seat;
  }

  #append(
    room: Room,
    { draft, file, room: change }: Telling,
    from: Partial<Pick<Arrival, "seat" | "settle">> & { post?: Append["post"] } = {},
  ): void {
    const seq = room.log.appended + 1;
    const line = room.log.append(encodeEntry(room.nameJson, seq, this.options.wallClock(), draft));
    const { post, seat, settle } = from;
    this.#commits.add({
      room,
      append: { roomId: room.id, seq, line, post, file, room: change },
      seat,
      settle,
    });
    this.#pace.ask();
  }

  /** Answers a number that was posted before: with the same entry, once it is durable. */
  #repeat(seat: Seat, n: number, mark: Mark): void {
    const waiting = this.#commits.find(mark.author, n);
    if (waiting !== undefined) {
      waiting.seat = seat;
      return;
    }
    const line = this.options.store.findPost(mark.author, n);
    if (line === undefined) {
      throw new Refusal(
        "number-used",
        `Take a number above ${mark.n}: ${n} is not above the last one, and nothing was posted with it`,
        {
          mark: mark.n,
        },
      );
    }
    const entry = JSON.parse(new TextDecoder().decode(line));
    // Who is still catching up gets it in its place: out of it, it would look like a gap.
    if (entry.seq <= seat.cursor.seq) seat.connection.send(entry);
  }

  #signal(room: Room): void {
    if (!room.hasSignals) return;
    this.#signalling.add(room);
    this.#pace.ask();
  }

  async #flush(): Promise<void> {
    try {
      const fresh = await this.#commits.commit();
      const signalling = this.#signalling;
      const behind = this.#behind;
      this.#signalling = new Set();
      this.#behind = new Set();
      for (const room of signalling) room.flushSignals((text) => this.#encoder.encode(text));
      for (const room of fresh) {
        for (const seat of room.seats) this.pump(seat);
        this.directs.grown(room);
        this.#open.closeIfEmpty(room);
      }
      for (const seat of behind) this.pump(seat);
    } catch (error) {
      this.options.onBroken(error);
    }
  }
}

function notIn(room: string): Refusal {
  return new Refusal("not-joined", `Join "${room}" first: you are no longer in it`, { room });
}
