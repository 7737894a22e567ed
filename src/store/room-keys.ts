import { argon2, timingSafeEqual } from "node:crypto";
import { Refusal } from "../wire/errors.ts";

/**
 * How much work a guess is. 19 MiB and two passes are the least that OWASP advises for argon2id: some 30 ms of one
 * core, which a person who joins does not notice. A lock names its own numbers, so that these may be raised.
 */
const work = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const tagBytes = 32;
/** At once: argon2 has threads of its own, and the rest of the server needs a core. */
const atOnceMax = 2;
/** Of either kind behind those, so that the last one still waits but a few seconds. */
const waitingMax = 64;
const busyRetryMs = 2_000;

const pattern = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Those who wait for a place, first come first. */
type Queue = (() => void)[];

/** Locks of rooms: argon2id in the usual text form, computed off the event loop. */
export class RoomKeys {
  #running = 0;
  readonly #checks: Queue = [];
  /** Of their own: those who make rooms must not keep those with a key from entering theirs. */
  readonly #makings: Queue = [];
  /** The queue that the last place was given to. */
  #servedLast: Queue = this.#makings;

  /** @throws {Refusal} "key-tries" while too many wait. */
  async lockOf(key: string): Promise<string> {
    const salt = crypto.getRandomValues(Buffer.alloc(saltBytes));
    const tag = await this.#hash(this.#makings, key, salt, work, tagBytes);
    const { memory, passes, parallelism } = work;
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
  }

  /**
   * Whether a key opens a lock; without a lock the same work is done for nothing.
   *
   * @throws {Refusal} "key-tries" while too many wait.
   */
  async isOpenedBy(key: string, lock: string | undefined): Promise<boolean> {
    const { salt, tag, ...how } = lock === undefined ? noLock : parts(lock);
    const made = await this.#hash(this.#checks, key, salt, how, tag.length);
    return timingSafeEqual(made, tag) && lock !== undefined;
  }

  async #hash(queue: Queue, key: string, salt: Buffer, how: typeof work, bytes: number): Promise<Buffer> {
    if (queue.length >= waitingMax) {
      throw new Refusal("key-tries", `Wait ${busyRetryMs} ms: the server is checking many room keys`, {
        retryMs: busyRetryMs,
      });
    }
    if (this.#running >= atOnceMax) await new Promise<void>((resolve) => queue.push(resolve));
    else this.#running += 1;
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        const options = { message: Buffer.from(key), nonce: salt, ...how, tagLength: bytes };
        argon2("argon2id", options, (error, tag) => (error ? reject(error) : resolve(Buffer.from(tag))));
      });
    } finally {
      // Whoever is next takes this place over.
      const next = this.#next();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Both queues have their turn, one after the other, however long they are. */
  #next(): (() => void) | undefined {
    const other = this.#servedLast === this.#checks ? this.#makings : this.#checks;
    if (other.length > 0) this.#servedLast = other;
    return this.#servedLast.shift();
  }
}

const noLock = { ...work, salt: Buffer.alloc(saltBytes), tag: Buffer.alloc(tagBytes) };

function parts(lock: string): typeof noLock {
  const [, memory, passes, parallelism, salt, tag] = pattern.exec(lock) ?? [];
  if (salt === undefined || tag === undefined) throw new Error("The lock of a room is none of this store's");
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

/** As argon2's text form has it: without padding. */
function base64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
