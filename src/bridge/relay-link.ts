import type { Socket } from "bun";
import type { CloseReason } from "../wire/closes.ts";
import { type PreludeAnswer, prelude, tlsPrelude } from "../wire/prelude.ts";
import { encodeFrame } from "../wire/relay-frames.ts";
import type { Target } from "./address.ts";
import type { Log } from "./control.ts";
import { type Introduced, Introduction } from "./introduction.ts";
import type { BridgeLimits } from "./limits.ts";
import { letGo } from "./memory.ts";
import { PreludeAnswerReader } from "./prelude-answer.ts";
import { fingerprintOf, tls } from "./tls.ts";
import type { Guard, Way } from "./trust.ts";

/** Why a link ended. */
export type LinkEnd = Extract<
  CloseReason,
  | "relay-unreachable"
  | "relay-closed"
  | "not-a-relay"
  | "version-unsupported"
  | "fingerprint-changed"
  | "not-encrypted"
>;

/** What a link tells; nothing any more after `ended`. */
export interface LinkEvents {
  /**
   * The relay agreed to the prelude, TLS is there if it was to be, and the relay is who it should be: what follows in
   * both directions is passed on unread.
   */
  opened(answer: PreludeAnswer): void;
  /** Bytes from the relay behind the prelude, or the error frame with which it refused the prelude. */
  received(bytes: Uint8Array): void;
  /** Everything that `write` kept is on its way. */
  drained(): void;
  /** Once, and last; not after `cut` or `end`. */
  ended(reason: LinkEnd): void;
  /** Once, and last, after `end`: the relay has read everything and ended as well, or never will. */
  closed?(): void;
}

/** How long a connection may be silent before the system asks the other one whether it is there. */
const keepAliveMs = 30_000;

type State =
  | "connecting"
  | "asking"
  /** TLS begins: nothing is said but its handshake. */
  | "securing"
  /** Inside TLS, until the relay's first line has come. */
  | "greeting"
  | "open"
  | "ending"
  | "ended";

/** One connection to the relay: it exchanges the prelude, goes over to TLS, and then carries bytes. */
export class RelayLink {
  #state: State = "connecting";
  #socket: Socket | undefined;
  #reader = new PreludeAnswerReader();
  /** Once TLS has begun: what is outside of it is told there as well, and is nothing to us. */
  #hasLeftPlain = false;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #timer: Timer | undefined;
  readonly #events: LinkEvents;
  readonly #limits: BridgeLimits;
  readonly #log: Log;
  readonly #guard: Guard | null;

  /** Starts to connect at once; events come later, never from within. */
  constructor({ target, guard }: Way, events: LinkEvents, limits: BridgeLimits, log: Log) {
    this.#guard = guard;
    this.#events = events;
    this.#limits = limits;
    this.#log = log;
    this.#timer = setTimeout(() => this.#end("relay-unreachable"), limits.connectMsMax);
    this.#connect(target);
  }

