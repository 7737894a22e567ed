import { timingSafeEqual } from "node:crypto";
import type { Files } from "../room/files.ts";
import type { Member } from "../room/member.ts";
import type { Members } from "../room/members.ts";
import type { Rooms } from "../room/rooms.ts";
import type { Seat } from "../room/seat.ts";
import { StorageBroken, StorageFull } from "../room/storage-errors.ts";
import type { ClientFrame, ClientFrames } from "../wire/client-frames.ts";
import {
  checkClientFrame,
  checkFields,
  isTransfer,
  type JsonObject,
  parseLine,
  requestId,
} from "../wire/decode.ts";
import { memberNumber } from "../wire/direct.ts";
import { Fault, Refusal } from "../wire/errors.ts";
import { limits, wireVersion } from "../wire/limits.ts";
import { type Challenge, type PreludeAnswer, preludeSchema } from "../wire/prelude.ts";
import { errorFrame } from "../wire/relay-frames.ts";
import type { Carries } from "./carries.ts";
import type { FileRequests } from "./file-requests.ts";
import type { RelayLog } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import { handleRoomRequest, isRoomRequest } from "./room-requests.ts";
import { isAnswer } from "./signature.ts";

/** What the sessions of a relay have in common. */
export type Common = {
  rooms: Rooms;
  members: Members;
  serverId: string;
  hostSecret: string;
  /** Name and version of the program. */
  program: string;
  log: RelayLog;
  files: Files;
  fileRequests: FileRequests;
  carries: Carries;
  /** Of its certificate; absent where it has none, and speaks plain to everybody. */
  fingerprint?: string;
};

/** Where a session hands its connection over. */
export type Handover = {
  /** It is one of transfers, as its first frame says. */
  toTransfer(frame: JsonObject): void;
  /** TLS begins, now that the answer is sent; what follows inside it is another session. */
  toTls(): void;
};

/** What a page that waits costs, with its cursor, its answer and the request behind it. */
const pageChars = 1024;

type State =
  | { state: "prelude" }
  /** TLS was promised: what follows outside of it is nothing. */
  | { state: "left" }
  | { state: "challenged"; challenge: Challenge }
  | { state: "member"; member: Member; key: string }
  | { state: "ended" };

/**
 * One native connection, from the prelude to its end.
 *
 * Lines are handled strictly one after the other, also where an answer takes its time: whoever sends `join` and
 * `post` in one go means this order.
 */
export class Session {
  #state: State = { state: "prelude" };
  readonly #seats = new Map<string, Seat>();
  /** Lines behind one that takes its time; undefined while none does. */
  #waiting: (string | Fault)[] | undefined;
  #waitingChars = 0;
  #takesWrong = 0;

  constructor(
    private readonly common: Common,
    private readonly outbox: Outbox,
    private readonly handover: Handover,
    /** Of the other side: wrong room keys are counted for it. */
    private readonly address?: string,
  ) {}

  /** Whether the hello has been accepted. */
  get isMember(): boolean {
    return this.#state.state === "member";
  }

  get isEnded(): boolean {
    return this.#state.state === "ended";
  }

