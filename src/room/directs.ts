import type { Pair } from "../wire/direct.ts";
import { directRoom, otherOf } from "../wire/direct.ts";
import { Refusal } from "../wire/errors.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";
import type { Room } from "./room.ts";
import type { Connection } from "./seat.ts";
import type { MemberStore, RoomStore } from "./store.ts";

/**
 * Conversations of two: each is a room, which its two find without having been told its id.
 *
 * A connection is told of those in which there is something when it comes, and of one that grows without it.
 */
export class Directs {
  readonly #connections = new Map<number, Set<Connection>>();

  constructor(
    private readonly store: Pick<RoomStore, "directsOf">,
    private readonly members: Pick<MemberStore, "memberById">,
  ) {}

  /** A connection is a member's from now on. */
  enter(memberId: number, connection: Connection): void {
    const connections = this.#connections.get(memberId) ?? new Set();
    this.#connections.set(memberId, connections.add(connection));
    for (const { room, head, other } of this.store.directsOf(memberId)) {
      connection.send(frameOf(room, head, other.id, other.name));
    }
  }

  exit(memberId: number, connection: Connection): void {
    const connections = this.#connections.get(memberId);
    connections?.delete(connection);
    if (connections?.size === 0) this.#connections.delete(memberId);
  }

  /** Tells a member, on each of its connections. */
  tell(memberId: number, frame: object): void {
    for (const connection of this.#connections.get(memberId) ?? []) connection.send(frame);
  }

  /**
   * The id of a member's conversation with another.
   *
   * @throws {Refusal} "member-unknown" when there is no such member, it has no key, or it is the member itself.
   */
  roomOf(memberId: number, other: number): string {
    const room = directRoom(memberId, other);
    if (room === undefined || !this.hasKeys(memberId, other)) {
      throw new Refusal(
        "member-unknown",
        `Choose another member: "m${other}" is nobody whom you can write to`,
      );
    }
    return room;
  }

  /** Whether all of these members have keys: such a conversation belongs to two keys, and not to two names. */
  hasKeys(...memberIds: number[]): boolean {
    return memberIds.every((id) => this.members.memberById(id)?.isKeyless === false);
  }

  /** A room has new entries: those of its two who look at it hear of them anyway, the others are told. */
  grown({ pair, name, log, seats }: Room): void {
    if (pair === undefined) return;
    const looking = new Set([...seats].map(({ connection }) => connection));
    for (const memberId of [pair.low, pair.high]) this.#tellOf(memberId, pair, name, log.head, looking);
  }

  #tellOf(memberId: number, pair: Pair, room: string, head: number, looking: Set<Connection>): void {
    const absent = [...(this.#connections.get(memberId) ?? [])].filter((each) => !looking.has(each));
    if (absent.length === 0) return;
    const otherId = otherOf(pair, memberId);
    const other = otherId === undefined ? undefined : this.members.memberById(otherId);
    if (other === undefined) return;
    for (const connection of absent) connection.send(frameOf(room, head, other.id, other.name));
  }
}

function frameOf(room: string, head: number, other: number, name: string): RelayFrames["direct"] {
  return { type: "direct", room, member: `m${other}`, name, head };
}
