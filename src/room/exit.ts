import type { RelayFrames } from "../wire/relay-frames.ts";
import { type Door, unknownRoom } from "./door.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Lobby } from "./lobby.ts";
import type { Member } from "./member.ts";
import type { OpenRooms } from "./open-rooms.ts";
import type { Room } from "./room.ts";
import type { Seat } from "./seat.ts";
import { StorageFull } from "./storage-errors.ts";
import type { RoomStore } from "./store.ts";

/** Some have to be out of a room; all of them, when it is no more. */
type TurnedOut = { roomId: number; isGone: boolean; isOut: (memberId: number) => boolean };

/** What the exit needs of the rooms in front of it. */
export type InFront = {
  store: Pick<RoomStore, "deleteRoom">;
  open: OpenRooms;
  lobby: Pick<Lobby, "changed">;
  door: Pick<Door, "needsKey">;
  commits: Pick<GroupCommit, "refuseFull">;
  leave(seat: Seat): void;
  pump(seat: Seat): void;
  drain(): Promise<void>;
};

/** The way out of a room that somebody does not go by themselves. */
export class Exit {
  readonly #turnedOut: ((who: TurnedOut) => void)[] = [];

  constructor(private readonly inFront: InFront) {}

  /** Calls back when some have to be out of a room: what they hold of it is void. */
  whenTurnedOut(run: (who: TurnedOut) => void): void {
    this.#turnedOut.push(run);
  }

  /**
   * Takes the seats of a member in a room, or of all, and tells them.
   *
   * @param by  Whose doing it is.
   */
  turnOut(roomId: number, reason: RelayFrames["out"]["reason"], by: Member, memberId?: number): void {
    for (const seat of [...(this.inFront.open.byId(roomId)?.seats ?? [])]) {
      if (memberId !== undefined && seat.member.id !== memberId) continue;
      const { connection, room } = seat;
      this.inFront.leave(seat);
      const { wireId, name } = by;
      const out: RelayFrames["out"] = { type: "out", room: room.name, reason, member: wireId, name };
      connection.send(out);
    }
    const isGone = memberId === undefined;
    this.#tell({ roomId, isGone, isOut: (id) => isGone || id === memberId });
  }

  /** A room has another lock: who would need a key to come back keeps nothing of what they had of it. */
  lockOut(room: Room): void {
    const { door } = this.inFront;
    this.#tell({ roomId: room.id, isGone: false, isOut: (id) => door.needsKey(room, id) });
  }

  /**
   * Deletes a room for good; its id is free then, and the next log under it has another epoch.
   *
   * @throws {Refusal} "room-unknown" when somebody else has just done so, or "storage-full".
   */
  async erase({ id, name, fold }: Room, by: Member): Promise<void> {
    const { open, pump } = this.inFront;
    while (open.busy(fold)) await open.busy(fold);
    const room = open.findById(id);
    if (room === undefined || room.isGoing) throw unknownRoom(name);
    room.isGoing = true;
    await open.whileBusy(
      fold,
      this.#erase(room, by).finally(() => {
        room.isGoing = false;
        // Where it failed, they are all still there.
        for (const seat of room.seats) pump(seat);
      }),
    );
  }

  #tell(who: TurnedOut): void {
    for (const run of this.#turnedOut) run(who);
  }

  async #erase(room: Room, by: Member): Promise<void> {
    const { store, open, lobby, commits, drain } = this.inFront;
    // What is on its way into the store must not come behind the room's end.
    while (room.log.appended > room.log.head) await drain();
    try {
      await store.deleteRoom(room.id);
    } catch (error) {
      throw error instanceof StorageFull ? commits.refuseFull() : error;
    }
    lobby.changed();
    this.turnOut(room.id, "deleted", by);
    open.closeIfEmpty(room);
  }
}
