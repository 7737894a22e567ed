import type { Member } from "../../src/room/member.ts";
import { Members } from "../../src/room/members.ts";
import { Rooms } from "../../src/room/rooms.ts";
import type { Seat } from "../../src/room/seat.ts";
import type { ClientFrames } from "../../src/wire/client-frames.ts";
import { Refusal } from "../../src/wire/errors.ts";
import { Clock, type Frame, MemoryStore, TestConnection } from "./fakes.ts";

/** A place with rooms, a store behind it, and a clock that a test moves. */
export class Place {
  readonly clock = new Clock();
  readonly members: Members;
  readonly rooms: Rooms;
  /** What was told of the disk, in order. */
  readonly storage: boolean[] = [];
  readonly broken: unknown[] = [];

  constructor(
    readonly store = new MemoryStore(),
    ratePerSecond = 0,
  ) {
    this.members = new Members(store, ratePerSecond, this.clock.now);
    this.rooms = new Rooms({
      store,
      members: store,
      waiting: this.clock,
      wallClock: () => 1_700_000_000_000,
      onStorage: (isFull) => this.storage.push(isFull),
      onBroken: (error) => this.broken.push(error),
    });
  }

  /** Somebody with a connection; the same name, the same key. */
  async enter(name: string, bytes?: number): Promise<Person> {
    const member = await this.members.enter(`key of ${name}`, name);
    return new Person(this, member, new TestConnection(bytes));
  }

  /** Somebody who is in the lobby, with what it was told until then left behind. */
  async inLobby(name: string): Promise<Person> {
    const person = await this.enter(name);
    await person.join({ room: "lobby" });
    await this.settle();
    return person;
  }

  async settle(): Promise<void> {
    await this.clock.settle();
    if (this.broken.length > 0) throw this.broken[0];
  }

  /** Holds the store's writes up from now on, until the returned function lets them go, or fail. */
  holdUp(): (error?: Error) => Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined);
    this.store.gate = () => promise;
    return async (error) => {
      this.store.gate = async () => {};
      if (error === undefined) resolve();
      else reject(error);
      await this.settle();
    };
  }
}

/** A member with one connection. */
export class Person {
  seat: Seat | undefined;
  #seen = 0;

  constructor(
    readonly place: Place,
    readonly member: Member,
    readonly connection: TestConnection,
  ) {}

  async join(frame: Omit<ClientFrames["join"], "type">): Promise<Refusal | undefined> {
    try {
      const seat = await this.place.rooms.join(this.member, this.connection, { type: "join", ...frame });
      if (this.seat?.room === seat.room) this.place.rooms.leave(this.seat);
      this.seat = seat;
      return undefined;
    } catch (error) {
      return refusalOf(error);
    }
  }

  leave(): void {
    this.place.rooms.leave(this.#here);
    this.seat = undefined;
  }

  post(n: number, text = `Message ${n}`, device = "laptop"): Refusal | undefined {
    try {
      this.place.rooms.post(this.#here, { type: "post", room: "lobby", device, n, text });
      return undefined;
    } catch (error) {
      return refusalOf(error);
    }
  }

  history(before: number, limit?: number): void {
    const frame = { type: "history", id: 9, room: "lobby", before } as const;
    this.place.rooms.history(this.#here, limit === undefined ? frame : { ...frame, limit });
  }

  typing(): void {
    this.place.rooms.typing(this.#here);
  }

  /** The connection takes that many bytes more. */
  take(bytes: number): void {
    this.connection.bytes = bytes;
    this.place.rooms.pump(this.#here);
  }

  /** What has come since this was last asked. */
  news(): Frame[] {
    const { frames } = this.connection;
    const fresh = frames.slice(this.#seen);
    this.#seen = frames.length;
    return fresh;
  }

  /** The seqs of all entries that have come. */
  get seqs(): number[] {
    return this.connection.of("entry").map(({ seq }) => seq);
  }

  /** The texts of all messages that have come. */
  get texts(): string[] {
    return this.connection.of("entry").flatMap(({ text }) => text ?? []);
  }

  get #here(): Seat {
    if (this.seat === undefined) throw new Error(`${this.member.name} is in no room`);
    return this.seat;
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}
