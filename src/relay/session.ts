import { StorageBroken, StorageFull } from "../room/storage-errors.ts";
import { checkClientFrame, type JsonObject, parseLine, requestId } from "../wire/decode.ts";
import { Fault, Refusal } from "../wire/errors.ts";
import { errorFrame } from "../wire/relay-frames.ts";
import type { Common } from "./common.ts";
import { type Entered, type Handover, Handshake } from "./handshake.ts";
import { MemberRequests } from "./member-requests.ts";
import type { Outbox } from "./outbox.ts";
import { Turn } from "./turn.ts";

/** Whose a session is. */
export interface SessionOwner extends Handover {
  /** No line waits any more. */
  rested(): void;
}

type State =
  | { state: "handshake"; handshake: Handshake }
  | { state: "member"; requests: MemberRequests }
  | { state: "ended" };

/**
 * One native connection, from the prelude to its end.
 *
 * Lines are handled strictly one after the other, also where an answer takes its time: whoever sends `join` and
 * `post` in one go means this order.
 */
export class Session implements Handover {
  #state: State;
  /** Lines behind one that takes its time; undefined while none does. */
  #waiting: (string | Fault)[] | undefined;
  #waitingChars = 0;
  /** Lines wait because others had to have their turn: no further ones are to be read meanwhile. */
  #isBehind = false;
  /** The socket is gone, and lines that came before wait. */
  #isClosing = false;
  readonly #turn = new Turn();

  constructor(
    private readonly common: Common,
    private readonly outbox: Outbox,
    private readonly owner: SessionOwner,
    /** Of the other side. */
    private readonly address?: string,
  ) {
    this.#state = { state: "handshake", handshake: new Handshake(common, outbox, this) };
  }

  /** Whether the hello has been accepted. */
  get isMember(): boolean {
    return this.#state.state === "member";
  }

  get isEnded(): boolean {
    return this.#state.state === "ended";
  }

  /** Characters of lines that wait to be handled; a page that waits for its reader counts as many. */
  get waiting(): number {
    const pages = this.#state.state === "member" ? this.#state.requests.waiting : 0;
    return this.#waitingChars + pages;
  }

  get isBehind(): boolean {
    return this.#isBehind;
  }

  toTransfer(frame: JsonObject): void {
    this.#state = { state: "ended" };
    this.owner.toTransfer(frame);
  }

  toTls(): void {
    this.owner.toTls();
  }

  /** Begins behind the prelude. @param fingerprint  Of the certificate of this connection; null where it is plain. */
  challenge(fingerprint: string | null): void {
    if (this.#state.state === "handshake") this.#state.handshake.challenge(fingerprint);
  }

  /** Lines come, of one read. */
  beginTurn(): void {
    this.#turn.begin();
  }

  /** Takes a line, or the fault that ended the reading of lines. */
  take(line: string | Fault): void {
    // Before the hello what stands behind a line may be none, and is not to wait for others.
    if (this.#waiting === undefined && this.isMember && this.#turn.isOver) {
      this.#waiting = [];
      void this.#afterwards(this.#giveTurn());
    }
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
    if (this.#state.state === "member") this.#state.requests.resume();
  }

  /** Answers with a last frame and ends the connection. */
  fail(fault: Fault, id?: number): void {
    if (this.#state.state === "ended") return;
    this.outbox.send(errorFrame(fault, id));
    this.outbox.end();
    this.end();
  }

  /** The socket is gone: what a member said before is still handled. */
  close(): void {
    if (this.isMember && this.#waiting !== undefined) this.#isClosing = true;
    else this.end();
  }

  /** The connection is over, whoever ended it. */
  end(): void {
    const before = this.#state;
    this.#state = { state: "ended" };
    if (before.state === "member") before.requests.end();
  }

  async #afterwards(pending: Promise<void>): Promise<void> {
    await pending;
    // `take` adds to the list meanwhile; a new one each time, so that what is done does not stay.
    while (this.#waiting !== undefined && this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      for (const line of lines) {
        // Also where each answer is there at once: awaiting it lets nobody else in.
        if (this.#turn.isOver) await this.#giveTurn();
        this.#waitingChars -= lengthOf(line);
        await this.#handle(line);
      }
    }
    this.#waiting = undefined;
    this.#isBehind = false;
    if (this.#isClosing) this.end();
    else if (!this.isEnded) this.owner.rested();
  }

  #giveTurn(): Promise<void> {
    this.#isBehind = true;
    return this.#turn.next();
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
      case "handshake":
        return state.handshake.take(frame)?.then((entered) => entered && this.#enter(entered));
      case "member":
        return state.requests.handle(checkClientFrame(frame));
      case "ended":
        return undefined;
    }
  }

  #enter(entered: Entered): void {
    if (this.#state.state === "ended") {
      // The connection went while the name was being claimed.
      this.common.members.exit(entered.key, entered.member);
      return;
    }
    const requests = new MemberRequests(this.common, this.outbox, entered, this.address);
    this.#state = { state: "member", requests };
    requests.begin(entered.helloId);
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
