import { limits } from "../limits.ts";

/** The part of a socket that a paced writer uses. */
export type Wire = {
  /** @returns  Bytes taken: all, fewer, 0 when it is full, -1 when it is closed. */
  write(bytes: Uint8Array): number;
};

const nothing: Uint8Array = new Uint8Array(0);

/**
 * Wakes writers whose pause is over. One timer does for all of them, and none runs while nobody waits.
 *
 * A 2021 program takes for a message whatever one `recv` returns, so that two writes must not come together.
 */
export class Pacer {
  readonly #waiting = new Set<PacedWriter>();
  #timerAt = Number.POSITIVE_INFINITY;

  /**
   * @param later    Runs something after some milliseconds.
   * @param now      Milliseconds of a clock that never goes back.
   * @param pauseMs  Least time between two writes of one writer.
   */
  constructor(
    private readonly later: (run: () => void, ms: number) => unknown,
    readonly now: () => number,
    readonly pauseMs: number = limits.dialectPauseMs,
  ) {}

  /** Wakes a writer when its slot comes. */
  wait(writer: PacedWriter): void {
    this.#waiting.add(writer);
    this.#plan(writer.slotAt);
  }

  forget(writer: PacedWriter): void {
    this.#waiting.delete(writer);
  }

  #plan(at: number): void {
    // A timer that fires earlier plans the next one itself.
    if (this.#timerAt <= at) return;
    this.#timerAt = at;
    this.later(() => this.#wake(at), Math.max(0, Math.ceil(at - this.now())));
  }

  #wake(plannedAt: number): void {
    // Another one was planned for an earlier time, and has planned on.
    if (plannedAt !== this.#timerAt) return;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.now();
    for (const writer of [...this.#waiting]) {
      if (writer.slotAt > now) {
        this.#plan(writer.slotAt);
      } else if (this.#waiting.delete(writer)) {
        writer.wake();
      }
    }
  }
}

/** Writes messages to one 2021 program, each in a slot of its own, and the bytes of files between two slots. */
export class PacedWriter {
  /** When it may write next. */
  slotAt = Number.NEGATIVE_INFINITY;
  #messages: Uint8Array[] = [];
  /** What a full socket did not take of a message. */
  #rest: Uint8Array = nothing;
  #isInBody = false;

  /** @param onFree  Called whenever everything is written and the next slot has come. */
  constructor(
    private readonly wire: Wire,
    private readonly pacer: Pacer,
    private readonly onFree: () => void,
  ) {}

  /** Whether a message would be written at once. */
  get isFree(): boolean {
    return (
      !this.#isInBody &&
      this.#messages.length === 0 &&
      this.#rest.length === 0 &&
      this.slotAt <= this.pacer.now()
    );
  }

  /** Writes messages, the first at once if it is free. */
  say(messages: readonly Uint8Array[]): void {
    const wasFree = this.isFree;
    this.#messages.push(...messages);
    if (wasFree) this.wake();
  }

  /**
   * Writes bytes of a file; call it when `onFree` was, and `endBody` after the last byte.
   *
   * @returns  How many were taken; go on after `onDrain`.
   */
  body(bytes: Uint8Array): number {
    this.#isInBody = true;
    const taken = Math.max(0, this.wire.write(bytes));
    this.slotAt = this.pacer.now() + this.pacer.pauseMs;
    return taken;
  }

  /** @param waitMs  How long nothing may follow; the usual pause, where that is longer. */
  endBody(waitMs = 0): void {
    this.#isInBody = false;
    this.rest(Math.max(waitMs, this.pacer.pauseMs));
  }

  /** Writes nothing for so long, or for longer where that was asked for before. */
  rest(waitMs: number): void {
    this.slotAt = Math.max(this.slotAt, this.pacer.now() + waitMs);
    this.pacer.wait(this);
  }

  /** Gives up the messages of which nothing is written yet. */
  dropWaiting(): void {
    this.#messages = [];
  }

  /** The socket takes bytes again. */
  drain(): void {
    if (this.#rest.length > 0) this.#write(this.#rest);
  }

  /** The slot has come. */
  wake(): void {
    if (this.#isInBody || this.#rest.length > 0) return;
    const message = this.#messages.shift();
    if (message === undefined) this.onFree();
    else this.#write(message);
  }

  /** Writes nothing any more. */
  close(): void {
    this.#messages = [];
    this.#rest = nothing;
    this.pacer.forget(this);
  }

  #write(message: Uint8Array): void {
    const taken = Math.max(0, this.wire.write(message));
    this.#rest = message.subarray(taken);
    if (this.#rest.length > 0) return;
    this.slotAt = this.pacer.now() + this.pacer.pauseMs;
    this.pacer.wait(this);
  }
}