  /** Bytes that were written and are kept until the relay's socket takes them. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /**
   * Sends bytes, in order; what does not fit now, or comes before the prelude is done, is kept.
   *
   * @returns Whether all of it is on its way; if not, `drained` tells when it is.
   */
  write(bytes: Uint8Array): boolean {
    if (this.#state === "ending" || this.#state === "ended") return true;
    if (this.#state !== "open" || this.#waiting.length > 0) {
      this.#keep(bytes);
      return false;
    }
    const taken = this.#send(bytes);
    if (taken === bytes.length) return true;
    this.#keep(bytes.subarray(taken));
    return false;
  }

  /** Stops reading: TCP then stops the relay. While it lasts, the relay's end is not seen. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Ends the connection once everything that was written has gone; the sooner `cut` comes, the less that is. */
  end(): void {
    if (this.#state !== "open") {
      if (this.#state !== "ending" && this.#state !== "ended") this.#drop();
      return;
    }
    this.#state = "ending";
    // A relay that does not read gets no more time than it gets while a page waits.
    this.#timer = setTimeout(() => this.#drop(), this.#limits.pauseMsMax);
    this.resume();
    if (this.#waiting.length === 0) this.#socket?.end();
  }

  /** Drops the connection and what is still waiting, without `ended`. */
  cut(): void {
    this.#forget();
    this.#socket?.terminate();
  }

  #connect(target: Target): void {
    const connecting = Promise.try(() =>
      Bun.connect({
        hostname: target.host,
        port: target.port,
        socket: {
          open: (socket) => this.#connected(socket),
          data: (_, bytes) => {
            // What TLS takes from the wire is handed out here once more, a copy that nobody wants.
            if (this.#hasLeftPlain) letGo(bytes);
            else this.#received(bytes);
          },
          drain: () => {
            if (!this.#hasLeftPlain) this.#drain();
          },
          close: () => {
            if (!this.#hasLeftPlain) this.#end(this.#reasonOfClose());
          },
          // An exception in a handler above would end the process without this.
          error: (_, cause) => this.#broken(cause),
          connectError: () => this.#end("relay-unreachable"),
        },
      }),
    );
    // What connectError told already comes again: ending twice is ending once.
    connecting.catch(() => this.#end("relay-unreachable"));
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    if (this.#state !== "connecting") {
      socket.terminate();
      return;
    }
    this.#state = "asking";
    // A machine that vanishes says nothing: without this, whoever only reads would wait for ever.
    socket.setKeepAlive(true, keepAliveMs);
    clearTimeout(this.#timer);
    // Silence after the connection: a stopped relay, or a machine that went away meanwhile.
    this.#timer = setTimeout(() => this.#end("relay-unreachable"), this.#limits.preludeMsMax);
    // An empty socket takes a hundred bytes at once.
    socket.write(encodeFrame(this.#guard === null ? prelude : tlsPrelude));
  }

  #received(bytes: Uint8Array): void {
    if (this.#state === "open") this.#events.received(bytes);
    if (this.#state !== "asking") return;
    const answered = this.#reader.push(bytes);
    switch (answered.is) {
      case "waiting":
        return;
      case "agreed":
        clearTimeout(this.#timer);
        this.#agreed(answered.answer, answered.rest);
        return;
      case "refused":
        this.#events.received(answered.line);
        this.#end("relay-closed");
        return;
      default:
        this.#end(answered.is);
    }
  }

  #agreed(answer: PreludeAnswer, rest: Uint8Array): void {
    const guard = this.#guard;
    if (answer.transport === "plain") {
      // In plain, somebody in the middle could hand on the server's own challenge, and the signature would be good there.
      if (guard === null) this.#open(answer, rest);
      else this.#end(guard.missesCertificate(answer.server) ? "fingerprint-changed" : "not-encrypted");
    } else if (guard === null || rest.length > 0) {
      // It was not asked to, or said something in plain that it had promised to say inside.
      this.#end("not-a-relay");
    } else {
      this.#secure(answer, guard);
    }
  }

  #secure(answer: PreludeAnswer, guard: Guard): void {
    if (this.#socket === undefined) return;
    this.#state = "securing";
    this.#timer = setTimeout(() => this.#end("relay-unreachable"), this.#limits.handshakeMsMax);
    const introduction = new Introduction(answer, guard);
    const [, inner] = this.#socket.upgradeTLS({
      tls,
      socket: {
        handshake: (socket, isTrusted, error) => {
          if (this.#state !== "securing") return;
          const problem = introduction.shown(fingerprintOf(socket, isTrusted, error));
          if (problem === undefined) this.#state = "greeting";
          else this.#end(problem);
        },
        data: (_, bytes) => {
          if (this.#state === "greeting") this.#greeted(answer, introduction.push(bytes));
          else this.#received(bytes);
        },
        drain: () => this.#drain(),
        close: () => this.#end("relay-closed"),
        error: (_, cause) => this.#broken(cause),
      },
    });
    this.#socket = inner as Socket;
    this.#hasLeftPlain = true;
  }

  #greeted(answer: PreludeAnswer, introduced: Introduced): void {
    if (introduced.is === "waiting") return;
    if (introduced.is === "not-a-relay") {
      this.#end(introduced.is);
      return;
    }
    clearTimeout(this.#timer);
    this.#open(answer, introduced.bytes);
  }

  #open(answer: PreludeAnswer, rest: Uint8Array): void {
    this.#state = "open";
    this.#events.opened(answer);
    if (rest.length > 0) this.#received(rest);
    this.#drain();
  }

  #drain(): void {
    // Called for nothing as well: pause() and resume() each cause a `drain`.
    if ((this.#state !== "open" && this.#state !== "ending") || this.#waiting.length === 0) return;
    for (let bytes = this.#waiting[0]; bytes !== undefined; bytes = this.#waiting[0]) {
      const taken = this.#send(bytes);
      this.#waitingBytes -= taken;
      if (taken < bytes.length) {
        this.#waiting[0] = bytes.subarray(taken);
        return;
      }
      this.#waiting.shift();
    }
    if (this.#state === "ending") this.#socket?.end();
    else this.#events.drained();
  }

  #send(bytes: Uint8Array): number {
    // -1: the socket is closed, and `close` is about to say so.
    return Math.max(0, this.#socket?.write(bytes) ?? 0);
  }

  #keep(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #reasonOfClose(): LinkEnd {
    // One that answers something and hangs up is another program; one that hangs up at once may be
    // a relay that is just stopping.
    return this.#state === "asking" && !this.#reader.isEmpty ? "not-a-relay" : "relay-closed";
  }

  #broken(cause: unknown): void {
    this.#log.error("A connection to the relay was dropped: a handler failed", cause);
    this.#end("relay-closed");
  }

  #end(reason: LinkEnd): void {
    if (this.#state === "ended") return;
    const wasEnding = this.#state === "ending";
    this.cut();
    if (wasEnding) this.#events.closed?.();
    else this.#events.ended(reason);
  }

  #drop(): void {
    this.cut();
    this.#events.closed?.();
  }

  #forget(): void {
    this.#state = "ended";
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
