import type { Socket } from "bun";
import type { JsonObject } from "../wire/decode.ts";
import { Fault } from "../wire/errors.ts";
import { LineSplitter } from "../wire/lines.ts";
import type { Common } from "./common.ts";
import { readDirectly } from "./direct-read.ts";
import { Outbox } from "./outbox.ts";
import { Session, type SessionOwner } from "./session.ts";
import { Transfer, type TransferCommon } from "./transfer.ts";

/** Milliseconds after which a connection is spoken to, or let go: `limits`, unless a test cannot wait. */
export type Timing = {
  helloMsMax: number;
  pingAfterMs: number;
  silenceMsMax: number;
  firstByteMsMax: number;
  /** How long somebody may stay unknown before they count for `silentConnectionsMax`; 10 s when absent. */
  silentAfterMs?: number;
};

/** How often the clock is looked at. */
export const sweepMs = 1_000;
const LF = 0x0a;

/** A connection of either dialect, as the relay sees it. */
export interface Caller {
  /** Whether it has not sent a byte yet. */
  readonly isSilent: boolean;
  /** Whether it may go on for minutes without saying who it is. */
  readonly isStranger: boolean;
  readonly openedAt: number;
  /** Bytes came. */
  read(bytes: Uint8Array): void;
  /** The socket takes bytes again. */
  resume(): void;
  /** The socket is gone. @param isClean  Whether the other side ended it, and was not just lost. */
  close(isClean: boolean): void;
  /** Sends a frame, once it is a member's. */
  tell(frame: object): void;
  /** Ends the connection with a last word. */
  fail(fault: Fault): void;
  /** Ends the connection without a word. */
  drop(): void;
  /** Looks at the clock; called about once a second. */
  sweep(timing: Timing): void;
}

/** Characters waiting to be sent on one connection, or requests to be handled, before no more are read. */
const waitingMax = 256 * 1024;
/** A peer that does not take its last frame within this time is let go without it. */
const lastFrameMsMax = 5_000;

/** The socket of a connection, and who serves it; undefined once that is another's business. */
export type PeerSocket = Socket<Caller | undefined>;

/**
 * How far TLS is. A connection that goes over to it is another peer's from there on: the one outside is "promised",
 * the one inside begins as "shaking" hands.
 */
type Security = "plain" | "promised" | "shaking" | "tls";

/** What a peer stands on. */
export type PeerParts = {
  common: Common & TransferCommon;
  now: () => number;
  /** Begins TLS on the socket of a peer. @param speaksSince  When the connection's first byte came. */
  toTls(socket: PeerSocket, speaksSince: number): void;
};

/** A socket of the relay, its native session, and what the clock has to know about it. */
export class Peer implements Caller, SessionOwner {
  readonly #outbox: Outbox;
  readonly #session: Session;
  /** Once the connection is one of transfers, in place of the session. */
  #transfer: Transfer | undefined;
  readonly #splitter = new LineSplitter();
  readonly #openedAt: number;
  #speaksSince: number | undefined;
  #heardAt: number;
  #pingedAt: number | undefined;
  #isPaused = false;
  #isBroken = false;
  #endedAt: number | undefined;
  #security: Security;
  private readonly now: () => number;

  /** @param speaksSince  Of a peer inside TLS: when the first byte of the connection came. */
  constructor(
    private readonly socket: PeerSocket,
    private readonly parts: PeerParts,
    speaksSince?: number,
  ) {
    const { common, now } = parts;
    this.now = now;
    this.#outbox = new Outbox(socket);
    this.#session = new Session(common, this.#outbox, this, socket.remoteAddress);
    this.#speaksSince = speaksSince;
    this.#security = speaksSince === undefined ? "plain" : "shaking";
    this.#openedAt = this.#heardAt = now();
  }

