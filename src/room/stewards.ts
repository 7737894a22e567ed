import type { ClientFrames } from "../wire/client-frames.ts";
import { memberNumber } from "../wire/direct.ts";
import type { Draft } from "../wire/entry.ts";
import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";
import { checkedKey, checkRate, removed } from "./door.ts";
import type { Exit } from "./exit.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";
import type { MemberRecord, MemberStore, RoomChange, RoomStore } from "./store.ts";

/** What stewards need of the rooms; `Rooms` has it. */
type Managed = {
  readonly exit: Exit;
  known(id: string, member: Member): Promise<Room>;
  tell(roomId: number, telling: { draft: Draft; file: undefined; room: RoomChange }): Promise<void>;
};

/** What the maker of a room may do with it, and the host of the server with every room. */
export class Stewards {
  /** @param now  Milliseconds of a clock that never goes back. */
  constructor(
    private readonly rooms: Managed,
    private readonly store: RoomStore,
    private readonly members: Pick<MemberStore, "memberById">,
    private readonly now: () => number,
  ) {}

  /**
   * What there is to know of a room beside its log.
   *
   * @throws {Refusal} "room-invalid", "room-unknown" or "removed".
   */
  async about(member: Member, id: string): Promise<Omit<RelayFrames["about"], "type" | "id">> {
    const room = await this.#known(member, id);
    const { makerId } = room;
    const maker = makerId === undefined ? undefined : this.members.memberById(makerId);
    const mayManage = isSteward(room, member);
    return {
      room: room.name,
      isClosed: room.lock !== undefined,
      maker: maker === undefined ? null : personOf(maker),
      mayManage,
      removed: mayManage ? this.store.removedFrom(room.id, limits.peopleFrameMax).map(personOf) : [],
    };
  }

  /**
   * Closes a room, changes its key, or opens it.
   *
   * @throws {Refusal} "room-key-invalid", "key-tries", or those of `#managed`.
   * @throws {StorageFull}
   */
  async rekey(member: Member, { room: id, key }: ClientFrames["rekey"]): Promise<void> {
    const wanted = key === null ? undefined : checkedKey(key);
    await this.#managed(member, id);
    const lock = wanted === undefined ? undefined : await this.store.lockOf(wanted);
    // Much may have happened meanwhile.
    const room = await this.#mine(member, id);
    if (lock === undefined && room.lock === undefined) return;
    const action = lock === undefined ? "opened" : room.lock === undefined ? "closed" : "rekeyed";
    await this.#change(room, { ...by(member), action }, { do: "key", lock, byId: member.id });
  }

  /**
   * Removes somebody, who is out at once, and has to stay out.
   *
   * @throws {Refusal} "member-unknown", "host-only", or those of `#managed`.
   * @throws {StorageFull}
   */
  async remove(member: Member, frame: ClientFrames["remove"]): Promise<void> {
    const room = await this.#managed(member, frame.room);
    const who = this.#other(member, frame.member);
    if (who.isHost && !member.isHost) {
      throw new Refusal("host-only", "Leave this to a host of the server: only a host can remove a host");
    }
    if (this.store.standing(room.id, who.id) !== "removed") {
      const draft = { ...by(member), action: "removed", who: `m${who.id}`, whoName: who.name } as const;
      await this.#change(room, draft, { do: "remove", memberId: who.id });
    }
    this.rooms.exit.turnOut(room.id, "removed", member, who.id);
  }

  /**
   * Lets somebody in again who was removed.
   *
   * @throws {Refusal} "member-unknown", or those of `#managed`.
   * @throws {StorageFull}
   */
  async admit(member: Member, frame: ClientFrames["admit"]): Promise<void> {
    const room = await this.#managed(member, frame.room);
    const who = this.#other(member, frame.member);
    if (this.store.standing(room.id, who.id) !== "removed") return;
    const draft = { ...by(member), action: "admitted", who: `m${who.id}`, whoName: who.name } as const;
    await this.#change(room, draft, { do: "admit", memberId: who.id });
  }

  /**
   * Deletes a room with all that is in it.
   *
   * @throws {Refusal} those of `#managed`, or "storage-full".
   */
  async delete(member: Member, id: string): Promise<void> {
    const room = await this.#managed(member, id);
    await this.rooms.exit.erase(room, member);
  }

  #change(room: Room, draft: Draft, change: RoomChange): Promise<void> {
    return this.rooms.tell(room.id, { draft, file: undefined, room: change });
  }

  /**
   * A room that a member wants to manage.
   *
   * @throws {Refusal} "room-invalid", "room-unknown", "removed", "maker-only" or "rate".
   */
  async #managed(member: Member, id: string): Promise<Room> {
    const room = await this.#mine(member, id);
    checkRate(member.bucket, this.now());
    return room;
  }

  async #mine(member: Member, id: string): Promise<Room> {
    const room = await this.#known(member, id);
    if (isSteward(room, member)) return room;
    throw new Refusal(
      "maker-only",
      `Ask the maker of "${room.name}" or the host of this server: only they can do this`,
    );
  }

  async #known(member: Member, id: string): Promise<Room> {
    const room = await this.rooms.known(id, member);
    if (!member.isHost && this.store.standing(room.id, member.id) === "removed") throw removed(room.name);
    return room;
  }

  #other(member: Member, wireId: string): MemberRecord {
    const record = this.members.memberById(memberNumber(wireId) ?? 0);
    if (record !== undefined && record.id !== member.id) return record;
    throw new Refusal(
      "member-unknown",
      `Choose another member: "${wireId}" is nobody whom you can keep in or out`,
    );
  }
}

/** A conversation of two has no maker, and is no business of the host's. */
function isSteward(room: Room, member: Member): boolean {
  return room.pair === undefined && (member.isHost || room.makerId === member.id);
}

function by(member: Member): { kind: "room"; member: string; name: string } {
  return { kind: "room", member: member.wireId, name: member.name };
}

function personOf({ id, name }: MemberRecord): { member: string; name: string } {
  return { member: `m${id}`, name };
}
