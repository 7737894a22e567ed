import type { Likeness } from "../../src/room/likeness.ts";
import type { Older } from "../../src/room/older.ts";
import type { Waiting } from "../../src/room/pace.ts";
import type { Connection } from "../../src/room/seat.ts";
import type {
  Append,
  Author,
  DirectRecord,
  LobbyRecord,
  MemberRecord,
  MemberStore,
  RoomChange,
  RoomMaking,
  RoomRecord,
  RoomStore,
  Standing,
} from "../../src/room/store.ts";

import { otherOf, pairOf } from "../../src/wire/direct.ts";

const LF = 0x0a;

/** Lets everything happen that needs no more than promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Time that passes when a test says so. */
export class Clock implements Waiting {
  time = 1000;
  readonly #waiting: { run: () => void; at: number }[] = [];
  /** How often something was put off until later rather than soon. */
  laterCount = 0;

  now = () => this.time;

  soon(run: () => void): void {
    this.#waiting.push({ run, at: this.time });
  }

  later(run: () => void, ms: number): void {
    this.laterCount += 1;
    this.#waiting.push({ run, at: this.time + ms });
  }

  /** Runs what waits, and what comes of it, until nothing is left. */
  async settle(): Promise<void> {
    for (;;) {
      await settled();
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.time = Math.max(this.time, next.at);
      next.run();
    }
  }
}

/** A store in memory, whose writes a test can hold up or let fail. */
export class MemoryStore implements RoomStore, MemberStore {
  readonly rooms = new Map<string, RoomRecord>();
  readonly members = new Map<string, MemberRecord & { [of in keyof Likeness]: string | undefined }>();
  readonly #lines = new Map<number, Uint8Array[]>();
  readonly #posts = new Map<string, Uint8Array>();
  readonly #marks = new Map<string, number>();
  readonly #standings = new Map<string, Standing>();
  #roomsMade = 0;
  /** Locks of which a key was asked to open one, none among them. */
  readonly triedLocks: (string | undefined)[] = [];
  /** Runs before each write: may wait, or throw. */
  gate: () => Promise<void> = async () => {};
  /** How many entries each batch had. */
  readonly batches: number[] = [];
  /** How often older entries were read. */
  readCount = 0;

