import { limits } from "../limits.ts";
import type { ChatEvent } from "./chat-event.ts";
import { decodeMessage, Held } from "./held.ts";

/** What follows a file's header. */
export interface Body {
  /** When `settle` is to be called, if nothing comes before. */
  readonly settleAt: number | undefined;
  /** @returns  What came behind its last byte; undefined while it goes on. */
  push(bytes: Uint8Array, at: number): Uint8Array | undefined;
  /** Nothing has come for as long as was asked for. */
  settle(): Uint8Array | undefined;
}

/** How a body begins. */
export type Header = { name: string; size: number };

/** The bytes that a client sends: as many as it said. */
export class SentBody implements Body {
  readonly settleAt = undefined;
  #left: number;

  constructor(
    private readonly emit: (event: ChatEvent) => void,
    header: Header,
    user?: string,
  ) {
    this.#left = header.size;
    emit(user === undefined ? { is: "file", ...header } : { is: "file", ...header, user });
  }

  push(bytes: Uint8Array): Uint8Array | undefined {
    const part = bytes.subarray(0, this.#left);
    this.#left -= part.length;
    if (part.length > 0) this.emit({ is: "bytes", bytes: part });
    if (this.#left > 0) return undefined;
    this.emit({ is: "end" });
    return bytes.subarray(part.length);
  }

  settle(): undefined {
    return undefined;
  }
}

/** The longest user that a message may be taken for, in bytes. */
const userBytesMax = 4 * limits.nameCharsMax;
/** How much is kept back until it is known where the user ends. */
const heldBytesMax = 8 * 1024 * 1024;
/** A server that has sent this long nothing has sent all. */
const quietMs = 300;

/**
 * What a server passes on: the sender's user, and the bytes at once behind it. Nothing parts the two for the last
 * receiver, so that they are told apart by the read, by the users that are known, or by the size once all has come.
 */
export class PassedBody implements Body {
  readonly #held = new Held();
  #sent: SentBody | undefined;
  #at = 0;

  /** @param isUser  Whether somebody of this name has been heard in the room. */
  constructor(
    private readonly emit: (event: ChatEvent) => void,
    private readonly header: Header,
    private readonly isUser: (name: string) => boolean,
  ) {}

  get settleAt(): number | undefined {
    return this.#sent === undefined && this.#held.length > 0 ? this.#at + quietMs : undefined;
  }

  push(bytes: Uint8Array, at: number): Uint8Array | undefined {
    if (this.#sent !== undefined) return this.#sent.push(bytes);
    this.#held.push(bytes, at);
    this.#at = at;
    const userBytes = this.#userBytes();
    return userBytes === undefined ? undefined : this.#begin(userBytes);
  }

  settle(): Uint8Array | undefined {
    // Everything has come: what is more than the size is the user.
    const more = this.#held.length - this.header.size;
    const userBytes = more > 0 && this.#user(more) !== undefined ? more : this.#firstMessage(more);
    return this.#user(userBytes) === undefined ? this.#held.take(this.#held.length) : this.#begin(userBytes);
  }

  /** How long the user is, as soon as that can be said. */
  #userBytes(): number | undefined {
    const { firstRead, length } = this.#held;
    for (let bytes = 1; bytes <= Math.min(userBytesMax, length); bytes++) {
      const user = this.#user(bytes);
      if (user === undefined) continue;
      const isRead = bytes === firstRead;
      const isKnown = this.isUser(user);
      if (isRead && isKnown) return bytes;
      // With so many bytes behind it, or too many to wait for the last one.
      const fits = length - bytes === this.header.size || length > heldBytesMax;
      if ((isRead || isKnown) && fits) return bytes;
    }
    return undefined;
  }

  /** The first receiver waits for its bytes until all others have the header: what is there is the user, cut or not. */
  #firstMessage(more: number): number {
    const { length, firstRead } = this.#held;
    return more < 0 && this.#user(length) !== undefined ? length : firstRead;
  }

  #user(length: number): string | undefined {
    return length <= userBytesMax ? decodeMessage(this.#held.bytes.subarray(0, length)) : undefined;
  }

  #begin(userBytes: number): Uint8Array | undefined {
    const user = this.#user(userBytes) ?? "";
    this.#sent = new SentBody(this.emit, this.header, user);
    this.#held.take(userBytes);
    return this.#sent.push(this.#held.take(this.#held.length));
  }
}
