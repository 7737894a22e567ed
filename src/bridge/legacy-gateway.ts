import type { Files } from "../room/files.ts";
import type { Member } from "../room/member.ts";
import type { Members } from "../room/members.ts";
import type { Room } from "../room/room.ts";
import type { Rooms } from "../room/rooms.ts";
import { Seat } from "../room/seat.ts";
import type { Pacer } from "../wire/dialect-2021/pacer.ts";
import { cutText } from "../wire/dialect-2021/pieces.ts";
import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import { checkName } from "../wire/names.ts";
import type { Target } from "./address.ts";
import type { Log } from "./control.ts";
import { Outlet } from "./legacy-outlet.ts";

/** What the gateway stands on: a relay of this program, and where the server of 2021 is. */
export type GatewayOptions = {
  rooms: Rooms;
  members: Members;
  files: Files;
  target: Target;
  pacer: Pacer;
  log: Log;
};

/** A member that stands for somebody on the server posts from this one device. */
const device = "2021";
/** And from this one it offers files. */
const fileDevice = "2021-files";

/**
 * Joins the rooms of this program's relay with those of a server of 2021.
 *
 * For each member in a room it is a client of that server in the room of the same id, under the member's name. What
 * the member posts or uploads goes there; what others say or send there is posted here under their names. So the
 * page, its bridge and the relay work as ever; the relay's log and files are kept only while the program runs.
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

  /**
   * Offers what somebody on the server sends.
   *
   * @returns  The file's id, once its bytes may be put.
   */
  offered(outlet: Outlet, name: string, file: { name: string; size: number }): Promise<string> {
    const offered = this.#turn.then(async () => {
      const member = await this.#stranger(name);
      return this.options.files.begin(outlet.room, member, fileDevice, file);
    });
    this.#turn = offered.catch(() => {});
    return offered;
  }

  /** Whether somebody's words come from here, or will be heard through another member of the room. */
  isHeardElsewhere(outlet: Outlet, name: string): boolean {
    const inRoom = this.#inRoom(outlet.room);
    // The server sends nobody their own words: whoever has the name of this one is somebody else.
    const isOurs = inRoom.some((each) => each !== outlet && each.user === name);
    return isOurs || (inRoom.find((each) => each.isIn) ?? inRoom[0]) !== outlet;
  }

  /**
   * Whether nothing may be written to a room of the server, because a file is on its way through it: the server
   * passes on whatever comes, into the middle of the file as well.
   */
  isTaken(outlet: Outlet): boolean {
    return this.#inRoom(outlet.room).some((each) => each.isReceiving || (each !== outlet && each.isSending));
  }

  /** A file is through: the members of its room may write again. */
  freed(room: Room): void {
    for (const outlet of this.#inRoom(room)) outlet.free();
  }

  /** The names under which this program is in a room of the server. */
  usersIn(room: Room): string[] {
    return this.#inRoom(room).map((outlet) => outlet.user);
  }

  #inRoom(room: Room): Outlet[] {
    return [...this.#outlets.values()].map(({ outlet }) => outlet).filter((outlet) => outlet.room === room);
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
        this.options.log.warn(`A text of the 2021 server was refused: ${error.code}`);
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

/** A name as this program's relay takes it. */
function nameLike(raw: string): string {
  if (checkName(raw).ok) return raw;
  const visible = raw.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "").trim();
  return [...visible].slice(0, limits.nameCharsMax).join("") || "somebody";
}
