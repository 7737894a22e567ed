import type { ServerWebSocket } from "bun";
import { type CloseReason, closeCodes } from "../wire/closes.ts";
import { limits } from "../wire/limits.ts";
import type { PreludeAnswer } from "../wire/prelude.ts";
import type { Log } from "./control.ts";
import type { BridgeLimits } from "./limits.ts";
import { RelayLink } from "./relay-link.ts";
import type { Way } from "./trust.ts";

/** The page's end of a pipe. */
export type Page = Pick<ServerWebSocket, "sendBinary" | "pause" | "resume" | "close" | "terminate">;

/**
 * A page's WebSocket and its own connection to the relay, one passing to the other what comes, unread.
 *
 * Whoever does not read stops whoever writes to it: nothing gathers in between but what a socket
 * had already taken in. So a slow page is to the relay what a slow native member is: a cursor that stays behind.
 */
export class Pipe {
  readonly #page: Page;
  readonly #link: RelayLink;
  readonly #limits: BridgeLimits;
  readonly #ticks: Timer;
  #isClosed = false;
  /** Since when the page leaves the relay's bytes unread; 0: it does not. */
  #pageFullAt = 0;
  /** Since when the relay leaves the page's bytes unread. */
  #relayFullAt = 0;
  #relayHeardAt = Date.now();

  /** @param onAnswer  Called when the relay has said who it is. */
  constructor(
    page: Page,
    way: Way,
    onAnswer: (answer: PreludeAnswer) => void,
    limits: BridgeLimits,
    log: Log,
  ) {
    this.#page = page;
    this.#limits = limits;
    this.#link = new RelayLink(
      way,
      {
        opened: onAnswer,
        received: (bytes) => this.#toPage(bytes),
        drained: () => this.#relayTakes(),
        ended: (reason) => this.close(reason),
      },
      limits,
      log,
    );
    this.#ticks = setInterval(() => this.#tick(), limits.tickMs);
  }

  /** Takes a message of the page: some lines, or any piece of them. */
  toRelay(message: string | Uint8Array): void {
    if (this.#isClosed) return;
    const bytes = typeof message === "string" ? Buffer.from(message) : message;
    if (bytes.length > limits.lineBytesMax) {
      this.close("page-broken");
      return;
    }
    if (this.#link.write(bytes)) return;
    if (this.#link.waitingBytes > this.#limits.waitingBytesMax) {
      this.close("page-broken");
    } else if (this.#relayFullAt === 0) {
      this.#relayFullAt = Date.now();
      this.#page.pause();
    }
  }

  /** The page has read what was queued for it. */
  pageTakes(): void {
    if (this.#isClosed || this.#pageFullAt === 0) return;
    this.#pageFullAt = 0;
    this.#relayHeardAt = Date.now();
    this.#link.resume();
  }

  /** The page is gone; what it had written still goes to the relay. */
  pageClosed(): void {
    this.#stop();
    this.#link.end();
  }

  /** Closes both ends; what is queued for the page arrives before the close. */
  close(reason: CloseReason): void {
    if (this.#isClosed) return;
    this.#stop();
    this.#page.close(closeCodes[reason], reason);
    this.#link.end();
  }

  #toPage(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#relayHeardAt = Date.now();
    // > 0: sent. 0: dropped, as the page is gone and its close is about to be told.
    if (this.#page.sendBinary(bytes) >= 0 || this.#pageFullAt !== 0) return;
    this.#pageFullAt = Date.now();
    this.#link.pause();
  }

  #relayTakes(): void {
    if (this.#isClosed || this.#relayFullAt === 0) return;
    this.#relayFullAt = 0;
    this.#page.resume();
  }

  #tick(): void {
    const now = Date.now();
    const { pauseMsMax, silenceMsMax } = this.#limits;
    // While paused, neither side's close is seen: a pause must not last for ever.
    if (this.#pageFullAt !== 0) {
      if (now - this.#pageFullAt > pauseMsMax) this.close("page-broken");
    } else if (this.#relayFullAt !== 0 && now - this.#relayFullAt > pauseMsMax) {
      this.close("relay-closed");
    } else if (now - this.#relayHeardAt > silenceMsMax) {
      // A relay pings long before: its machine vanished, and TCP alone would find out in a quarter of an hour.
      this.close("relay-closed");
    }
  }

  #stop(): void {
    this.#isClosed = true;
    clearInterval(this.#ticks);
  }
}
