import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import { networkOf } from "./network.ts";

type Tally = { wrong: number; until: number };

const firstWaitMs = 1_000;

/**
 * Wrong room keys, counted for each member, and for each address or network of addresses that one person may have to
 * themselves: a member is made in no time, and so is an IPv6 address.
 *
 * A try counts as wrong from its beginning until it has turned out right, or was not looked at, so that many at once
 * are no way round.
 */
export class Tries {
  readonly #tallies = new Map<string, Tally>();

  /** @param now  Milliseconds of a clock that never goes back. */
  constructor(private readonly now: () => number) {}

  /**
   * Begins a try.
   *
   * @returns  To be called when it was right, or was not looked at: it does not count then.
   * @throws {Refusal} "key-tries", which says when to go on.
   */
  begin(memberId: number, address: string | undefined): () => void {
    this.#forget();
    const counted: [string, number][] = [[`member ${memberId}`, limits.keyTriesOfMember]];
    if (address !== undefined) counted.push([`network ${networkOf(address)}`, limits.keyTriesOfAddress]);
    const waitMs = Math.ceil(
      Math.max(...counted.map(([who]) => (this.#tallies.get(who)?.until ?? 0) - this.now())),
    );
    if (waitMs > 0) {
      throw new Refusal("key-tries", `Wait ${waitMs} ms: too many room keys were wrong`, { retryMs: waitMs });
    }
    const undo = counted.map(([who, free]) => this.#count(who, free));
    return () => {
      for (const each of undo) each();
    };
  }

  #count(who: string, free: number): () => void {
    const tally = this.#tallies.get(who) ?? { wrong: 0, until: 0 };
    // At the end, so that those that are forgotten first stand first.
    this.#tallies.delete(who);
    this.#tallies.set(who, tally);
    const before = tally.until;
    tally.wrong += 1;
    const beyond = tally.wrong - free;
    const waitMs = beyond < 0 ? 0 : Math.min(limits.keyWaitMsMax, firstWaitMs * 2 ** beyond);
    tally.until = this.now() + waitMs;
    const mine = tally.until;
    return () => {
      tally.wrong -= 1;
      if (tally.until === mine) tally.until = before;
    };
  }

  #forget(): void {
    for (const [who, { until }] of this.#tallies) {
      if (this.now() - until < limits.keyForgetMs) return;
      this.#tallies.delete(who);
    }
  }
}
