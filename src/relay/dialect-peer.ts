import type { Socket } from "bun";
import { ChatReader } from "../wire/dialect-2021/chat.ts";
import type { ChatEvent } from "../wire/dialect-2021/chat-event.ts";
import { type LoginOutcome, LoginReader } from "../wire/dialect-2021/login.ts";
import type { Pacer } from "../wire/dialect-2021/pacer.ts";
import type { Fault } from "../wire/errors.ts";
import type { Common } from "./common.ts";
import { DialectSession } from "./dialect-session.ts";
import { DialectSink } from "./dialect-sink.ts";
import type { Caller, Timing } from "./peer.ts";

type Phase =
  | { phase: "login"; reader: LoginReader }
  /** Being let in; what comes meanwhile waits in the socket. */
  | { phase: "entering"; reads: Read[] }
  | { phase: "chat"; reader: ChatReader }
  /** Told why, and about to be reset. */
  | { phase: "ended" };

type Read = { bytes: Uint8Array; at: number };

/** How long a last message is given to get its slot, and to be read, before the reset. */
const lastMessageMs = 400;
/** What a member may send ahead of its rate; then TCP makes it wait. Not sooner: texts that wait there run together. */
const aheadBytesMax = 64 * 1024;

/** A socket whose first byte said that a 2021 client speaks, or something that is none of ours. */
export class DialectPeer implements Caller {
  readonly isSilent = false;
  readonly #sink: DialectSink;
  readonly #session: DialectSession;
  readonly #startedAt: number;
  #phase: Phase = { phase: "login", reader: new LoginReader() };
  /** What was read and has to wait, because the member sends faster than the server takes messages. */
  #ahead: ChatEvent[] = [];
  #aheadBytes = 0;
  #isWaiting = false;
  #isPaused = false;
  #settling: Timer | undefined;

