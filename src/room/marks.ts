import { Refusal } from "../wire/errors.ts";
import type { Author, RoomStore } from "./store.ts";

/** How far a member's device has come in a room. */
export type Mark = {
  author: Author;
  /** The highest number it has posted with, durable or not. */
  n: number;
  /** A number that was refused for now: until it comes again, later ones would overtake it. 0 for none. */
  heldN: number;
  heldUntil: number;
  /** When the refused number may come again: what the ones behind it are told as well. */
  heldRetryMs: number;
};

/** A device that never posts the refused number again (its user took the line back) is held no longer than this. */
const holdMsMax = 10_000;

/** The high-water marks of one room, from the store as they are asked for. */
export class Marks {
  /** By member, then by device: a key made of both would be built and hashed for each post. */
  readonly #marks = new Map<number, Map<string, Mark>>();

  constructor(
    private readonly roomId: number,
    private readonly store: RoomStore,
  ) {}

  of(memberId: number, device: string): Mark {
    let ofMember = this.#marks.get(memberId);
    if (ofMember === undefined) {
      ofMember = new Map();
      this.#marks.set(memberId, ofMember);
    }
    let mark = ofMember.get(device);
    if (mark === undefined) {
      const author = this.store.author(this.roomId, memberId, device);
      mark = { author, n: author.mark, heldN: 0, heldUntil: 0, heldRetryMs: 0 };
      ofMember.set(device, mark);
    }
    return mark;
  }

  /** Forgets what is not in the store: the batch that would have brought it there is lost. Holds stay. */
  takeBack(): void {
    for (const [memberId, ofMember] of this.#marks) {
      for (const [device, mark] of ofMember) {
        mark.author = this.store.author(this.roomId, memberId, device);
        mark.n = mark.author.mark;
      }
    }
  }
}

/**
 * Keeps a device's order: after a number that may come again, later ones must wait for it.
 *
 * @param retryMs  When it may come again.
 */
export function hold(mark: Mark, n: number, now: number, retryMs: number): void {
  mark.heldN = n;
  mark.heldRetryMs = retryMs;
  mark.heldUntil = now + retryMs + holdMsMax;
}

/**
 * Lets a number pass, or not.
 *
 * @throws {Refusal} "held" while an earlier number has to come first.
 */
export function checkHold(mark: Mark, n: number, now: number): void {
  if (mark.heldN === 0) return;
  if (n > mark.heldN && now < mark.heldUntil) {
    throw new Refusal(
      "held",
      `Send number ${mark.heldN} again first: it was refused for now, and ${n} comes after it`,
      { retryMs: mark.heldRetryMs },
    );
  }
  mark.heldN = 0;
}
