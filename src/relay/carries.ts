import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";

type Box = { readonly code: string; readonly memberId: number; readonly box: string; readonly putAt: number };

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
   * Keeps a box in place of the member's last one.
   *
   * @returns  The code for it, which the relay tells nobody else.
   * @throws {Refusal} "carries-full".
   */
  put(memberId: number, box: string): string {
    this.sweep();
    const before = this.#ofMember.get(memberId);
    if (before !== undefined) this.#remove(before);
    if (this.#byCode.size >= limits.boxesMax) {
      throw new Refusal("carries-full", "Try again later: the server keeps as many boxes as it can");
    }
    const code = crypto.getRandomValues(Buffer.alloc(16)).toString("base64url");
    const kept: Box = { code, memberId, box, putAt: this.now() };
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
