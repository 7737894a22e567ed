import type { ServerWebSocket, WebSocketHandler } from "bun";
import { type CloseReason, closeCodes } from "../wire/closes.ts";
import type { Log } from "./control.ts";
import type { BridgeLimits } from "./limits.ts";
import { Pipe } from "./pipe.ts";
import type { Relay } from "./relay.ts";

/** What Bun keeps with a WebSocket for us. */
export type PageData = { pipe: Pipe | null };

/** The pages whose WebSockets are open, each with its pipe to the relay. */
export class Pages {
  readonly #pipes = new Set<Pipe>();
  readonly #relay: Relay;
  readonly #limits: BridgeLimits;
  readonly #log: Log;

  constructor(relay: Relay, limits: BridgeLimits, log: Log) {
    this.#relay = relay;
    this.#limits = limits;
    this.#log = log;
  }

  /** Whether as many are open as may be. */
  get isFull(): boolean {
    return this.#pipes.size >= this.#limits.pipesMax;
  }

  /** Closes all of them for one reason. */
  close(reason: CloseReason): void {
    for (const pipe of this.#pipes) pipe.close(reason);
  }

  /** What Bun.serve calls for them. */
  handler(): WebSocketHandler<PageData> {
    return {
      // A message is to fit a line; one that does not should learn why from a close code of ours, so Bun's limit,
      // which closes with 1009, comes a little later.
      maxPayloadLength: this.#limits.messageBytesMax,
      perMessageDeflate: false,
      // The pings go from this program to the page: a page whose machine sleeps is gone when it does not answer.
      idleTimeout: 120,
      sendPings: true,
      open: (page) => this.#open(page),
      message: (page, message) => page.data.pipe?.toRelay(message),
      drain: (page) => page.data.pipe?.pageTakes(),
      close: (page) => this.#closed(page),
      error: (cause, page) => {
        this.#log.error("A page's connection was dropped: a handler failed", cause);
        page.terminate();
      },
    };
  }

  #open(page: ServerWebSocket<PageData>): void {
    const { way } = this.#relay;
    if (way === null) {
      page.close(closeCodes["no-target"], "no-target" satisfies CloseReason);
      return;
    }
    const pipe = new Pipe(
      page,
      way,
      (answer) => this.#relay.meet(way.target, answer),
      this.#limits,
      this.#log,
    );
    page.data.pipe = pipe;
    this.#pipes.add(pipe);
  }

  #closed(page: ServerWebSocket<PageData>): void {
    const { pipe } = page.data;
    if (pipe === null) return;
    this.#pipes.delete(pipe);
    pipe.pageClosed();
  }
}
