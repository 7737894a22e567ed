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
import { checkedKey, Door, tooFast, unknownRoom } from "./door.ts";
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
import type { Room } from "./room.ts";
import type { Connection, Seat } from "./seat.ts";
import { Stewards } from "./stewards.ts";
import type { StorageBroken } from "./storage-errors.ts";
import { StorageFull } from "./storage-errors.ts";
import type { Append, MemberStore, RoomChange, RoomMaking, RoomStore } from "./store.ts";

const pageEntriesDefault = 50;

/** A wish to join: a room that it makes may be kept out of lists, and wrong keys are counted for its address. */
type Join = ClientFrames["join"] & { isListed?: boolean; address?: string | undefined };

/** Somebody has to be out of a room; nobody in particular: everybody, for the room is no more. */
type TurnedOut = { roomId: number; memberId: number | undefined };

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

/** A room as it is asked for. */
type Wanted = { name: string; fold: string; pair: Pair | undefined };

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
  readonly #turnedOut: ((who: TurnedOut) => void)[] = [];
  /** Rooms with signals to be told. */
  #signalling = new Set<Room>();
  /** Seats that are catching up from the store. */
  #behind = new Set<Seat>();

  /** Who is told of conversations of two. */
  readonly directs: Directs;
  readonly lobby: Lobby;
  /** What makers and hosts do. */
  readonly stewards: Stewards;

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
   * @throws {Refusal} "room-invalid", "room-unknown", "room-full", "afresh", "gone", "storage-full", "removed",
   *   "room-closed", "room-taken", "room-key-invalid", "room-key-wrong" or "key-tries".
   */
  async join(member: Member, connection: Connection, frame: Join): Promise<Seat> {
    const wanted = this.#wanted(frame.room, member);
    const key = frame.key === undefined ? undefined : checkedKey(frame.key);
    // With a key, only the express making of a closed room makes one: who mistypes must not end up alone in a new one.
    const isMaking = key !== undefined && frame.create === true;
    const mayMake = key === undefined ? frame.create !== false : isMaking;
    const proven =
      key === undefined || isMaking ? undefined : await this.#prove(wanted, member, key, frame.address);
    const lock = isMaking ? await this.#door.lockOf(member, key) : undefined;
    const makerId = this.options.members.memberById(member.id)?.isKeyless ? undefined : member.id;
    const making = { isListed: frame.isListed, makerId, lock };
    let isNew = false;
    let isKept = proven === undefined;
    let room: Room;
    let from: number;
    for (;;) {
      const opened = await this.#enter(wanted, mayMake, frame.after, making);
      ({ room } = opened);
      isNew ||= opened.isNew;
      // Whoever else was opening it may have been refused since, and the room closed.
      if (this.#open.get(wanted.fold) !== room) continue;
      try {
        if (isMaking && !isNew) throw taken(room.name);
        this.#door.pass(room, member, proven, mayMake);
        if (!room.has(member.id) && room.memberCount >= limits.roomMembersMax) throw fullRoom(room.name);
        from = startOf(room, frame);
      } catch (error) {
        this.#open.closeIfEmpty(room);
        throw error;
      }
      if (isKept || proven === undefined) break;
      isKept = true;
      await this.#keep(room, member, proven);
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
      ...(room.lock === undefined ? {} : { isClosed: true }),
    });
    this.options.onSeat?.(seat, true);
    this.#signal(room);
    this.pump(seat);
    return seat;
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
    const wanted = this.#wanted(id, member);
    while (this.#open.busy(wanted.fold)) await this.#open.busy(wanted.fold);
    const room = this.#open.find(wanted.fold);
    if (room === undefined) throw unknownRoom(wanted.name);
    this.#open.closeIfEmpty(room);
    if (!member.isHost && !this.#door.isKnownTo(room, member)) throw unknownRoom(wanted.name);
    return room;
  }

  /** Calls back when somebody has to be out of a room: what they hold of it is void. */
  whenTurnedOut(run: (who: TurnedOut) => void): void {
    this.#turnedOut.push(run);
  }

  /**
   * Takes the seats of a member in a room, or of all, and tells them.
   *
   * @param by  Whose doing it is.
   */
  turnOut(roomId: number, reason: RelayFrames["out"]["reason"], by: Member, memberId?: number): void {
    for (const seat of [...(this.#open.byId(roomId)?.seats ?? [])]) {
      if (memberId !== undefined && seat.member.id !== memberId) continue;
      const { connection, room } = seat;
      this.leave(seat);
      const { wireId, name } = by;
      const out: RelayFrames["out"] = { type: "out", room: room.name, reason, member: wireId, name };
      connection.send(out);
    }
    for (const run of this.#turnedOut) run({ roomId, memberId });
  }

  /**
   * Deletes a room for good; its id is free then, and the next log under it has another epoch.
   *
   * @throws {Refusal} "room-unknown" when somebody else has just done so, or "storage-full".
   */
  async erase({ id, name, fold }: Room, by: Member): Promise<void> {
    while (this.#open.busy(fold)) await this.#open.busy(fold);
    const room = this.#open.findById(id);
    if (room === undefined || room.isGoing) throw unknownRoom(name);
    room.isGoing = true;
    await this.#open.whileBusy(
      fold,
      this.#erase(room, by).finally(() => {
        room.isGoing = false;
        // Where it failed, they are all still there.
        for (const seat of room.seats) this.pump(seat);
      }),
    );
  }

  async #erase(room: Room, by: Member): Promise<void> {
    // What is on its way into the store must not come behind the room's end.
    while (room.log.appended > room.log.head) await this.drain();
    try {
      await this.options.store.deleteRoom(room.id);
    } catch (error) {
      throw error instanceof StorageFull ? this.#commits.refuseFull() : error;
    }
    this.lobby.changed();
    this.turnOut(room.id, "deleted", by);
    this.#open.closeIfEmpty(room);
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
    for (const room of this.#open) {
      room.renamed(member);
      this.#signal(room);
    }
  }

  /** Goes on with a seat, as its connection takes lines again. */
  pump(seat: Seat): void {
    // Its entries may be gone from the store already, and it is turned out in a moment.
    if (seat.room.isGoing) return;
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

  /** The lock that a key opens; a conversation of two has none, and its two need no key. */
  async #prove(
    { name, fold, pair }: Wanted,
    member: Member,
    key: string,
    address: string | undefined,
  ): Promise<string | undefined> {
    if (pair !== undefined) return undefined;
    while (this.#open.busy(fold)) await this.#open.busy(fold);
    const open = this.#open.get(fold);
    // Who is in it shows nothing, here as in `pass`.
    if (open?.lock !== undefined && open.has(member.id)) return undefined;
    const room = open ?? this.options.store.findRoom(fold);
    return this.#door.prove(room, name, member, key, address);
  }

  async #keep(room: Room, member: Member, lock: string): Promise<void> {
    try {
      await this.options.store.keepMember(room.id, member.id, lock);
    } catch (error) {
      // On a full disk one can still enter and read; the key has to be shown again next time.
      if (!(error instanceof StorageFull)) throw error;
    }
  }

  async #enter(
    wanted: Wanted,
    mayMake: boolean,
    after: number | undefined,
    making: RoomMaking,
  ): Promise<{ room: Room; isNew: boolean }> {
    const { name, fold } = wanted;
    while (this.#open.busy(fold)) await this.#open.busy(fold);
    const room = this.#open.find(fold);
    if (room !== undefined) return { room, isNew: false };
    if (!mayMake) throw unknownRoom(name);
    // A position in a log that is not there: the refusal makes no room, so there is no epoch to tell.
    if (after !== undefined) throw afresh(name, { head: 0, oldest: 1 });
    return { room: await this.#open.whileBusy(fold, this.#create(wanted, making)), isNew: true };
  }

  async #create({ name, fold, pair }: Wanted, making: RoomMaking): Promise<Room> {
    const full = this.#commits.spaceRefusal;
    if (full !== undefined) throw full;
    const { isListed, makerId, lock } = making;
    try {
      const record = await this.options.store.createRoom(
        fold,
        name,
        pair === undefined ? { isListed, makerId, lock } : { pair },
      );
      this.lobby.changed();
      return this.#open.add(record, fold);
    } catch (error) {
      throw error instanceof StorageFull ? this.#commits.refuseFull() : error;
    }
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

function taken(name: string): Refusal {
  return new Refusal("room-taken", `Choose another name for the room: "${name}" is there already`);
}

function fullRoom(name: string): Refusal {
  return new Refusal("room-full", `Come back later: ${limits.roomMembersMax} members are in "${name}"`);
}

function notIn(room: string): Refusal {
  return new Refusal("not-joined", `Join "${room}" first: you are no longer in it`, { room });
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
