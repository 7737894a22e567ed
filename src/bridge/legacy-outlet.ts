import { EntrySink } from "../room/entry-sink.ts";
import type { Member } from "../room/member.ts";
import type { Room } from "../room/room.ts";
import type { Seat } from "../room/seat.ts";
import type { ServerEvent } from "../wire/dialect-2021/server.ts";
import { createdWord, userOf, welcomeWord } from "../wire/dialect-2021/words.ts";
import { safeFileName } from "../wire/file-name.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";
import type { Gateway } from "./legacy-gateway.ts";
import { Incoming } from "./legacy-incoming.ts";
import { type LegacyEvents, LegacyLink } from "./legacy-link.ts";
import { Outgoing } from "./legacy-outgoing.ts";
import { bridgeLimits } from "./limits.ts";

/** Under this name the rooms show what the server says, and what becomes of the connection. */
const serverName = "2021 server";
const retryMs = 3_000;
/** For so long the server pauses for each receiver of a file, before it reads the file's bytes. */
const headerMs = 300;

/**
 * One member's way from a room to a server of 2021: a cursor over the room, which waits while the server takes
 * nothing. What passes between the native wire and the old dialect is translated here.
 */
export class Outlet extends EntrySink implements LegacyEvents {
  readonly room: Room;
  readonly #member: Member;
  #link: LegacyLink;
  #seat: Seat | undefined;
  #isIn = false;
  /** Whether the room knows that the server does not answer. */
  #isLost = false;
  #retry: Timer | undefined;
  /** Everybody who was heard: the server forgets nobody, and lets each of them wait for a file. */
  readonly #others = new Set<string>();
  /** The file that the server is being sent, by its id. */
  #sending: { id: string; outgoing: Outgoing } | undefined;
  /** One that was cut off by the end of the connection. */
  #unsent: string | undefined;
  /** The file that comes from the server, and when the last of it came; without `incoming` nobody wants it. */
  #receiving: { incoming: Incoming | undefined; heardAt: number } | undefined;
  #stalling: Timer | undefined;
  isOpen = true;

  constructor(
    private readonly gateway: Gateway,
    { room, member }: Seat,
  ) {
    super();
    this.room = room;
    this.#member = member;
    this.#link = this.#connect();
    const { epoch, log, name } = room;
    gateway.options.rooms.join(member, this, { type: "join", room: name, epoch, after: log.head }).then(
      (seat) => this.#sit(seat),
      (cause) => gateway.options.log.error("A room could not be joined with the 2021 server", cause),
    );
  }

