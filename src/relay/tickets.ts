import { createHmac } from "node:crypto";
import { Refusal } from "../wire/errors.ts";
import type { FileAction } from "../wire/file-frames.ts";
import { limits } from "../wire/limits.ts";

/** What a ticket allows: one action on one file, for one member. */
export type Permit = {
  readonly file: string;
  readonly action: FileAction;
  readonly memberId: number;
  /** Of the file: who is turned out of it loses the ticket. */
  readonly roomId: number;
};

type Ticket = Permit & {
  readonly text: string;
  usedAt: number;
  /** Who uses it at present: called when it becomes void. */
  readonly uses: Set<() => void>;
};

const dayMs = 24 * 60 * 60_000;

/**
 * The tickets of a relay: in its memory alone, so that they end with it. Whoever asks for the same again gets the same
 * text, though, for a day, also behind a restart: a download that a browser has begun goes on at its address.
 */
export class Tickets {
  readonly #byText = new Map<string, Ticket>();
  /** In the order of their issue, for each member. */
  readonly #ofMember = new Map<number, Map<string, Ticket>>();

  /**
   * @param secret     Nobody else has it: it makes the texts unguessable.
   * @param now        Milliseconds of a clock that never goes back.
   * @param wallClock  Milliseconds since 1970.
   */
  constructor(
    private readonly secret: string,
    private readonly now: () => number,
    private readonly wallClock: () => number,
  ) {}

  /** A ticket for a permit: the one that there is, so that an address made with it stays the same, or a new one. */
  issue({ file, action, memberId, roomId }: Permit): string {
    const ofMember = this.#ofMember.get(memberId) ?? new Map<string, Ticket>();
    this.#ofMember.set(memberId, ofMember);
    const key = `${action} ${file}`;
    const known = ofMember.get(key);
    if (known !== undefined && !this.#isVoid(known)) {
      known.usedAt = this.now();
      return known.text;
    }
    if (known !== undefined) this.#remove(known);
    const text = this.#text(memberId, key);
    const ticket: Ticket = { file, action, memberId, roomId, text, usedAt: this.now(), uses: new Set() };
    ofMember.set(key, ticket);
    this.#ofMember.set(memberId, ofMember);
    this.#byText.set(text, ticket);
    const [oldest] = ofMember.values();
    if (ofMember.size > limits.ticketsMax && oldest !== undefined) this.#remove(oldest);
    return text;
  }

  /**
   * Uses a ticket: it stays good until `done` is called, and its time begins anew then.
   *
   * @param onVoid  Called when it becomes void before that.
   * @throws {Refusal} "ticket-invalid".
   */
  use(text: string, onVoid: () => void = () => {}): { permit: Permit; done: () => void } {
    // A Map compares hashes first: how long that takes tells nothing of 32 random bytes.
    const ticket = this.#byText.get(text);
    if (ticket === undefined || this.#isVoid(ticket)) {
      throw new Refusal(
        "ticket-invalid",
        "Ask for another ticket: this one is unknown here, or its time is over",
      );
    }
    // A function of its own: the same one may be given for two uses.
    const whenVoid = () => onVoid();
    ticket.uses.add(whenVoid);
    const done = () => {
      if (ticket.uses.delete(whenVoid)) ticket.usedAt = this.now();
    };
    return { permit: ticket, done };
  }

  /** Makes void what some members have for the files of a room. */
  revoke(roomId: number, isOut: (memberId: number) => boolean): void {
    // Linear over all tickets: somebody is turned out of a room rarely, and a key is changed rarely.
    for (const ticket of [...this.#byText.values()]) {
      if (ticket.roomId !== roomId || !isOut(ticket.memberId)) continue;
      this.#remove(ticket);
      for (const whenVoid of [...ticket.uses]) whenVoid();
    }
  }

  /** Forgets those whose time is over. Called now and then. */
  sweep(): void {
    for (const ticket of this.#byText.values()) if (this.#isVoid(ticket)) this.#remove(ticket);
  }

  #text(memberId: number, key: string): string {
    const day = Math.floor(this.wallClock() / dayMs);
    const what = `pendopo-ticket-1\n${day}\n${memberId}\n${key}`;
    return createHmac("sha256", this.secret).update(what).digest("base64url");
  }

  #isVoid({ uses, usedAt }: Ticket): boolean {
    return uses.size === 0 && this.now() - usedAt >= limits.ticketMsMax;
  }

  #remove({ text, memberId, action, file }: Ticket): void {
    this.#byText.delete(text);
    const ofMember = this.#ofMember.get(memberId);
    ofMember?.delete(`${action} ${file}`);
    if (ofMember?.size === 0) this.#ofMember.delete(memberId);
  }
}
