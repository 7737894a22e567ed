import type { Member } from "../room/member.ts";
import type { Seat } from "../room/seat.ts";
import type { ClientFrame, ClientFrames } from "../wire/client-frames.ts";
import { memberNumber } from "../wire/direct.ts";
import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import type { Common } from "./common.ts";
import type { Entered } from "./handshake.ts";
import type { Outbox } from "./outbox.ts";
import { handleRoomRequest, isRoomRequest } from "./room-requests.ts";

/** What a page that waits costs, with its cursor, its answer and the request behind it. */
const pageChars = 1024;

/** What a member asks on one connection, and the seats that it has there. */
export class MemberRequests {
  readonly #seats = new Map<string, Seat>();
  readonly #member: Member;
  readonly #key: string;
  #isOver = false;

  constructor(
    private readonly common: Common,
    private readonly outbox: Outbox,
    { member, key }: Entered,
    /** Of the other side: wrong room keys and boxes are counted for it. */
    private readonly address: string | undefined,
  ) {
    this.#member = member;
    this.#key = key;
  }

  /** Welcomes the member, and lets others know. */
  begin(helloId: number | undefined): void {
    const { rooms, members, serverId } = this.common;
    const member = this.#member;
    this.#send("welcome", helloId, {
      member: member.wireId,
      name: member.name,
      isHost: member.isHost,
      server: serverId,
      rate: members.ratePerSecond,
    });
    if (rooms.isFull) this.outbox.send({ type: "storage", isFull: true });
    rooms.directs.enter(member.id, this.outbox);
    rooms.renamed(member);
  }

  /** Characters that pages of history cost which wait for their reader. */
  get waiting(): number {
    let pages = 0;
    for (const seat of this.#seats.values()) pages += seat.pagesWaiting;
    return pages * pageChars;
  }

  /** The socket takes bytes again. */
  resume(): void {
    for (const seat of this.#seats.values()) {
      if (this.outbox.isFull) return;
      this.common.rooms.pump(seat);
    }
  }

  /** The connection is over. */
  end(): void {
    const { rooms, members } = this.common;
    this.#isOver = true;
    for (const seat of new Set(this.#seats.values())) rooms.leave(seat);
    this.#seats.clear();
    rooms.directs.exit(this.#member.id, this.outbox);
    members.exit(this.#key, this.#member);
  }

  /**
   * Does what a frame asks, and answers it; a promise where that takes its time.
   *
   * @throws {Refusal} what the document says of the frame.
   * @throws {StorageFull}
   */
  handle(frame: ClientFrame): Promise<void> | undefined {
    const { rooms, members, fileRequests, carries } = this.common;
    const member = this.#member;
    if (isCounted(frame)) members.checkRequest(member);
    if (isRoomRequest(frame)) return handleRoomRequest(rooms, member, this.outbox, frame);
    switch (frame.type) {
      case "post":
        this.#post(frame);
        return undefined;
      case "typing":
        rooms.typing(this.#seat(frame.room));
        return undefined;
      case "history":
        rooms.history(this.#seat(frame.room), frame);
        return undefined;
      case "join":
        return this.#join(frame);
      case "direct":
        return this.#direct(frame);
      case "offer":
        fileRequests.offer(this.#seat(frame.room, frame), frame);
        return undefined;
      case "ticket":
        fileRequests.ticket(this.#seat(frame.room), frame);
        return undefined;
      case "cancel":
        return fileRequests.cancel(this.#seat(frame.room), frame);
      case "leave":
        this.#leave(this.#seat(frame.room));
        this.#send("ok", frame.id, {});
        return undefined;
      case "rename":
        return members.rename(this.#key, frame.name).then(() => {
          rooms.renamed(member);
          this.#send("ok", frame.id, { name: member.name });
        });
      case "host":
        return this.#host(frame);
      case "free":
        return members.free(member, frame.name).then(() => this.#send("ok", frame.id, {}));
      case "carry": {
        const code = carries.put(member.id, frame.box, this.address);
        this.#send("carried", frame.id, { code, expiresMs: limits.boxMsMax });
        return undefined;
      }
      case "ping":
        this.outbox.send({ type: "pong" });
        return undefined;
      case "pong":
        return undefined;
      case "hello":
        throw new Refusal(
          "unknown-type",
          'Send "hello" once: this connection has a member already, "rename" changes its name',
        );
      case "take":
        throw new Refusal(
          "unknown-type",
          'Send "take" in place of "hello": this connection has a member already',
        );
    }
  }

  #post(frame: ClientFrames["post"]): void {
    const seat = this.#seat(frame.room, frame);
    try {
      this.common.rooms.post(seat, frame);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { device, n } = frame;
      throw new Refusal(error.code, error.message, { room: seat.room.name, device, n, ...error.details });
    }
  }

  async #join(frame: ClientFrames["join"]): Promise<void> {
    const { rooms } = this.common;
    for (const [name, seat] of this.#seats) if (seat.isOver) this.#seats.delete(name);
    if (this.#seats.size >= limits.roomsPerConnectionMax && !this.#seats.has(frame.room)) {
      throw new Refusal(
        "rooms-too-many",
        `Leave a room first: a connection may be in ${limits.roomsPerConnectionMax}`,
      );
    }
    const seat = await rooms.join(this.#member, this.outbox, { ...frame, address: this.address });
    if (this.#isOver) {
      rooms.leave(seat);
      return;
    }
    const before = this.#seats.get(seat.room.name);
    this.#seats.set(seat.room.name, seat);
    if (before !== undefined) rooms.leave(before);
    this.common.fileRequests.tellProgress(seat);
  }

  async #direct({ id, member: other }: ClientFrames["direct"]): Promise<void> {
    const room = this.common.rooms.directs.roomOf(this.#member.id, memberNumber(other) ?? 0);
    await this.#join({ type: "join", room, ...(id === undefined ? {} : { id }) });
  }

  async #host(frame: ClientFrames["host"]): Promise<void> {
    if (!this.common.hostSecrets.use(frame.secret)) {
      throw new Refusal(
        "secret-wrong",
        "Open the start address that the server printed: this secret is not its secret",
      );
    }
    await this.common.members.makeHost(this.#member);
    this.#send("ok", frame.id, {});
  }

  #leave(seat: Seat): void {
    this.#seats.delete(seat.room.name);
    this.common.rooms.leave(seat);
  }

  #seat(room: string, post?: { device: string; n: number }): Seat {
    const seat = this.#seats.get(room);
    if (seat !== undefined && !seat.isOver) return seat;
    const details = post === undefined ? {} : { device: post.device, n: post.n };
    throw new Refusal(
      "not-joined",
      `Join "${room}" first, and spell it as "joined" does: you are not in it`,
      {
        room,
        ...details,
      },
    );
  }

  #send(type: string, id: number | undefined, fields: object): void {
    this.outbox.send({ type, ...(id === undefined ? {} : { id }), ...fields });
  }
}

/** Whether a frame makes the relay look things up; what it has to keep counts as a message. */
function isCounted({ type }: ClientFrame): boolean {
  return type === "join" || type === "direct" || type === "lobby" || type === "about";
}
