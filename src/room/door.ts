import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import { checkRoomKey } from "../wire/room-key.ts";
import type { Bucket } from "./bucket.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";
import type { RoomRecord, RoomStore } from "./store.ts";
import { Tries } from "./tries.ts";

/** What is known of a room that somebody wants to enter; undefined where there is none. */
export type Lockable = Pick<RoomRecord, "id" | "makerId" | "lock"> | undefined;

/** Who may enter a room: anybody an open one, who has its key or has had it a closed one, and nobody who was removed. */
export class Door {
  readonly #tries: Tries;

  /** @param now  Milliseconds of a clock that never goes back. */
  constructor(
    private readonly store: RoomStore,
    private readonly now: () => number,
  ) {
    this.#tries = new Tries(now);
  }

  /**
   * Checks a room key. A wrong key, an open room and no room at all take the same path to the same answer.
   *
   * @returns  The lock that it opens; undefined for who need not show one.
   * @throws {Refusal} "room-key-wrong", "key-tries" or "removed".
   */
  async prove(
    room: Lockable,
    name: string,
    member: Member,
    key: string,
    address: string | undefined,
  ): Promise<string | undefined> {
    if (room !== undefined) {
      const standing = this.store.standing(room.id, member.id);
      if (standing === "removed") throw removed(name);
      if (room.lock !== undefined && (standing === "member" || room.makerId === member.id)) return undefined;
    }
    const notWrong = this.#tries.begin(member.id, address);
    const lock = room?.lock;
    const isRight = await this.store.isOpenedBy(key, lock).catch((error) => {
      // Nobody has looked at it: whoever is kept waiting has not guessed.
      notWrong();
      throw error;
    });
    if (!isRight) throw wrongKey(name);
    notWrong();
    return lock;
  }

  /**
   * The lock of a room that is to be made closed: at the rate of messages, for it is work.
   *
   * @throws {Refusal} "rate" or "key-tries".
   */
  async lockOf(member: Member, key: string): Promise<string> {
    checkRate(member.bucket, this.now());
    return this.store.lockOf(key);
  }

  /**
   * Lets a member pass, or not, as the room is at this moment.
   *
   * @param name     As it was asked for: a closed room does not tell its own spelling.
   * @param proven   The lock that the member has just opened.
   * @param mayMake  Whether the room would be made if there were none: then it cannot be hidden that there is one.
   * @throws {Refusal} "removed", "room-closed", "room-unknown" or "room-key-wrong".
   */
  pass(room: Room, name: string, member: Member, proven: string | undefined, mayMake: boolean): void {
    if (room.pair !== undefined) return;
    if (this.store.standing(room.id, member.id) === "removed") throw removed(name);
    if (room.lock === proven || !this.needsKey(room, member.id)) return;
    if (proven !== undefined) throw wrongKey(name);
    if (!mayMake) throw unknownRoom(name);
    throw new Refusal("room-closed", `Join "${name}" with its room key: the room is closed`);
  }

  /** Whether a member would not be let into a room without showing its key. */
  needsKey(room: Room, memberId: number): boolean {
    if (room.lock === undefined) return false;
    const standing = this.store.standing(room.id, memberId);
    if (standing === "removed") return true;
    // Who is in it with another connection shows nothing that could be kept from this one.
    return standing !== "member" && room.makerId !== memberId && !room.has(memberId);
  }

  /** Whether a member may know that a room exists. Open ones are no secret. */
  isKnownTo(room: Room, member: Member): boolean {
    if (room.lock === undefined || room.makerId === member.id || room.has(member.id)) return true;
    return this.store.standing(room.id, member.id) !== undefined;
  }
}

/**
 * A room key in the form in which it is compared.
 *
 * @throws {Refusal} "room-key-invalid".
 */
export function checkedKey(raw: string): string {
  const checked = checkRoomKey(raw);
  if (checked.ok) return checked.key;
  const { roomKeyCharsMin, roomKeyCharsMax } = limits;
  const sentence =
    checked.problem === "characters"
      ? "Choose a room key without control characters: this one has some"
      : `Choose a room key of ${roomKeyCharsMin} to ${roomKeyCharsMax} characters: this one is ${checked.problem === "too-short" ? "shorter" : "longer"}`;
  throw new Refusal("room-key-invalid", sentence);
}

/** Also the answer for a room that the member may not know of. */
export function unknownRoom(name: string): Refusal {
  return new Refusal("room-unknown", `Check the spelling of "${name}": there is no such room`);
}

export function removed(name: string): Refusal {
  return new Refusal(
    "removed",
    `Ask the maker of "${name}" or the host of this server to let you in again: you were removed`,
  );
}

/**
 * Counts something that a member does.
 *
 * @param bucket  That of the member in which it is counted.
 * @throws {Refusal} "rate".
 */
export function checkRate(bucket: Bucket, now: number): void {
  const waitMs = bucket.take(now);
  if (waitMs > 0) throw tooFast(waitMs);
}

export function tooFast(waitMs: number): Refusal {
  return new Refusal("rate", `Wait ${waitMs} ms: you are faster than this server takes what you send`, {
    retryMs: waitMs,
  });
}

function wrongKey(name: string): Refusal {
  return new Refusal(
    "room-key-wrong",
    `Check the spelling of "${name}" and its room key: there is no closed room of this name with this key`,
  );
}