  toTransfer(frame: JsonObject): void {
    const { socket } = this;
    // Inside TLS the socket has other bytes than the file.
    const readInto = (memory: Uint8Array) => (this.#security === "plain" ? readDirectly(socket, memory) : 0);
    this.#transfer = new Transfer(this.parts.common, this.#outbox, socket, readInto);
    this.#transfer.begin(frame);
  }

  toTls(): void {
    this.#security = "promised";
  }

  rested(): void {
    this.#restrain();
  }

  /** The handshake of TLS is done: the relay speaks first. */
  secured(): void {
    if (this.#security !== "shaking") return;
    this.#security = "tls";
    this.#session.challenge(this.parts.common.fingerprint ?? null);
  }

  /** Whether it has not sent a byte yet. */
  get isSilent(): boolean {
    return this.#speaksSince === undefined;
  }

  /** Once it has spoken it has to say hello soon. */
  get isStranger(): boolean {
    return this.isSilent;
  }

  get openedAt(): number {
    return this.#openedAt;
  }

  /** Bytes came. */
  read(bytes: Uint8Array): void {
    this.#heardAt = this.now();
    this.#pingedAt = undefined;
    this.#speaksSince ??= this.#heardAt;
    if (this.#isBroken) return;
    this.#session.beginTurn();
    let rest = bytes;
    // Line by line until it is known what the connection is for: what stands behind a `put` is no line.
    while (rest.length > 0 && !this.#session.isMember && this.#transfer === undefined && !this.#isBroken) {
      const end = rest.indexOf(LF) + 1 || rest.length;
      this.#takeLines(rest.subarray(0, end));
      rest = rest.subarray(end);
      if (this.#security === "promised") {
        this.#beginTls(rest);
        return;
      }
    }
    if (this.#transfer !== undefined) {
      this.#transfer.read(rest);
      return;
    }
    if (rest.length > 0 && !this.#isBroken) this.#takeLines(rest);
    this.#restrain();
  }

  /** The socket takes bytes again. */
  resume(): void {
    if (this.#transfer !== undefined) {
      this.#transfer.resume();
      return;
    }
    this.#session.resume();
    this.#restrain();
  }

  /** The socket is gone. @param isClean  Whether the other side ended it, and was not just lost. */
  close(isClean: boolean): void {
    this.#outbox.close();
    this.#session.close();
    this.#transfer?.closed(isClean);
  }

  /** Sends a frame, once it is a member's. */
  tell(frame: object): void {
    if (this.#session.isMember) this.#outbox.send(frame);
  }

  /** Ends the connection with an error frame. */
  fail(fault: Fault): void {
    // Nothing can be said inside TLS before its handshake is done, and nothing outside of it any more.
    if (this.#security === "shaking") this.drop();
    else (this.#transfer ?? this.#session).fail(fault);
  }

  /** Ends the connection without a word, as towards somebody who speaks something else. */
  drop(): void {
    this.#outbox.close();
    this.socket.terminate();
  }

  /** Looks at the clock; called every `sweepMs`. */
  sweep(timing: Timing): void {
    const now = this.now();
    if (this.#isPaused) this.#restrain();
    if ((this.#transfer ?? this.#session).isEnded) {
      // It had time to take its last frame.
      this.#endedAt ??= now;
      if (now - this.#endedAt >= lastFrameMsMax) this.drop();
      return;
    }
    if (this.#speaksSince === undefined) {
      if (now - this.#openedAt >= timing.firstByteMsMax) this.drop();
      return;
    }
    if (this.#transfer !== undefined) {
      if (!this.#transfer.isTrusted && now - this.#speaksSince >= timing.helloMsMax) {
        this.fail(
          new Fault("hello-late", "Connect again and show a ticket sooner: no good one came in time"),
        );
        return;
      }
      // While bytes flow, or the other side's are awaited, who is silent for how long is the file's business.
      if (!this.#transfer.isIdle) this.#heardAt = now;
      else if (now - this.#heardAt >= timing.silenceMsMax) this.fail(silence());
      return;
    }
    if (!this.#session.isMember && now - this.#speaksSince >= timing.helloMsMax) {
      this.fail(new Fault("hello-late", "Connect again and send the hello sooner: it did not come in time"));
      return;
    }
    const silentMs = now - this.#heardAt;
    if (this.#pingedAt === undefined) {
      if (silentMs < timing.pingAfterMs) return;
      this.#pingedAt = now;
      this.#outbox.send({ type: "ping" });
      return;
    }
    // Not by the silence alone: while this process was stopped, or its machine asleep, nobody could be heard.
    const patienceMs = (timing.silenceMsMax - timing.pingAfterMs) / 2;
    // At the last look that surely comes before the time is up: the next one may be a moment late.
    if (silentMs > timing.silenceMsMax - 1.5 * sweepMs && now - this.#pingedAt >= patienceMs) {
      this.fail(silence());
      // Somebody who vanished takes no last frame.
      this.drop();
    }
  }

  /** @param rest  What came behind the prelude: it was read as plain, and cannot be given to TLS any more. */
  #beginTls(rest: Uint8Array): void {
    if (rest.length > 0) {
      this.fail(
        new Fault("handshake-expected", "Wait for the answer to the prelude: TLS begins only behind it"),
      );
      return;
    }
    this.#outbox.flush();
    // A new socket takes 200 bytes; one that does not is not worth waiting for.
    if (this.#outbox.isFull) this.drop();
    else this.parts.toTls(this.socket, this.#speaksSince ?? this.#openedAt);
  }

  #takeLines(bytes: Uint8Array): void {
    try {
      this.#splitter.push(bytes, (line) => this.#session.take(line));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#isBroken = true;
      this.#session.take(error);
    }
  }

  /** Reads no further requests while the answers to the last ones wait. */
  #restrain(): void {
    const isTooMuch = this.#session.isBehind || this.#outbox.waiting + this.#session.waiting > waitingMax;
    if (isTooMuch === this.#isPaused) return;
    this.#isPaused = isTooMuch;
    if (isTooMuch) this.socket.pause();
    else this.socket.resume();
  }
}

function silence(): Fault {
  return new Fault("silence", "Connect again and answer pings: nothing has come for too long");
}
