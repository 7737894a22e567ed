import { Room } from "./room.ts";
import type { RoomRecord, RoomStore } from "./store.ts";

/** The rooms that are in memory: those that somebody is in, or has just asked for. */
export class OpenRooms {
  readonly #byFold = new Map<string, Room>();
  readonly #byId = new Map<number, Room>();
  /** Rooms that are being made or deleted: whoever asks for one waits. */
  readonly #busy = new Map<string, Promise<unknown>>();

  constructor(private readonly store: RoomStore) {}

  [Symbol.iterator](): MapIterator<Room> {
    return this.#byId.values();
  }

  /** A room by its fold, if it is in memory. */
  get(fold: string): Room | undefined {
    return this.#byFold.get(fold);
  }

  /** A room by its number, if it is in memory. */
  byId(id: number): Room | undefined {
    return this.#byId.get(id);
  }

  /** A room by its fold, if there is one at all. */
  find(fold: string): Room | undefined {
    const open = this.#byFold.get(fold);
    if (open !== undefined) return open;
    const record = this.store.findRoom(fold);
    return record && this.add(record, fold);
  }

  /** A room by its number, if there is one at all. */
  findById(id: number): Room | undefined {
    const open = this.#byId.get(id);
    if (open !== undefined) return open;
    const kept = this.store.roomById(id);
    return kept && this.add(kept.record, kept.fold);
  }

  add(record: RoomRecord, fold: string): Room {
    const room = new Room(record, fold, this.store);
    this.#byFold.set(fold, room);
    this.#byId.set(room.id, room);
    return room;
  }

  closeIfEmpty(room: Room): void {
    // Entries on their way into the store keep the room: whoever joins now must find them.
    if (room.seats.size > 0 || room.log.appended > room.log.head) return;
    if (this.#byFold.get(room.fold) !== room) return;
    this.#byFold.delete(room.fold);
    this.#byId.delete(room.id);
  }

  /**
   * What is to be waited for before a room is looked up; undefined where nothing is, and then nobody may wait: two
   * would both find nothing. To be asked again after each wait: whoever was making the room may have gone, and the
   * room with it.
   */
  busy(fold: string): Promise<unknown> | undefined {
    return this.#busy.get(fold);
  }

  /** Makes or deletes a room, while others wait. */
  whileBusy<T>(fold: string, work: Promise<T>): Promise<T> {
    const done = work.finally(() => this.#busy.delete(fold));
    // Whoever waits only wants to know that it is over.
    this.#busy.set(
      fold,
      done.catch(() => undefined),
    );
    return done;
  }
}