  /** The name under which it is on the server. */
  get user(): string {
    return userOf(this.#link.user);
  }

  get isIn(): boolean {
    return this.#isIn;
  }

  get isSending(): boolean {
    return this.#sending !== undefined;
  }

  get isReceiving(): boolean {
    return this.#receiving !== undefined;
  }

  get isFull(): boolean {
    if (this.isSending || !this.#link.isFree || this.gateway.isTaken(this)) return true;
    if (this.#member.name === this.#link.user) return false;
    // The server knows no new names: we come again under ours.
    this.#link.cut();
    this.#link = this.#connect();
    return true;
  }

  close(): void {
    this.isOpen = false;
    clearTimeout(this.#retry);
    this.#leave();
    this.#link.cut();
    if (this.#seat !== undefined) this.gateway.options.rooms.leave(this.#seat);
  }

  /** Frames for this connection alone concern nobody. */
  send(): void {}

  protected take(entry: RelayFrames["entry"]): void {
    if (entry.kind === "other" || entry.member !== this.#member.wireId) return;
    if (entry.kind === "message") this.#link.text(entry.text);
    // Only now: once a header has been sent, the bytes have to follow.
    else if (entry.kind === "file" && entry.action === "complete") this.#send(entry.file);
  }

  received(event: ServerEvent): void {
    switch (event.is) {
      case "in":
        this.#isIn = true;
        this.#isLost = false;
        this.#tell(event.isNew ? createdWord : welcomeWord);
        return;
      case "text": {
        const name = event.name ?? serverName;
        if (event.name !== undefined) this.#others.add(name);
        if (!this.gateway.isHeardElsewhere(this, name)) this.gateway.heard(this, name, event.text);
        return;
      }
      case "file":
        this.#receive(event.user || serverName, event.name, event.size);
        return;
      case "bytes":
        if (this.#receiving === undefined) return;
        this.#receiving.heardAt = this.gateway.options.pacer.now();
        this.#receiving.incoming?.take(event.bytes);
        return;
      case "end":
        this.#received();
        return;
      case "garbled":
        this.#tell("Somebody wrote something that is no text");
        return;
    }
  }

  free(): void {
    const { outgoing } = this.#sending ?? {};
    outgoing?.free();
    if (outgoing?.isOver) {
      this.#sending = undefined;
      // Calls back here too.
      this.gateway.freed(this.room);
      return;
    }
    if (this.#unsent !== undefined && !this.isFull) this.#send(this.#unsent);
    if (this.#seat !== undefined) this.gateway.options.rooms.pump(this.#seat);
  }

  ended(): void {
    this.#leave();
    if (!this.#isLost) this.#tell("The server does not answer: what you write waits here until it does");
    this.#isIn = false;
    this.#isLost = true;
    this.#retry = setTimeout(() => {
      this.#link = this.#connect();
    }, retryMs);
  }

  #connect(): LegacyLink {
    const { target, pacer, log } = this.gateway.options;
    return new LegacyLink(target, this.#member.name, this.room.name, this, pacer, log);
  }

  #sit(seat: Seat): void {
    this.#seat = seat;
    if (this.isOpen) this.free();
    else this.gateway.options.rooms.leave(seat);
  }

  #send(id: string): void {
    this.#unsent = undefined;
    const outgoing = new Outgoing({
      files: this.gateway.options.files,
      link: this.#link,
      id,
      restMs: () => this.#restMs,
      onTrouble: (cause, isBegun) => {
        this.gateway.options.log.error("A file could not be sent to the 2021 server", cause);
        this.#tell("A file could not be sent: this program does not have it any more");
        if (isBegun) this.#begin();
        else this.free();
      },
    });
    this.#sending = { id, outgoing };
  }

  #receive(user: string, name: string, size: number): void {
    this.#others.add(user);
    const heardAt = this.gateway.options.pacer.now();
    const isWanted = !this.gateway.isHeardElsewhere(this, user);
    this.#receiving = { incoming: isWanted ? this.#incoming(user, name, size) : undefined, heardAt };
    this.#watch();
  }

  #incoming(user: string, name: string, size: number): Incoming {
    const { files, log } = this.gateway.options;
    // The name is a path at the sender's.
    const fileName = safeFileName(name);
    return new Incoming(
      files,
      this.gateway.offered(this, user, { name: fileName, size }),
      this.#link,
      (cause) => {
        log.warn(`A file of ${size} bytes from the 2021 server could not be kept: ${cause}`);
        this.#tell(`${user} sent "${fileName}" (${size} bytes), which this program could not keep`);
      },
    );
  }

  /** All of a file has come. */
  #received(): void {
    this.#receiving = undefined;
    clearTimeout(this.#stalling);
    // The last bytes are on their way to others still, who must not read them together with what we write.
    this.#link.rest(this.gateway.options.pacer.pauseMs);
    this.gateway.freed(this.room);
  }

  /** A sender that dies leaves its receivers waiting for ever: only a new connection helps. */
  #watch(): void {
    clearTimeout(this.#stalling);
    const { pacer } = this.gateway.options;
    this.#stalling = setTimeout(() => {
      if (this.#receiving === undefined) return;
      if (pacer.now() - this.#receiving.heardAt < bridgeLimits.legacyStalledMsMax) this.#watch();
      else this.#begin();
    }, bridgeLimits.legacyStalledMsMax);
  }

  /** Begins with a new connection. */
  #begin(): void {
    this.#link.cut();
    this.#leave();
    this.#link = this.#connect();
  }

  /** The connection goes, and with it the files that are on their way. */
  #leave(): void {
    clearTimeout(this.#stalling);
    const receiving = this.#receiving;
    const sending = this.#sending;
    this.#receiving = undefined;
    this.#sending = undefined;
    receiving?.incoming?.cut("expired");
    if (sending?.outgoing.isSent === false) this.#unsent = sending.id;
    sending?.outgoing.stop();
    if (receiving !== undefined || sending !== undefined) this.gateway.freed(this.room);
  }

  /** How long after a file nothing may follow: the server reads its bytes only when all have been told of it. */
  get #restMs(): number {
    const others = new Set([...this.#others, ...this.gateway.usersIn(this.room)]);
    others.delete(this.user);
    return headerMs * (others.size + bridgeLimits.legacySilentMembers) + this.gateway.options.pacer.pauseMs;
  }

  #tell(text: string): void {
    if (!this.gateway.isHeardElsewhere(this, serverName)) this.gateway.heard(this, serverName, text);
  }
}
