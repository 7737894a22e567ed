import type { Member } from "../room/member.ts";
import type { Seat } from "../room/seat.ts";
import { StorageFull } from "../room/storage-errors.ts";
import { cutText } from "../wire/dialect-2021/pieces.ts";
import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import { checkName } from "../wire/names.ts";
import type { Common } from "./common.ts";
import type { DialectSink } from "./dialect-sink.ts";
import { DialectUpload } from "./dialect-upload.ts";

/** A keyless member has one connection: one device is enough to number its posts, for ever. */
const device = "2021";

/** A 2021 client among the members: one name, one room, from its login to its end. */
export class DialectSession {
  #here: { member: Member; key: string; seat: Seat } | undefined;
  #upload: DialectUpload | undefined;
  #isEnded = false;

  constructor(
    private readonly common: Common,
    private readonly sink: DialectSink,
    /** What had to wait may be handed over again. */
    private readonly onFree: () => void,
  ) {}

  /**
   * Lets the client in. The sink has told it so by then.
   *
   * @returns  Why not, as a sentence for its user; undefined when it is in, or has gone meanwhile.
   */
  async enter(user: string, room: string): Promise<string | undefined> {
    try {
      await this.#enter(user, room);
      return undefined;
    } catch (error) {
      return sentenceOf(error);
    }
  }

  /**
   * Posts a text.
   *
   * @returns  The part of it that has to wait, and how long; undefined when nothing is left.
   */
  post(text: string): { rest: string; ms: number } | undefined {
    if (this.#here === undefined) return undefined;
    const { member, seat } = this.#here;
    const parts = cutText(text, limits.textBytesMax);
    for (const [i, part] of parts.entries()) {
      const n = nextNumber(member, seat);
      const refusal = refusalOf(() =>
        this.common.rooms.post(seat, { type: "post", room: seat.room.name, device, n, text: part }),
      );
      if (refusal === undefined || refusal.code === "text-empty") continue;
      const { retryMs } = refusal.details;
      // It cannot be asked to send it again: it is read more slowly instead.
      if (refusal.code === "rate" && retryMs !== undefined)
        return { rest: parts.slice(i).join(""), ms: retryMs };
      this.sink.notice(`Not sent: ${refusal.message}`);
    }
    return undefined;
  }

  /**
   * Begins a file, whose bytes follow.
   *
   * @returns  How long it has to wait in ms; undefined when it has begun, or is swallowed.
   */
  beginFile(name: string, size: number): number | undefined {
    if (this.#here === undefined) return undefined;
    const { member, seat } = this.#here;
    const upload = new DialectUpload(this.common.files, {
      free: this.onFree,
      failed: (sentence) => this.sink.notice(`"${name}" was not sent: ${sentence}`),
      trouble: (error) => this.common.log.error("A file of a 2021 client could not be stored", error),
    });
    const n = nextNumber(member, seat);
    const refusal = refusalOf(() => upload.begin(seat, { device, n, name, size }));
    if (refusal?.code === "rate" && refusal.details.retryMs !== undefined) return refusal.details.retryMs;
    if (refusal !== undefined) {
      upload.refuse();
      this.sink.notice(`"${name}" was not sent: ${refusal.message}`);
    }
    this.#upload = upload;
    return undefined;
  }

  /** @returns  How many of a file's bytes were taken; `onFree` tells when it takes more. */
  takeBytes(bytes: Uint8Array): number {
    return this.#upload?.take(bytes) ?? bytes.length;
  }

  /** All of the file's bytes have come. */
  endFile(): void {
    this.#upload = undefined;
  }

  /** The connection is over. */
  end(): void {
    this.#isEnded = true;
    this.#upload?.leave();
    if (this.#here === undefined) return;
    const { member, key, seat } = this.#here;
    this.#here = undefined;
    this.common.rooms.leave(seat);
    this.common.members.exit(key, member);
  }

  async #enter(user: string, room: string): Promise<void> {
    const { members, rooms } = this.common;
    // The original takes names of any length.
    const wanted = [...user.trim()].slice(0, limits.nameCharsMax).join("");
    const { member, key } = await members.enterKeyless(wanted);
    let seat: Seat | undefined;
    try {
      if (this.#isEnded) return;
      // From the head, and in no list: the room's id was typed like a password.
      seat = await rooms.join(member, this.sink, { type: "join", room, last: 0, isListed: false });
      if (!this.#isEnded) this.#sit(member, key, seat, user);
    } finally {
      if (this.#here === undefined) {
        if (seat !== undefined) rooms.leave(seat);
        members.exit(key, member);
      }
    }
  }

  #sit(member: Member, key: string, seat: Seat, user: string): void {
    this.#here = { member, key, seat };
    this.sink.place = {
      member: member.wireId,
      head: () => seat.room.log.head,
      pump: () => this.common.rooms.pump(seat),
      open: (id) => this.common.files.open(id),
      close: (file) => this.common.files.close(file),
      took: (file) => this.common.files.took(file, member.id, 0, file.record.size),
    };
    const asked = checkName(user);
    if (asked.ok && asked.name === member.name) return;
    const why = asked.ok
      ? `"${asked.name}" belongs to somebody else`
      : `a name has at most ${limits.nameCharsMax} characters`;
    this.sink.notice(`You are "${member.name}" here: ${why}`);
  }
}

/** A keyless member has one connection, so that nobody else numbers with its device. */
function nextNumber(member: Member, seat: Seat): number {
  return seat.room.marks.of(member.id, device).n + 1;
}

function refusalOf(post: () => void): Refusal | undefined {
  try {
    post();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof StorageFull) return "Try again later: the disk of the server is full";
  throw error;
}