  /** Characters of lines that wait to be handled; a page that waits for its reader counts as many. */
  get waiting(): number {
    let pages = 0;
    for (const seat of this.#seats.values()) pages += seat.pagesWaiting;
    return this.#waitingChars + pages * pageChars;
  }

  /**
   * Begins behind the prelude: asks who is there.
   *
   * @param fingerprint  Of the certificate of this connection; null where it is plain.
   */
  challenge(fingerprint: string | null): void {
    const nonce = crypto.getRandomValues(Buffer.alloc(32)).toString("base64url");
    const challenge: Challenge = { type: "challenge", nonce, server: this.common.serverId, fingerprint };
    this.outbox.send(challenge);
    this.#state = { state: "challenged", challenge };
  }

  /** Takes a line, or the fault that ended the reading of lines. */
  take(line: string | Fault): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(line);
      this.#waitingChars += lengthOf(line);
      return;
    }
    const pending = this.#handle(line);
    if (pending === undefined) return;
    this.#waiting = [];
    void this.#afterwards(pending);
  }

  /** The socket takes bytes again. */
  resume(): void {
    this.outbox.flush();
    for (const seat of this.#seats.values()) {
      if (this.outbox.isFull) return;
      this.common.rooms.pump(seat);
    }
  }

  /** Answers with a last frame and ends the connection. */
  fail(fault: Fault, id?: number): void {
    if (this.#state.state === "ended") return;
    this.outbox.send(errorFrame(fault, id));
    this.outbox.end();
    this.end();
  }

  /** The connection is over, whoever ended it. */
  end(): void {
    const before = this.#state;
    this.#state = { state: "ended" };
    for (const seat of new Set(this.#seats.values())) this.common.rooms.leave(seat);
    this.#seats.clear();
    if (before.state !== "member") return;
    this.common.rooms.directs.exit(before.member.id, this.outbox);
    this.common.members.exit(before.key, before.member);
  }

  async #afterwards(pending: Promise<void>): Promise<void> {
    await pending;
    // `take` adds to the same list meanwhile.
    for (const line of this.#waiting ?? []) {
      this.#waitingChars -= lengthOf(line);
      await this.#handle(line);
    }
    this.#waiting = undefined;
  }

  /** Handles a line; a promise where that takes its time. Never throws: what is thrown inside becomes an answer. */
  #handle(line: string | Fault): Promise<void> | undefined {
    if (this.#state.state === "ended") return undefined;
    let frame: JsonObject | undefined;
    try {
      if (line instanceof Fault) throw line;
      frame = parseLine(line);
      const done = this.#dispatch(frame);
      if (done === undefined) return undefined;
      const id = requestId(frame);
      return done.catch((error) => this.#answer(error, id));
    } catch (error) {
      this.#answer(error, frame && requestId(frame));
      return undefined;
    }
  }

  #dispatch(frame: JsonObject): Promise<void> | undefined {
    const state = this.#state;
    switch (state.state) {
      case "prelude":
        this.#prelude(frame);
        return undefined;
      case "challenged":
        if (isTransfer(frame)) {
          this.#state = { state: "ended" };
          this.handover.toTransfer(frame);
          return undefined;
        }
        return frame.type === "take" ? this.#take(frame) : this.#hello(frame, state.challenge);
      case "member":
        return this.#member(checkClientFrame(frame), state.member, state.key);
      case "left":
      case "ended":
        return undefined;
    }
  }

  #prelude(frame: JsonObject): void {
    if (frame.type !== "prelude") {
      throw new Fault(
        "handshake-expected",
        'Begin with a frame of type "prelude": nothing else is taken before it',
      );
    }
    const { versions, transport: proposed } = checkHandshake(() =>
      checkFields(preludeSchema, frame, "prelude"),
    );
    if (!versions.includes(wireVersion)) {
      throw new Fault(
        "version-unsupported",
        `Use version ${wireVersion} of the wire: the relay speaks no other`,
      );
    }
    const { serverId, program, fingerprint = null } = this.common;
    const transport = fingerprint === null ? "plain" : proposed;
    const answer: PreludeAnswer = {
      type: "prelude",
      version: wireVersion,
      transport,
      server: serverId,
      fingerprint,
      program,
    };
    this.outbox.send(answer);
    if (transport === "plain") {
      this.challenge(null);
      return;
    }
    this.#state = { state: "left" };
    this.handover.toTls();
  }

  async #hello(frame: JsonObject, challenge: Challenge): Promise<void> {
    if (frame.type !== "hello") {
      throw new Fault(
        "handshake-expected",
        'Send a frame of type "hello" first: the challenge is not answered yet',
      );
    }
    const hello = checkHandshake(() => checkClientFrame(frame)) as ClientFrames["hello"];
    if (!isAnswer(challenge, hello.key, hello.signature)) {
      throw new Fault(
        "signature-wrong",
        "Sign the challenge of this connection with the key of this hello: the signature is of something else",
      );
    }
    const member = await this.common.members.enter(hello.key, hello.name, hello.keepsName);
    if (this.#state.state !== "challenged") {
      // The connection went while the name was being claimed.
      this.common.members.exit(hello.key, member);
      return;
    }
    this.#state = { state: "member", member, key: hello.key };
    this.#send("welcome", hello.id, {
      member: member.wireId,
      name: member.name,
      isHost: member.isHost,
      server: this.common.serverId,
      rate: this.common.members.ratePerSecond,
    });
    if (this.common.rooms.isFull) this.outbox.send({ type: "storage", isFull: true });
    this.common.rooms.directs.enter(member.id, this.outbox);
    this.common.rooms.renamed(member);
  }

  /** Gives a box out to somebody who is nobody yet: what is in it is who they will be. */
  async #take(frame: JsonObject): Promise<void> {
    const { carries, rooms } = this.common;
    const { id, code } = checkHandshake(() => checkClientFrame(frame)) as ClientFrames["take"];
    const taken = carries.take(code);
    if (taken !== undefined) {
      this.#send("box", id, { box: taken.box });
      rooms.directs.tell(taken.memberId, { type: "taken", code });
      return;
    }
    this.#takesWrong += 1;
    if (this.#takesWrong > limits.takesWrongMax) {
      throw new Fault("take-tries", "Make another link: too many codes of this connection were wrong");
    }
    // Nobody finds 16 bytes by trying; nobody shall try fast, either.
    await new Promise((resolve) => setTimeout(resolve, limits.takeWrongMs));
    throw new Refusal(
      "carry-gone",
      "Make another link: this one was used, its time is over, or there is none like it",
    );
  }

  #member(frame: ClientFrame, member: Member, key: string): Promise<void> | undefined {
    const { rooms, members, fileRequests } = this.common;
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
        return this.#join(frame, member);
      case "direct":
        return this.#direct(frame, member);
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
        return members.rename(key, frame.name).then(() => {
          rooms.renamed(member);
          this.#send("ok", frame.id, { name: member.name });
        });
      case "host":
        return this.#host(frame, member);
      case "free":
        return members.free(member, frame.name).then(() => this.#send("ok", frame.id, {}));
      case "carry": {
        const code = this.common.carries.put(member.id, frame.box);
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

  async #join(frame: ClientFrames["join"], member: Member): Promise<void> {
    const { rooms } = this.common;
    for (const [name, seat] of this.#seats) if (seat.isOver) this.#seats.delete(name);
    if (this.#seats.size >= limits.roomsPerConnectionMax && !this.#seats.has(frame.room)) {
      throw new Refusal(
        "rooms-too-many",
        `Leave a room first: a connection may be in ${limits.roomsPerConnectionMax}`,
      );
    }
    const seat = await rooms.join(member, this.outbox, { ...frame, address: this.address });
    if (this.#state.state !== "member") {
      rooms.leave(seat);
      return;
    }
    const before = this.#seats.get(seat.room.name);
    this.#seats.set(seat.room.name, seat);
    if (before !== undefined) rooms.leave(before);
    this.common.fileRequests.tellProgress(seat);
  }

  async #direct({ id, member: other }: ClientFrames["direct"], member: Member): Promise<void> {
    const room = this.common.rooms.directs.roomOf(member.id, memberNumber(other) ?? 0);
    await this.#join({ type: "join", room, ...(id === undefined ? {} : { id }) }, member);
  }

  async #host(frame: ClientFrames["host"], member: Member): Promise<void> {
    // Both are 43 characters of base64url, so that the comparison takes the same time for all of them.
    if (!timingSafeEqual(Buffer.from(frame.secret), Buffer.from(this.common.hostSecret))) {
      throw new Refusal(
        "secret-wrong",
        "Open the start address that the server printed: this secret is not its secret",
      );
    }
    await this.common.members.makeHost(member);
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

  #answer(error: unknown, id: number | undefined): void {
    if (error instanceof StorageBroken) this.common.rooms.break(error);
    if (error instanceof StorageFull) {
      const refusal = new Refusal("storage-full", "Try again later: the disk of the server is full");
      this.outbox.send(errorFrame(refusal, id));
    } else if (error instanceof Refusal) {
      this.outbox.send(errorFrame(error, id));
    } else if (error instanceof Fault) {
      this.fail(error, id);
    } else {
      this.common.log.error("A bug in a session", error);
      this.fail(new Fault("internal", "Connect again: the relay could not handle this frame"), id);
    }
  }
}

function lengthOf(line: string | Fault): number {
  return line instanceof Fault ? 0 : line.length;
}

/** Before the hello is accepted a frame with wrong fields is a fault: there is nobody yet to go on with. */
function checkHandshake<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof Refusal ? new Fault("handshake-expected", error.message) : error;
  }
}
