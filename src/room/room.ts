import type { Pair } from "../wire/direct.ts";
import { pairOf } from "../wire/direct.ts";
import { limits } from "../wire/limits.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";
import { encodeFrame } from "../wire/relay-frames.ts";
import { Log } from "./log.ts";
import { Marks } from "./marks.ts";
import type { Member } from "./member.ts";
import type { Connection } from "./seat.ts";
import { Seat } from "./seat.ts";
import type { RoomRecord, RoomStore } from "./store.ts";

type Presence = { member: Member; seats: number; typedAt: number; toldName: string };

/** A room: its log, who is in it, and the signals that go round beside the log. */
export class Room {
  readonly id: number;
  readonly name: string;
  /** The name as JSON: part of every entry's line. */
  readonly nameJson: string;
  /** The two to whom it belongs; undefined for a room that is open to all. */
  readonly pair: Pair | undefined;
  readonly epoch: string;
  readonly oldest: number;
  readonly log: Log;
  readonly marks: Marks;
  readonly seats = new Set<Seat>();
  /** The member who made it, if that was one with a key. */
  readonly makerId: number | undefined;
  /** What its room key is checked against; undefined while it is open. */
  lock: string | undefined;
  /** Set while it is being deleted: nothing is added to it any more. */
  isGoing = false;
  readonly #people = new Map<number, Presence>();
  #signals = "";

  /** @param fold  The form in which room ids are compared. */
  constructor(
    record: RoomRecord,
    readonly fold: string,
    store: RoomStore,
  ) {
    this.id = record.id;
    this.name = record.name;
    this.nameJson = JSON.stringify(record.name);
    this.pair = pairOf(record.name);
    this.epoch = record.epoch;
    this.oldest = record.oldest;
    this.makerId = record.makerId;
    this.lock = record.lock;
    this.log = new Log(record.head, store.older(record.id));
    this.marks = new Marks(record.id, store);
  }

  get memberCount(): number {
    return this.#people.size;
  }

  has(memberId: number): boolean {
    return this.#people.has(memberId);
  }

  /**
   * Gives a member a seat, and tells the connection and the room.
   *
   * All in one step: no entry may reach the connection before `joined` has.
   *
   * @param from    Entries after this seq will follow.
   * @param joined  The frame that opens the room for the connection.
   */
  sit(member: Member, connection: Connection, from: number, joined: RelayFrames["joined"]): Seat {
    const seat = new Seat(this, member, connection, from);
    this.seats.add(seat);
    const presence = this.#people.get(member.id);
    if (presence === undefined) {
      this.#people.set(member.id, {
        member,
        seats: 1,
        typedAt: Number.NEGATIVE_INFINITY,
        toldName: member.name,
      });
      this.#tellHere(member);
    } else {
      presence.seats += 1;
    }
    connection.send(joined);
    this.sendPeople(connection);
    return seat;
  }

  leave(seat: Seat): void {
    if (!this.seats.delete(seat)) return;
    const presence = this.#people.get(seat.member.id);
    if (presence === undefined) return;
    presence.seats -= 1;
    if (presence.seats > 0) return;
    this.#people.delete(seat.member.id);
    this.#signal({ type: "away", room: this.name, member: seat.member.wireId });
  }

  /** Tells everybody that a member has a new name, if it is one. */
  renamed(member: Member): void {
    const presence = this.#people.get(member.id);
    if (presence === undefined || presence.toldName === member.name) return;
    presence.toldName = member.name;
    this.#tellHere(member);
  }

  /** Tells everybody that a member is typing, if that was not told just now. */
  typing(member: Member, now: number): void {
    const presence = this.#people.get(member.id);
    if (presence === undefined || now - presence.typedAt < limits.typingEveryMs) return;
    presence.typedAt = now;
    this.#signal({ type: "typing", room: this.name, member: member.wireId, name: member.name });
  }

  /** Tells everybody how far a file has come. */
  progress(progress: Omit<RelayFrames["progress"], "type" | "room">): void {
    this.#signal({ type: "progress", room: this.name, ...progress });
  }

  /** Sends the list of people, in as many frames as it needs. */
  sendPeople(connection: Connection): void {
    const people = [...this.#people.values()].map(({ member }) => ({
      member: member.wireId,
      name: member.name,
    }));
    for (let i = 0; i === 0 || i < people.length; i += limits.peopleFrameMax) {
      const frame: RelayFrames["people"] = {
        type: "people",
        room: this.name,
        people: people.slice(i, i + limits.peopleFrameMax),
        isFirst: i === 0,
        isLast: i + limits.peopleFrameMax >= people.length,
      };
      connection.send(frame);
    }
  }

  get hasSignals(): boolean {
    return this.#signals !== "";
  }

  /** Writes the signals gathered since the last time, once encoded, to everybody who is not behind. */
  flushSignals(encode: (text: string) => Uint8Array): void {
    if (this.#signals === "") return;
    const lines = encode(this.#signals);
    this.#signals = "";
    for (const seat of this.seats) {
      if (seat.connection.isFull || seat.connection.write(lines) < lines.length) seat.missedSignals = true;
    }
  }

  #tellHere(member: Member): void {
    this.#signal({ type: "here", room: this.name, member: member.wireId, name: member.name });
  }

  #signal(frame: RelayFrames["here" | "away" | "typing" | "progress"]): void {
    this.#signals += encodeFrame(frame);
  }
}
