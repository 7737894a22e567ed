import { networkOf } from "../room/network.ts";
import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";

type Box = {
  readonly code: string;
  readonly memberId: number;
  /** From where it came, as far as that is known. */
  readonly network: string | undefined;
  readonly box: string;
  readonly putAt: number;
};

/**
 * Keys on their way to another device, in boxes that the relay cannot open: in its memory alone, one of each
 * member, each given out once.
 */
export class Carries {
  /** In the order of their deposit. */
  readonly #byCode = new Map<string, Box>();
  readonly #ofMember = new Map<number, Box>();

  /** @param now  Milliseconds of a clock that never goes back. */
  constructor(private readonly now: () => number) {}

  /**
   * Keeps a box in place of the member's last one. Members are made in no time, so that boxes are counted for each
   * address, or network of addresses, as well: nobody can fill all places by themselves.
   *
   * @param address  Of whoever brings it.
   * @returns  The code for it, which the relay tells nobody else.
   * @throws {Refusal} "carries-full".
   */
  put(memberId: number, box: string, address?: string): string {
    this.sweep();
    const before = this.#ofMember.get(memberId);
    const network = address === undefined ? undefined : networkOf(address);
    // Linear over at most 1,024 boxes: a person carries a key once in a long while.
    const others = [...this.#byCode.values()].filter((kept) => kept !== before);
    const isFull = others.length >= limits.boxesMax || countOf(network, others) >= limits.boxesOfAddressMax;
    if (isFull)
      throw new Refusal("carries-full", "Try again later: the server keeps as many boxes as it can");
    if (before !== undefined) this.#remove(before);
    const code = crypto.getRandomValues(Buffer.alloc(16)).toString("base64url");
    const kept: Box = { code, memberId, network, box, putAt: this.now() };
    this.#byCode.set(code, kept);
    this.#ofMember.set(memberId, kept);
    return code;
  }

  /** Gives a box out, once; undefined when there is none, whatever the reason. */
  take(code: string): { memberId: number; box: string } | undefined {
    // A Map compares hashes first: how long that takes tells nothing of 16 random bytes.
    const kept = this.#byCode.get(code);
    if (kept === undefined) return undefined;
    this.#remove(kept);
    return this.#isVoid(kept) ? undefined : kept;
  }

  /** Forgets those whose time is over. Called now and then. */
  sweep(): void {
    for (const kept of this.#byCode.values()) {
      if (!this.#isVoid(kept)) return;
      this.#remove(kept);
    }
  }

  #isVoid({ putAt }: Box): boolean {
    return this.now() - putAt >= limits.boxMsMax;
  }

  #remove({ code, memberId }: Box): void {
    this.#byCode.delete(code);
    this.#ofMember.delete(memberId);
  }
}

function countOf(network: string | undefined, boxes: Box[]): number {
  return network === undefined ? 0 : boxes.filter((box) => box.network === network).length;
}
