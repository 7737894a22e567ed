import type { Socket } from "bun";
import { PacedWriter, type Pacer } from "../wire/dialect-2021/pacer.ts";
import { filePieces, sentPieces } from "../wire/dialect-2021/pieces.ts";
import { type ServerEvent, ServerReader } from "../wire/dialect-2021/server.ts";
import type { Target } from "./address.ts";
import type { Log } from "./control.ts";
import { bridgeLimits } from "./limits.ts";

/** What a link tells; nothing any more after `ended`. */
export interface LegacyEvents {
  received(event: ServerEvent): void;
  /** It may be given something to send. */
  free(): void;
  /** The server cannot be reached, does not answer, or has gone. */
  ended(): void;
}

/** Between user and room: where the two are read as one, nobody is let in. */
const loginPauseMs = 300;

/** One connection to a server of 2021: it logs in, and then sends and reads what such a client would. */
export class LegacyLink {
  readonly #reader: ServerReader;
  readonly #writer: PacedWriter;
  #socket: Socket | undefined;
  #isIn = false;
  #isEnded = false;
  #isPaused = false;
  #settling: Timer | undefined;
  /** For a server that does not let us in. */
  readonly #deadline: Timer;

  /** Starts to connect at once; events come later, never from within. */
  constructor(
    target: Target,
    readonly user: string,
    private readonly room: string,
    private readonly events: LegacyEvents,
    private readonly pacer: Pacer,
    private readonly log: Log,
  ) {
    this.#reader = new ServerReader((event) => this.#received(event));
    const wire = { write: (bytes: Uint8Array) => this.#socket?.write(bytes) ?? -1 };
    this.#writer = new PacedWriter(wire, pacer, () => this.#isIn && this.events.free());
    this.#deadline = setTimeout(() => this.#end(), bridgeLimits.connectMsMax);
    this.#connect(target);
  }

  /** Whether it may be given something to send. Not while what comes may be a file's beginning, for others too. */
  get isFree(): boolean {
    const isUndecided = this.#reader.settleAt !== undefined;
    return this.#isIn && !this.#isEnded && !isUndecided && this.#writer.isFree;
  }

  /** Sends a text, in as many messages as it needs. */
  text(text: string): void {
    this.#writer.say(sentPieces(this.user, text));
  }

  /** Begins a file; its bytes follow once it is free, and nothing else until `endFile`. */
  beginFile(name: string, size: number): void {
    this.#writer.say(filePieces(name, size));
  }

  /** @returns  How many bytes were taken; more once it is free. */
  body(bytes: Uint8Array): number {
    return this.#writer.body(bytes);
  }

  /** @param restMs  The server reads a file late: what came before it has would be taken for its bytes. */
  endFile(restMs: number): void {
    this.#writer.endBody(restMs);
  }

  /** Writes nothing for so long. */
  rest(ms: number): void {
    this.#writer.rest(ms);
  }

  /** Stops reading; while it lasts, the server's end is not seen. */
  pause(): void {
    if (!this.#isPaused) this.#socket?.pause();
    this.#isPaused = true;
  }

  resume(): void {
    if (this.#isPaused) this.#socket?.resume();
    this.#isPaused = false;
  }

  /** Goes, with a reset: after an orderly end the server would never stop reading nothing. */
  cut(): void {
    this.#isEnded = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#settling);
    this.#writer.close();
    this.#socket?.terminate();
  }

  #connect(target: Target): void {
    const connecting = Promise.try(() =>
      Bun.connect({
        hostname: target.host,
        port: target.port,
        socket: {
          open: (socket) => this.#connected(socket),
          data: (_, bytes) => this.#read(bytes),
          drain: () => this.#drain(),
          close: () => this.#end(),
          error: (_, cause) => {
            this.log.error("A connection to the 2021 server was dropped: a handler failed", cause);
            this.#end();
          },
          connectError: () => this.#end(),
        },
      }),
    );
    // What connectError told already comes again.
    connecting.catch(() => this.#end());
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    if (this.#isEnded) {
      socket.terminate();
      return;
    }
    socket.setNoDelay(true);
    socket.setKeepAlive(true, bridgeLimits.silenceMsMax);
    // A thread that the server has only just made may come late to its first read.
    this.#writer.say([new TextEncoder().encode(this.user)]);
    this.#writer.rest(loginPauseMs);
    this.#writer.say([new TextEncoder().encode(this.room)]);
  }

  #read(bytes: Uint8Array): void {
    this.#reader.push(bytes, this.pacer.now());
    this.#plan();
    // What came may have been waited for.
    if (this.isFree) this.events.free();
  }

  #drain(): void {
    this.#writer.drain();
    if (this.#isIn) this.events.free();
  }

  #received(event: ServerEvent): void {
    if (event.is === "in") {
      this.#isIn = true;
      clearTimeout(this.#deadline);
    }
    this.events.received(event);
  }

  #plan(): void {
    clearTimeout(this.#settling);
    const { settleAt } = this.#reader;
    if (settleAt === undefined || this.#isEnded) return;
    const settle = () => {
      this.#reader.settle(this.pacer.now());
      this.#plan();
      if (this.isFree) this.events.free();
    };
    this.#settling = setTimeout(settle, Math.max(0, Math.ceil(settleAt - this.pacer.now())));
  }

  #end(): void {
    if (this.#isEnded) return;
    this.cut();
    this.events.ended();
  }
}
