import type { ClientFrames } from "../wire/client-frames.ts";
import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";
import type { Member } from "./member.ts";
import type { LobbyRecord, RoomStore } from "./store.ts";

/** How long the list of open rooms is good for, so that asking for it often costs nothing. */
const freshMs = 1_000;

/** The rooms that somebody who looks for one may see. */
export class Lobby {
  #open: { rooms: LobbyRecord[]; at: number } | undefined;

  /**
   * @param now     Milliseconds of a clock that never goes back.
   * @param people  How many are in a room now.
   * @param here    The rooms in which a member is now.
   */
  constructor(
    private readonly store: Pick<RoomStore, "openRooms" | "closedRooms" | "closedRoomsOf">,
    private readonly now: () => number,
    private readonly people: (roomId: number) => number,
    private readonly here: (memberId: number) => number[],
  ) {}

  /**
   * Open rooms, and closed ones that a member need not show a key for; for a host who asks, all of them.
   *
   * @throws {Refusal} "host-only".
   */
  listFor(
    { id, isHost }: Member,
    { all, from = 0 }: ClientFrames["lobby"],
  ): Omit<RelayFrames["lobby"], "type" | "id"> {
    if (all && !isHost) throw new Refusal("host-only", 'Leave out "all": only a host is told of all rooms');
    const closed = all ? this.store.closedRooms() : this.store.closedRoomsOf(id, this.here(id));
    const rooms = [...this.#openRooms(), ...closed].sort((a, b) => b.at - a.at || b.id - a.id);
    const end = from + limits.lobbyRoomsMax;
    return {
      rooms: rooms
        .slice(from, end)
        .map(({ id, name, at, isClosed }) => ({ room: name, people: this.people(id), at, isClosed })),
      isLast: end >= rooms.length,
    };
  }

  /** A room has come, gone, or got another lock. */
  changed(): void {
    this.#open = undefined;
  }

  #openRooms(): LobbyRecord[] {
    if (this.#open === undefined || this.now() - this.#open.at >= freshMs) {
      this.#open = { rooms: this.store.openRooms(), at: this.now() };
    }
    return this.#open.rooms;
  }
}
