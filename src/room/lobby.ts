import { limits } from "../wire/limits.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";
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
    private readonly store: Pick<RoomStore, "openRooms" | "closedRoomsOf">,
    private readonly now: () => number,
    private readonly people: (roomId: number) => number,
    private readonly here: (memberId: number) => number[],
  ) {}

  /** Open rooms, and closed ones that a member need not show a key for. */
  listFor(memberId: number): RelayFrames["lobby"]["rooms"] {
    const rooms = [...this.#openRooms(), ...this.store.closedRoomsOf(memberId, this.here(memberId))];
    return rooms
      .sort((a, b) => b.at - a.at)
      .slice(0, limits.lobbyRoomsMax)
      .map(({ id, name, at, isClosed }) => ({ room: name, people: this.people(id), at, isClosed }));
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
