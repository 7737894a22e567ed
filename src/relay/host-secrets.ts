import { timingSafeEqual } from "node:crypto";
import { limits } from "../wire/limits.ts";

/**
 * What makes a member a host: the secret that lies in the data directory, and one that is good once, for a place
 * where other accounts of the machine can read it.
 */
export class HostSecrets {
  #once: { secret: string; until: number } | undefined;

  /**
   * @param lasting  32 bytes in base64url.
   * @param now      Milliseconds of a clock that never goes back.
   */
  constructor(
    private readonly lasting: string,
    private readonly now: () => number,
  ) {}

  /** A secret that is good once, for an hour, and takes the place of the one before. */
  makeOnce(): string {
    const secret = crypto.getRandomValues(Buffer.alloc(32)).toString("base64url");
    this.#once = { secret, until: this.now() + limits.hostSecretOnceMsMax };
    return secret;
  }

  /** Whether a secret is right; one that is good once is not from now on. */
  use(secret: string): boolean {
    if (isSame(secret, this.lasting)) return true;
    const once = this.#once;
    if (once === undefined || this.now() >= once.until || !isSame(secret, once.secret)) return false;
    this.#once = undefined;
    return true;
  }
}

/** Both are 43 characters of base64url, so that the comparison takes the same time for all of them. */
function isSame(secret: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(secret), Buffer.from(other));
}
