import type { ClientFrames } from "../wire/client-frames.ts";
import type { Pair } from "../wire/direct.ts";
import { otherOf, pairOf } from "../wire/direct.ts";
import type { Draft } from "../wire/entry.ts";
import { encodeEntry } from "../wire/entry.ts";
import type { ErrorDetails } from "../wire/errors.ts";
import { errorCodes, Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import { checkRoom } from "../wire/names.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";
import { errorFrame } from "../wire/relay-frames.ts";
import { checkText } from "../wire/text.ts";
import { Directs } from "./directs.ts";
import type { FileChange } from "./file-store.ts";
import type { Arrival } from "./group-commit.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Mark } from "./marks.ts";
import { checkHold, hold } from "./marks.ts";
import type { Member } from "./member.ts";
import type { Waiting } from "./pace.ts";
import { Pace } from "./pace.ts";
import { Room } from "./room.ts";
import type { Connection, Seat } from "./seat.ts";
import type { StorageBroken } from "./storage-errors.ts";
import { StorageFull } from "./storage-errors.ts";
import type { Append, MemberStore, RoomRecord, RoomStore } from "./store.ts";

const pageEntriesDefault = 50;

/** A wish to join; a room that it makes may be kept out of lists, which no frame can ask for yet. */
type Join = ClientFrames["join"] & { isListed?: boolean };

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
export type Telling = { draft: Draft; file: FileChange | undefined };

/** How far an upload has come. */
export type FileProgress = Omit<RelayFrames["progress"], "type" | "room">;

/** A room as it is asked for. */
type Wanted = { name: string; fold: string; pair: Pair | undefined };

/**
 * All rooms that somebody is in, and the rhythm that they share: what arrives gathers while a batch is being
 * committed, one commit keeps it all, and then every cursor is pumped.
 */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #byId = new Map<number, Room>();
  readonly #opening = new Map<string, Promise<Room>>();
  readonly #encoder = new TextEncoder();
  readonly #commits: GroupCommit;
  readonly #pace: Pace;
  /** Rooms with signals to be told. */
  #signalling = new Set<Room>();
  /** Seats that are catching up from the store. */
  #behind = new Set<Seat>();

  /** Who is told of conversations of two. */
  readonly directs: Directs;

  constructor(private readonly options: RoomsOptions) {
    const { store, members, waiting, onStorage } = options;
    this.directs = new Directs(store, members);
    this.#commits = new GroupCommit(store, () => waiting.now(), onStorage);
    this.#pace = new Pace(waiting, () => this.#flush());
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
   * @throws {Refusal} "room-invalid", "room-unknown", "room-full", "afresh", "gone" or "storage-full".
   */
  async join(member: Member, connection: Connection, frame: Join): Promise<Seat> {
    const wanted = this.#wanted(frame.room, member);
    let { room, isNew } = await this.#open(wanted, frame);
    // Whoever else was opening it may have been refused since, and the room closed.
    while (this.#rooms.get(wanted.fold) !== room) ({ room } = await this.#open(wanted, frame));
    if (!room.has(member) && room.memberCount >= limits.roomMembersMax) {
      this.#closeIfEmpty(room);
      throw new Refusal(
        "room-full",
        `Come back later: ${limits.roomMembersMax} members are in "${room.name}"`,
      );
    }
    let from: number;
    try {
      from = startOf(room, frame);
    } catch (error) {
      this.#closeIfEmpty(room);
      throw error;
    }
    if (isNew && room.pair === undefined)
      this.#append(room, {
        draft: { kind: "room", member: member.wireId, name: member.name, action: "created" },
        file: undefined,
      });
    const seat = room.sit(member, connection, from, {
      type: "joined",
      ...(frame.id === undefined ? {} : { id: frame.id }),
      room: room.name,
      epoch: room.epoch,
      head: room.log.head,
      oldest: room.oldest,
      from,
      isNew,
    });
    this.options.onSeat?.(seat, true);
    this.#signal(room);
    this.pump(seat);
    return seat;
  }

  leave(seat: Seat): void {
    this.#behind.delete(seat);
    seat.dropPages();
    this.options.onSeat?.(seat, false);
    seat.room.leave(seat);
    this.#signal(seat.room);
    this.#closeIfEmpty(seat.room);
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
      throw new Refusal("rate", `Wait ${waitMs} ms: you are sending faster than this server takes messages`, {
        retryMs: waitMs,
      });
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
    const settle = (error?: StorageFull) => (error === undefined ? resolve() : reject(error));
    this.#append(this.#roomById(roomId), telling, { settle });
    return promise;
  }

  /** Tells a room how far a file has come, if anybody is there. */
  progress(roomId: number, progress: FileProgress): void {
    const room = this.#byId.get(roomId);
    if (room === undefined) return;
    room.progress(progress);
    this.#signal(room);
  }

  /** Sends a page of older entries, and the `page` frame behind it. */
  history(seat: Seat, frame: ClientFrames["history"]): void {
    const { room, connection } = seat;
    const until = Math.min(frame.before - 1, room.log.head);
    const after = Math.max(until - (frame.limit ?? pageEntriesDefault), room.oldest - 1);
    const isEmpty = after >= until;
    const done = () =>
      connection.send({
        type: "page",
        ...(frame.id === undefined ? {} : { id: frame.id }),
        room: room.name,
        first: isEmpty ? 0 : after + 1,
        last: isEmpty ? 0 : until,
        oldest: room.oldest,
      });
    if (isEmpty) {
      done();
      return;
    }
    const dropped = () => {
      const refusal = new Refusal(
        "not-joined",
        `Ask again once you are in "${room.name}": you left it meanwhile`,
        {
          room: room.name,
        },
      );
      connection.send(errorFrame(refusal, frame.id));
    };
    seat.addPage(after, until, done, dropped);
    this.pump(seat);
  }

  typing(seat: Seat): void {
    seat.room.typing(seat.member, this.options.waiting.now());
    this.#signal(seat.room);
  }

  /** Tells every room in which a member is that it has a new name. */
  renamed(member: Member): void {
    // Linear over the rooms that somebody is in; a rename is rare.
    for (const room of this.#rooms.values()) {
      room.renamed(member);
      this.#signal(room);
    }
  }

  /** Goes on with a seat, as its connection takes lines again. */
  pump(seat: Seat): void {
    if (!seat.pump()) return;
    this.#behind.add(seat);
    this.#pace.ask();
  }

  /** Which room a member means. A conversation of two does not exist for anybody else. */
  #wanted(id: string, member: Member): Wanted {
    const pair = pairOf(id);
    if (pair === undefined) {
      const checked = checkRoom(id);
      if (!checked.ok) throw new Refusal("room-invalid", roomSentence(checked.problem));
      return { name: checked.name, fold: checked.fold, pair: undefined };
    }
    const other = otherOf(pair, member.id);
    if (other === undefined || !this.directs.hasKeys(member.id, other)) throw unknownRoom(id);
    return { name: id, fold: id, pair };
  }

  async #open(
    wanted: Wanted,
    { create = true, after, isListed = true }: Pick<Join, "create" | "after" | "isListed">,
  ): Promise<{ room: Room; isNew: boolean }> {
    const { name, fold } = wanted;
    // Again after each wait: whoever was making the room may have gone, and the room with it.
    for (let making = this.#opening.get(fold); making !== undefined; making = this.#opening.get(fold))
      await making;
    const open = this.#rooms.get(fold);
    if (open !== undefined) return { room: open, isNew: false };
    const record = this.options.store.findRoom(fold);
    if (record !== undefined) return { room: this.#add(record, fold), isNew: false };
    if (!create) throw unknownRoom(name);
    // A position in a log that is not there: the refusal makes no room, so there is no epoch to tell.
    if (after !== undefined) throw afresh(name, { head: 0, oldest: 1 });
    const making = this.#create(wanted, isListed).finally(() => this.#opening.delete(fold));
    this.#opening.set(fold, making);
    return { room: await making, isNew: true };
  }

  async #create({ name, fold, pair }: Wanted, isListed: boolean): Promise<Room> {
    const full = this.#commits.spaceRefusal;
    if (full !== undefined) throw full;
    try {
      return this.#add(await this.options.store.createRoom(fold, name, pair, isListed), fold);
    } catch (error) {
      throw error instanceof StorageFull ? this.#commits.refuseFull() : error;
    }
  }

  #add(record: RoomRecord, fold: string): Room {
    const room = new Room(record, fold, this.options.store);
    this.#rooms.set(fold, room);
    this.#byId.set(room.id, room);
    return room;
  }

  #roomById(id: number): Room {
    const open = this.#byId.get(id);
    if (open !== undefined) return open;
    const kept = this.options.store.roomById(id);
    if (kept === undefined) throw new Error(`There is no room ${id}`);
    return this.#add(kept.record, kept.fold);
  }

  #closeIfEmpty(room: Room): void {
    // Entries on their way into the store keep the room: whoever joins now must find them.
    if (room.seats.size > 0 || room.log.appended > room.log.head) return;
    if (this.#rooms.get(room.fold) !== room) return;
    this.#rooms.delete(room.fold);
    this.#byId.delete(room.id);
  }

  #append(
    room: Room,
    { draft, file }: Telling,
    from: Partial<Pick<Arrival, "seat" | "settle">> & { post?: Append["post"] } = {},
  ): void {
    const seq = room.log.appended + 1;
    const line = room.log.append(encodeEntry(room.nameJson, seq, this.options.wallClock(), draft));
    const { post, seat, settle } = from;
    this.#commits.add({ room, append: { roomId: room.id, seq, line, post, file }, seat, settle });
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
        this.#closeIfEmpty(room);
      }
      for (const seat of behind) this.pump(seat);
    } catch (error) {
      this.options.onBroken(error);
    }
  }
}