  findRoom(fold: string): RoomRecord | undefined {
    const room = this.rooms.get(fold);
    return room && { ...room, head: this.#of(room.id).length };
  }

  async createRoom(fold: string, name: string, making: RoomMaking = {}): Promise<RoomRecord> {
    await this.gate();
    if (this.rooms.has(fold)) throw new Error(`The room ${name} is there already`);
    const { makerId, lock } = making;
    const id = ++this.#roomsMade;
    const room = { id, name, epoch: `epoch-${id}`, head: 0, oldest: 1, makerId, lock };
    this.rooms.set(fold, room);
    return room;
  }

  async deleteRoom(roomId: number): Promise<void> {
    await this.gate();
    const { fold } = this.roomById(roomId) ?? {};
    if (fold !== undefined) this.rooms.delete(fold);
    this.#lines.delete(roomId);
  }

  standing(roomId: number, memberId: number): Standing | undefined {
    return this.#standings.get(`${roomId} ${memberId}`);
  }

  async keepMember(roomId: number, memberId: number, lock: string): Promise<void> {
    await this.gate();
    if (this.roomById(roomId)?.record.lock === lock) this.#standings.set(`${roomId} ${memberId}`, "member");
  }

  removedFrom(roomId: number): MemberRecord[] {
    return [...this.members.values()].filter(({ id }) => this.standing(roomId, id) === "removed");
  }

  openRooms(): LobbyRecord[] {
    return [...this.rooms.values()]
      .filter(({ lock, id }) => lock === undefined && this.#of(id).length > 0)
      .map(({ id, name }) => ({ id, name, at: id, isClosed: false }));
  }

  closedRooms(): LobbyRecord[] {
    return [];
  }

  closedRoomsOf(): LobbyRecord[] {
    return [];
  }

  async lockOf(key: string): Promise<string> {
    return `lock of ${key}`;
  }

  async isOpenedBy(key: string, lock: string | undefined): Promise<boolean> {
    this.triedLocks.push(lock);
    return lock === `lock of ${key}`;
  }

  #change(roomId: number, change: RoomChange): void {
    const record = [...this.rooms.values()].find(({ id }) => id === roomId);
    if (change.do === "key") {
      if (record !== undefined) record.lock = change.lock;
      for (const key of this.#standings.keys()) if (key.startsWith(`${roomId} `)) this.#standings.delete(key);
    } else if (change.do === "remove") this.#standings.set(`${roomId} ${change.memberId}`, "removed");
    else this.#standings.delete(`${roomId} ${change.memberId}`);
  }

  async append(batch: readonly Append[]): Promise<void> {
    this.batches.push(batch.length);
    await this.gate();
    for (const { roomId, seq, line, post, room } of batch) {
      if (room !== undefined) this.#change(roomId, room);
      const lines = this.#of(roomId);
      if (seq !== lines.length + 1) throw new Error(`Seq ${seq} does not follow ${lines.length}`);
      lines.push(new Uint8Array(line));
      if (post === undefined) continue;
      const author = authorKey(post.author);
      if (this.#posts.has(`${author} ${post.n}`)) throw new Error(`Number ${post.n} is used`);
      this.#posts.set(`${author} ${post.n}`, new Uint8Array(line));
      this.#marks.set(author, post.n);
    }
  }

  older(roomId: number): Older {
    return {
      read: (after, into) => {
        this.readCount += 1;
        let bytes = 0;
        let count = 0;
        for (const line of this.#of(roomId).slice(after)) {
          if (bytes + line.length > into.length) break;
          into.set(line, bytes);
          bytes += line.length;
          count += 1;
        }
        return { bytes, count };
      },
    };
  }

  author(roomId: number, memberId: number, device: string): Author {
    const author = { roomId, memberId, device };
    return { ...author, mark: this.#marks.get(authorKey(author)) ?? 0 };
  }

  findPost(author: Author, n: number): Uint8Array | undefined {
    return this.#posts.get(`${authorKey(author)} ${n}`);
  }

  /** A high-water mark that outlived its entries. */
  setMark(roomId: number, memberId: number, device: string, n: number): void {
    this.#marks.set(authorKey({ roomId, memberId, device }), n);
  }

  roomById(id: number): { record: RoomRecord; fold: string } | undefined {
    const [fold] = this.rooms.entries().find(([, room]) => room.id === id) ?? [];
    const record = fold === undefined ? undefined : this.findRoom(fold);
    return fold === undefined || record === undefined ? undefined : { record, fold };
  }

  directsOf(memberId: number): DirectRecord[] {
    return this.rooms
      .values()
      .toArray()
      .flatMap(({ name, id }) => {
        const pair = pairOf(name);
        const other = pair === undefined ? undefined : this.memberById(otherOf(pair, memberId) ?? 0);
        const head = this.#of(id).length;
        return other === undefined || head === 0 ? [] : [{ room: name, head, other }];
      });
  }

  memberById(id: number): MemberRecord | undefined {
    return this.members.values().find((member) => member.id === id);
  }

  findMember(key: string): MemberRecord | undefined {
    return this.members.get(key);
  }

  ownersOf({ fold, look }: Likeness): MemberRecord[] {
    return [...this.members.values()].filter((member) => member.fold === fold || member.look === look);
  }

  async claim(key: string, name: string, likeness: Likeness): Promise<MemberRecord> {
    await this.gate();
    const before = this.members.get(key);
    const others = this.ownersOf(likeness).filter(({ id }) => id !== before?.id);
    if (others.length > 0) throw new Error(`The name ${name} has an owner`);
    const { id, isHost } = before ?? { id: this.members.size + 1, isHost: false };
    const member = { id, isHost, isKeyless: false, name, ...likeness };
    this.members.set(key, member);
    return member;
  }

  async claimKeyless(name: string, likeness: Likeness): Promise<MemberRecord> {
    const member = await this.claim(`keyless ${this.members.size}`, name, likeness);
    return Object.assign(member, { isKeyless: true });
  }

  async free(memberId: number): Promise<void> {
    await this.gate();
    for (const member of this.members.values()) {
      if (member.id === memberId) Object.assign(member, { name: "", fold: undefined, look: undefined });
    }
  }

  async makeHost(memberId: number): Promise<void> {
    await this.gate();
    for (const member of this.members.values()) if (member.id === memberId) member.isHost = true;
  }

  /** All lines of a room that are kept. */
  text(roomId: number): string {
    return Buffer.concat(this.#of(roomId)).toString();
  }

  #of(roomId: number): Uint8Array[] {
    const lines = this.#lines.get(roomId) ?? [];
    this.#lines.set(roomId, lines);
    return lines;
  }
}

function authorKey({ roomId, memberId, device }: Omit<Author, "mark">): string {
  return `${roomId} ${memberId} ${device}`;
}

/** Takes lines up to a number of bytes, as a socket with an outbox does: the last line goes whole. */
export class TestConnection implements Connection {
  readonly #chunks: Buffer[] = [];
  #frames = "";

  /** @param bytes  How many bytes it takes before it is full. */
  constructor(public bytes = Number.POSITIVE_INFINITY) {}

  get isFull(): boolean {
    return this.bytes <= 0;
  }

  write(lines: Uint8Array): number {
    if (this.isFull) return 0;
    this.#take(this.#frames);
    this.#frames = "";
    // The byte that fills it may be the last of a line: the line behind is taken too, as an outbox does.
    const end = this.bytes >= lines.length ? lines.length : lines.indexOf(LF, this.bytes) + 1;
    this.#chunks.push(Buffer.from(lines.subarray(0, end)));
    this.bytes = end === lines.length ? this.bytes - end : 0;
    return end;
  }

  send(frame: object): void {
    this.#frames += `${JSON.stringify(frame)}\n`;
  }

  /** Everything that it has been given. */
  get text(): string {
    return Buffer.concat(this.#chunks).toString() + this.#frames;
  }

  /** Everything that it has been given, read. */
  get frames(): Frame[] {
    const lines = this.text.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }

  /** Its frames of one type. */
  of(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  #take(text: string): void {
    this.#chunks.push(Buffer.from(text));
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a frame's fields are what the test is about
export type Frame = { type: string; [field: string]: any };