  constructor(
    private readonly socket: Pick<Socket, "write" | "pause" | "resume" | "terminate">,
    common: Common,
    pacer: Pacer,
    private readonly now: () => number,
  ) {
    this.#sink = new DialectSink(
      socket,
      pacer,
      () => this.drop(),
      (sentence) => this.#refuse(sentence),
    );
    this.#session = new DialectSession(common, this.#sink, () => this.#goOn());
    this.#startedAt = now();
  }

  /** A person may still be typing, or nobody is there. */
  get isStranger(): boolean {
    return this.#phase.phase === "login";
  }

  get openedAt(): number {
    return this.#startedAt;
  }

  /** Bytes came. */
  read(bytes: Uint8Array): void {
    const phase = this.#phase;
    const at = this.now();
    if (phase.phase === "login") this.#loggedIn(phase.reader.push(bytes, at));
    else if (phase.phase === "entering") phase.reads.push({ bytes: bytes.slice(), at });
    else if (phase.phase === "chat") phase.reader.push(bytes, at);
    this.#plan();
  }

  /** The socket takes bytes again. */
  resume(): void {
    this.#sink.drain();
  }

  /** The socket is gone. */
  close(): void {
    // What was held back for more of it to come is all there is.
    if (this.#phase.phase === "chat") this.#phase.reader.settle(this.now());
    clearTimeout(this.#settling);
    this.#phase = { phase: "ended" };
    this.#sink.close();
    this.#session.end();
  }

  /** Frames that concern everybody mean nothing to this program. */
  tell(): void {}

  /** Ends the connection with a last message. */
  fail(fault: Fault): void {
    this.#refuse(fault.message);
  }

  /** Ends the connection at once, with a reset: after an orderly close the original client would spin. */
  drop(): void {
    this.#sink.close();
    this.socket.terminate();
  }

  /** Looks at the clock; called about once a second. */
  sweep(timing: Timing): void {
    const isLate = this.now() - this.#startedAt >= timing.firstByteMsMax;
    if (this.#phase.phase === "login" && isLate) this.drop();
  }

  #loggedIn(outcome: LoginOutcome | undefined): void {
    if (outcome === undefined) return;
    if (outcome.is === "noise") {
      this.#phase = { phase: "ended" };
      this.drop();
      return;
    }
    const { rest } = outcome;
    const reads = rest.length > 0 ? [{ bytes: rest, at: this.now() }] : [];
    this.#phase = { phase: "entering", reads };
    // Until there is somebody who could say it, nothing more is read.
    this.#pause(true);
    void this.#enter(outcome);
  }

  async #enter({ user, room, byLines }: LoginOutcome & { is: "login" }): Promise<void> {
    const problem = await this.#session.enter(user, room);
    if (this.#phase.phase !== "entering") return;
    const { reads } = this.#phase;
    if (problem !== undefined) {
      this.#refuse(problem);
      return;
    }
    const reader = new ChatReader((event) => this.#take(event), byLines);
    this.#phase = { phase: "chat", reader };
    for (const { bytes, at } of reads) reader.push(bytes, at);
    this.#restrain();
    this.#plan();
  }

  #take(event: ChatEvent): void {
    if (this.#isWaiting) {
      this.#ahead.push(event.is === "bytes" ? { is: "bytes", bytes: event.bytes.slice() } : event);
      this.#aheadBytes += lengthOf(event);
      this.#restrain();
      return;
    }
    switch (event.is) {
      case "text":
        this.#post(event.text);
        return;
      case "garbled":
        this.#sink.notice("Not sent: it is not text");
        return;
      case "file":
        this.#beginFile(event);
        return;
      case "bytes":
        this.#takeBytes(event.bytes);
        return;
      case "end":
        this.#session.endFile();
    }
  }

  #beginFile(event: ChatEvent & { is: "file" }): void {
    const ms = this.#session.beginFile(event.name, event.size);
    if (ms !== undefined) this.#hold(event, ms);
  }

  #takeBytes(bytes: Uint8Array): void {
    const taken = this.#session.takeBytes(bytes);
    if (taken < bytes.length) this.#hold({ is: "bytes", bytes: bytes.subarray(taken) });
  }

  #post(text: string): void {
    const left = this.#session.post(text);
    if (left === undefined) return;
    this.#hold({ is: "text", text: left.rest }, left.ms);
  }

  /** Lets an event wait, and all that come behind it: for some time, or until the session is free. */
  #hold(event: ChatEvent, ms?: number): void {
    this.#isWaiting = true;
    this.#take(event);
    if (ms !== undefined) setTimeout(() => this.#goOn(), ms);
  }

  /** Takes what had to wait, as far as it goes. */
  #goOn(): void {
    const ahead = this.#ahead;
    this.#ahead = [];
    this.#aheadBytes = 0;
    this.#isWaiting = false;
    for (const event of ahead) this.#take(event);
    this.#restrain();
  }

  #restrain(): void {
    this.#pause(this.#aheadBytes > aheadBytesMax);
  }

  #pause(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.socket.pause();
    else this.socket.resume();
  }

  /** Looks again when a message that may have been cut should be whole. */
  #plan(): void {
    clearTimeout(this.#settling);
    const phase = this.#phase;
    if (phase.phase !== "login" && phase.phase !== "chat") return;
    const { settleAt } = phase.reader;
    if (settleAt === undefined) return;
    this.#settling = setTimeout(() => this.#settle(), Math.max(0, Math.ceil(settleAt - this.now())));
  }

  #settle(): void {
    const phase = this.#phase;
    if (phase.phase === "login") this.#loggedIn(phase.reader.settle(this.now()));
    else if (phase.phase === "chat") phase.reader.settle(this.now());
    this.#plan();
  }

  #refuse(sentence: string): void {
    if (this.#phase.phase === "ended") return;
    this.#phase = { phase: "ended" };
    this.#session.end();
    if (this.#sink.part(sentence)) setTimeout(() => this.drop(), lastMessageMs);
    else this.drop();
  }
}

function lengthOf(event: ChatEvent): number {
  if (event.is === "bytes") return event.bytes.length;
  return event.is === "text" ? event.text.length : 0;
}
