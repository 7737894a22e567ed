import { EntrySink } from "../room/entry-sink.ts";
import type { Member } from "../room/member.ts";
import type { Members } from "../room/members.ts";
import type { Room } from "../room/room.ts";
import type { Rooms } from "../room/rooms.ts";
import { Seat } from "../room/seat.ts";
import type { Pacer } from "../wire/dialect-2021/pacer.ts";
import { cutText } from "../wire/dialect-2021/pieces.ts";
import type { ServerEvent } from "../wire/dialect-2021/server.ts";
import { createdWord, userOf, welcomeWord } from "../wire/dialect-2021/words.ts";
import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import { checkName } from "../wire/names.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";
import type { Target } from "./address.ts";
import type { Log } from "./control.ts";
import { type LegacyEvents, LegacyLink } from "./legacy-link.ts";

/** What the gateway stands on: a relay of this program, and where the server of 2021 is. */
export type GatewayOptions = {
  rooms: Rooms;
  members: Members;
  target: Target;
  pacer: Pacer;
  log: Log;
};

/** A member that stands for somebody on the server posts from this one device. */
const device = "2021";
/** Under this name the rooms show what the server says, and what becomes of the connection. */
const serverName = "2021 server";
const retryMs = 3_000;

/**
 * Joins the rooms of this program's relay with those of a server of 2021.
 *
 * For each member in a room it is a client of that server in the room of the same id, under the member's name. What
 * the member posts goes there; what others say there is posted here under their names. So the page, its bridge and
 * the relay work as ever; the relay's log is only as long as the program runs.
 */
export class Gateway {
  readonly #outlets = new Map<string, { outlet: Outlet; seats: number }>();
  readonly #strangers = new Map<string, Member>();
  /** What came is posted in the order in which it came, also while a name is being claimed. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(readonly options: GatewayOptions) {}

  /** Somebody has got a seat, or is giving it up. */
  onSeat(seat: Seat, isTaken: boolean): void {
    if (seat.connection instanceof Outlet) return;
    const key = `${seat.room.id} ${seat.member.id}`;
    const before = this.#outlets.get(key);
    if (isTaken) {
      if (before !== undefined) before.seats += 1;
      else this.#outlets.set(key, { outlet: new Outlet(this, seat), seats: 1 });
    } else if (before !== undefined) {
      before.seats -= 1;
      if (before.seats > 0) return;
      this.#outlets.delete(key);
      before.outlet.close();
    }
  }

  stop(): void {
    for (const { outlet } of this.#outlets.values()) outlet.close();
    this.#outlets.clear();
  }

  /** Posts what somebody on the server said. */
  heard(outlet: Outlet, name: string, text: string): void {
    this.#turn = this.#turn
      .then(async () => {
        const member = await this.#stranger(name);
        // Its room is no longer kept when the last one has gone.
        if (outlet.isOpen) this.#post(outlet, member, text);
      })
      .catch((cause) => this.options.log.error("A text of the 2021 server could not be posted", cause));
  }

  /** Whether somebody's words come from here, or will be heard through another member of the room. */
  isHeardElsewhere(outlet: Outlet, name: string): boolean {
    const inRoom = [...this.#outlets.values()].filter((each) => each.outlet.room === outlet.room);
    const isOurs = inRoom.some((each) => each.outlet.user === name);
    return isOurs || (inRoom.find((each) => each.outlet.isIn) ?? inRoom[0])?.outlet !== outlet;
  }

  #post(outlet: Outlet, member: Member, text: string): void {
    const { room } = outlet;
    for (const part of cutText(text, limits.textBytesMax)) {
      const n = room.marks.of(member.id, device).n + 1;
      const frame = { type: "post", room: room.name, device, n, text: part } as const;
      try {
        this.options.rooms.post(new Seat(room, member, outlet, room.log.head), frame);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.options.log.debug(`A text of the 2021 server was refused: ${error.code}`);
      }
    }
  }

  async #stranger(name: string): Promise<Member> {
    const known = this.#strangers.get(name);
    if (known !== undefined) return known;
    const { member } = await this.options.members.enterKeyless(nameLike(name));
    this.#strangers.set(name, member);
    return member;
  }
}

/** One member's way from a room to the server: a cursor over the room, which waits while the server takes nothing. */
class Outlet extends EntrySink implements LegacyEvents {
  readonly room: Room;
  readonly #member: Member;
  #link: LegacyLink;
  #seat: Seat | undefined;
  #isIn = false;
  /** Whether the room knows that the server does not answer. */
  #isLost = false;
  #retry: Timer | undefined;
  isOpen = true;

  constructor(
    private readonly gateway: Gateway,
    { room, member }: Seat,
  ) {
    super();
    this.room = room;
    this.#member = member;
    this.#link = this.#connect();
    const { epoch, log, name } = room;
    gateway.options.rooms.join(member, this, { type: "join", room: name, epoch, after: log.head }).then(
      (seat) => this.#sit(seat),
      (cause) => gateway.options.log.error("A room could not be joined with the 2021 server", cause),
    );
  }

  /** The name under which it is on the server. */
  get user(): string {
    return userOf(this.#link.user);
  }

  get isIn(): boolean {
    return this.#isIn;
  }

  get isFull(): boolean {
    if (!this.#link.isFree) return true;
    if (this.#member.name === this.#link.user) return false;
    // The server knows no new names: we come again under ours.
    this.#link.cut();
    this.#link = this.#connect();
    return true;
  }

  close(): void {
    this.isOpen = false;
    clearTimeout(this.#retry);
    this.#link.cut();
    if (this.#seat !== undefined) this.gateway.options.rooms.leave(this.#seat);
  }

  /** Frames for this connection alone concern nobody. */
  send(): void {}

  protected take(entry: RelayFrames["entry"]): void {
    if (entry.member !== this.#member.wireId || entry.kind !== "message") return;
    this.#link.text(entry.text);
  }

  received(event: ServerEvent): void {
    if (event.is === "in") {
      this.#isIn = true;
      this.#isLost = false;
      this.#tell(event.isNew ? createdWord : welcomeWord);
    } else if (event.is === "text") {
      const name = event.name ?? serverName;
      if (!this.gateway.isHeardElsewhere(this, name)) this.gateway.heard(this, name, event.text);
    }
  }

  free(): void {
    if (this.#seat !== undefined) this.gateway.options.rooms.pump(this.#seat);
  }

  ended(): void {
    if (!this.#isLost) this.#tell("The server does not answer: what you write waits here until it does");
    this.#isIn = false;
    this.#isLost = true;
    this.#retry = setTimeout(() => {
      this.#link = this.#connect();
    }, retryMs);
  }

  #connect(): LegacyLink {
    const { target, pacer, log } = this.gateway.options;
    return new LegacyLink(target, this.#member.name, this.room.name, this, pacer, log);
  }

  #sit(seat: Seat): void {
    this.#seat = seat;
    if (this.isOpen) this.free();
    else this.gateway.options.rooms.leave(seat);
  }

  #tell(text: string): void {
    if (!this.gateway.isHeardElsewhere(this, serverName)) this.gateway.heard(this, serverName, text);
  }
}

/** A name as this program's relay takes it. */
function nameLike(raw: string): string {
  if (checkName(raw).ok) return raw;
  const visible = raw.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "").trim();
  return [...visible].slice(0, limits.nameCharsMax).join("") || "somebody";
}