function unknownRoom(id: string): Refusal {
  return new Refusal("room-unknown", `Check the spelling of "${id}": there is no such room`);
}

function startOf(room: Room, frame: ClientFrames["join"]): number {
  const { head } = room.log;
  const position = { epoch: room.epoch, head, oldest: room.oldest };
  if (frame.after === undefined) return Math.max(head - (frame.last ?? pageEntriesDefault), room.oldest - 1);
  if (frame.epoch !== room.epoch || frame.after > head) throw afresh(room.name, position);
  if (frame.after < room.oldest - 1) {
    throw new Refusal(
      "gone",
      `Join "${room.name}" after ${room.oldest - 1} or later: older entries are gone`,
      position,
    );
  }
  return frame.after;
}

function afresh(name: string, position: ErrorDetails): Refusal {
  return new Refusal(
    "afresh",
    `Forget what you have of "${name}" and join with last: its log is another one`,
    position,
  );
}

function roomSentence(problem: "empty" | "too-long" | "characters" | "reserved"): string {
  if (problem === "empty") return "Choose a room: this one is empty";
  if (problem === "too-long")
    return `Choose a room of at most ${limits.roomCharsMax} characters: this one is longer`;
  if (problem === "reserved")
    return 'Choose a room that does not begin with "@": those are conversations of two';
  return "Choose a room without control or invisible characters: this one has some";
}
