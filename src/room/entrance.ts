import type { ClientFrames } from "../wire/client-frames.ts";
import type { Pair } from "../wire/direct.ts";
import { otherOf, pairOf } from "../wire/direct.ts";
import type { ErrorDetails } from "../wire/errors.ts";
import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import { checkRoom } from "../wire/names.ts";
import type { Directs } from "./directs.ts";
import { checkedKey, checkRate, type Door, unknownRoom } from "./door.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Lobby } from "./lobby.ts";
import type { Member } from "./member.ts";
import type { OpenRooms } from "./open-rooms.ts";
import { pageEntriesDefault } from "./page.ts";
import type { Room } from "./room.ts";
import { StorageFull } from "./storage-errors.ts";
import type { MemberStore, RoomMaking, RoomStore } from "./store.ts";

/** A wish to join: a room that it makes may be kept out of lists, and wrong keys are counted for its address. */
export type Join = ClientFrames["join"] & { isListed?: boolean; address?: string | undefined };

/** A room as it is asked for. */
export type Wanted = { name: string; fold: string; pair: Pair | undefined };

/** A room that somebody may enter at this very moment: a moment later that may be another matter. */
export type Entered = { room: Room; from: number; isNew: boolean };

/** What the entrance needs of the rooms behind it. */
export type Behind = {
  store: RoomStore;
  members: Pick<MemberStore, "memberById">;
  open: OpenRooms;
  door: Door;
  directs: Pick<Directs, "hasKeys">;
  lobby: Pick<Lobby, "changed">;
  commits: Pick<GroupCommit, "spaceRefusal" | "refuseFull">;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
};

/** The way into a room: which one is meant, whether it is to be made, who may enter, and where they begin to read. */
export class Entrance {
  constructor(private readonly behind: Behind) {}

  /**
   * Lets a member into a room, which is made where there is none.
   *
   * @param sit  Called in the same step in which the member is let in.
   * @throws {Refusal} "room-invalid", "room-unknown", "room-full", "afresh", "gone", "storage-full", "removed",
   *   "room-closed", "room-taken", "room-key-invalid", "room-key-wrong", "key-tries" or "rate".
   */
  async enter<T>(member: Member, frame: Join, sit: (entered: Entered) => T): Promise<T> {
    const { open, door, members } = this.behind;
    const wanted = this.wanted(frame.room, member);
    const key = frame.key === undefined ? undefined : checkedKey(frame.key);
    // With a key, only the express making of a closed room makes one: who mistypes must not end up alone in a new one.
    const isMaking = key !== undefined && frame.create === true;
    const mayMake = key === undefined ? frame.create !== false : isMaking;
    const proven =
      key === undefined || isMaking ? undefined : await this.#prove(wanted, member, key, frame.address);
    const lock = isMaking ? await door.lockOf(member, key) : undefined;
    const makerId = members.memberById(member.id)?.isKeyless ? undefined : member.id;
    const making = { isListed: frame.isListed, makerId, lock };
    let isNew = false;
    let isKept = proven === undefined;
    for (;;) {
      const found = await this.#find(wanted, member, mayMake, frame.after, making);
      const { room } = found;
      isNew ||= found.isNew;
      // Whoever else was opening it may have been refused since, and the room closed.
      if (open.get(wanted.fold) !== room) continue;
      let from: number;
      try {
        // This join would make no room: its answer must not tell of one, or all names could be tried for nothing.
        const isBlind = mayMake && frame.after !== undefined && frame.epoch !== room.epoch;
        if (isBlind && !door.isKnownTo(room, member)) throw afresh(wanted.name, nowhere);
        if (isMaking && !isNew) throw taken(wanted.name);
        door.pass(room, wanted.name, member, proven, mayMake);
        if (!room.has(member.id) && room.memberCount >= limits.roomMembersMax) throw fullRoom(room.name);
        from = startOf(room, frame);
      } catch (error) {
        open.closeIfEmpty(room);
        throw error;
      }
      if (isKept || proven === undefined) return sit({ room, from, isNew });
      isKept = true;
      await this.#keep(room, member, proven);
    }
  }

  /**
   * Which room a member means. A conversation of two does not exist for anybody else.
   *
   * @throws {Refusal} "room-invalid" or "room-unknown".
   */
  wanted(id: string, member: Member): Wanted {
    const pair = pairOf(id);
    if (pair === undefined) {
      const checked = checkRoom(id);
      if (!checked.ok) throw new Refusal("room-invalid", roomSentence(checked.problem));
      return { name: checked.name, fold: checked.fold, pair: undefined };
    }
    const other = otherOf(pair, member.id);
    if (other === undefined || !this.behind.directs.hasKeys(member.id, other)) throw unknownRoom(id);
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
    const { open, door, store } = this.behind;
    while (open.busy(fold)) await open.busy(fold);
    const known = open.get(fold);
    // Who is in it shows nothing, here as in `pass`.
    if (known?.lock !== undefined && known.has(member.id)) return undefined;
    return door.prove(known ?? store.findRoom(fold), name, member, key, address);
  }

  async #keep(room: Room, member: Member, lock: string): Promise<void> {
    try {
      await this.behind.store.keepMember(room.id, member.id, lock);
    } catch (error) {
      // On a full disk one can still enter and read; the key has to be shown again next time.
      if (!(error instanceof StorageFull)) throw error;
    }
  }

  async #find(
    wanted: Wanted,
    member: Member,
    mayMake: boolean,
    after: number | undefined,
    making: RoomMaking,
  ): Promise<{ room: Room; isNew: boolean }> {
    const { open } = this.behind;
    const { name, fold } = wanted;
    while (open.busy(fold)) await open.busy(fold);
    const room = open.find(fold);
    if (room !== undefined) return { room, isNew: false };
    if (!mayMake) throw unknownRoom(name);
    // A position in a log that is not there: the refusal makes no room.
    if (after !== undefined) throw afresh(name, nowhere);
    checkRate(member.makings, this.behind.now());
    return { room: await open.whileBusy(fold, this.#make(wanted, making)), isNew: true };
  }

  async #make({ name, fold, pair }: Wanted, making: RoomMaking): Promise<Room> {
    const { store, open, lobby, commits } = this.behind;
    const full = commits.spaceRefusal;
    if (full !== undefined) throw full;
    try {
      const record = await store.createRoom(fold, name, pair === undefined ? making : { pair });
      lobby.changed();
      return open.add(record, fold);
    } catch (error) {
      throw error instanceof StorageFull ? commits.refuseFull() : error;
    }
  }
}

/** Where there is no log, there is no epoch to tell. */
const nowhere: ErrorDetails = { head: 0, oldest: 1 };

function taken(name: string): Refusal {
  return new Refusal("room-taken", `Choose another name for the room: "${name}" is there already`);
}

function fullRoom(name: string): Refusal {
  return new Refusal("room-full", `Come back later: ${limits.roomMembersMax} members are in "${name}"`);
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
