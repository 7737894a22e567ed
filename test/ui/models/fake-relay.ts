import { verifyAsync } from "@noble/ed25519";
import type { SocketLike } from "../../../src/ui/models/deps.ts";
import type { ClientFrame, ClientFrames } from "../../../src/wire/client-frames.ts";
import { closeCodes } from "../../../src/wire/closes.ts";
import { checkClientFrame, parseLine } from "../../../src/wire/decode.ts";
import type { Draft } from "../../../src/wire/entry.ts";
import { encodeEntry } from "../../../src/wire/entry.ts";
import type { ErrorCode, ErrorDetails } from "../../../src/wire/errors.ts";
import { Refusal } from "../../../src/wire/errors.ts";
import { limits } from "../../../src/wire/limits.ts";
import type { Challenge } from "../../../src/wire/prelude.ts";
import { helloText } from "../../../src/wire/prelude.ts";
import type { RelayFrame } from "../../../src/wire/relay-frames.ts";
import { encodeFrame, errorFrame } from "../../../src/wire/relay-frames.ts";

type Room = { id: string; epoch: string; oldest: number; entries: { at: number; draft: Draft }[] };
/** A file as it arrives. */
type FakeFile = { room: string; member: string; size: number; bytes: number[]; isOver: boolean };
type Member = { id: string; key: string; name: string; isHost: boolean };

/** What a relay does on the wire, in memory and in one process; src/relay is tested elsewhere. */
export class FakeRelay {
  server = "Q".repeat(22);
  hostSecret = "g".repeat(43);
  /** Close code of the next sockets, which are not let in; null: they are. */
  downWith: number | null = null;
  /** Called for each frame before it is handled: true, and it is answered by nobody. */
  ignores: (frame: ClientFrame) => boolean = () => false;
  /** An error with which a frame is answered in place of the relay's own answer. */
  refuses: (frame: ClientFrame) => { code: ErrorCode; details?: ErrorDetails } | null = () => null;
  /** Bytes of each message to a page. */
  chunkBytes = 1 << 20;
  readonly heard: ClientFrame[] = [];
  /** Numbers that a device used for two texts, which loses the second. */
  readonly mixedUp: string[] = [];
  readonly rooms = new Map<string, Room>();
  readonly sockets = new Set<FakeSocket>();
  readonly files = new Map<string, FakeFile>();
  readonly tickets = new Map<string, { file: string; action: string }>();
  readonly boxes = new Map<string, { box: string; member: Member }>();
  isDown = false;
  readonly #members = new Map<string, Member>();
  #clock: () => number;
  #lastTicket = 0;

  constructor(now: () => number) {
    this.#clock = now;
  }

  readonly open = (): SocketLike => new FakeSocket(this, this.downWith);

  /** Ends every connection, as a relay that stops. */
  cut(code: number = closeCodes["relay-closed"]): void {
    // They live in its memory.
    this.tickets.clear();
    for (const socket of [...this.sockets]) socket.end(code);
  }

  /** How much of a file is there, for who has a ticket to put it; null for who has none. */
  stored(id: string, ticket: string): number | null {
    const permit = this.tickets.get(ticket);
    const file = this.files.get(id);
    return !this.isDown && permit?.file === id && permit.action === "put" && file && !file.isOver
      ? file.bytes.length
      : null;
  }

  receive(id: string, piece: Uint8Array): void {
    const file = this.files.get(id)!;
    file.bytes.push(...piece);
    this.signal({ type: "progress", room: file.room, file: id, bytes: file.bytes.length, state: "arriving" });
  }

  finish(id: string): void {
    const sha256 = new Bun.CryptoHasher("sha256")
      .update(new Uint8Array(this.files.get(id)!.bytes))
      .digest("hex");
    this.#end(id, { action: "complete", file: id, sha256, mediaType: "application/octet-stream" });
  }

  fail(id: string, reason: "cancelled" | "changed" | "expired" | "storage"): void {
    this.#end(id, { action: "failed", file: id, reason });
  }

  /** Somebody takes all of a file. */
  take(id: string, member: string, name: string): void {
    const { room } = this.files.get(id)!;
    this.append(this.room(room), { kind: "file", member, name, event: { action: "received", file: id } });
  }

  #end(id: string, event: Extract<Draft, { kind: "file" }>["event"]): void {
    const file = this.files.get(id)!;
    if (file.isOver) return;
    file.isOver = true;
    this.append(this.room(file.room), { kind: "file", member: file.member, name: "?", event });
  }

  posts(): ClientFrames["post"][] {
    return this.heard.filter((frame) => frame.type === "post");
  }

  room(id: string): Room {
    let room = this.rooms.get(id);
    if (!room) {
      room = { id, epoch: "E".repeat(11), oldest: 1, entries: [] };
      this.rooms.set(id, room);
    }
    return room;
  }

  /** Somebody who is not in this test's browser says something. */
  say(roomId: string, text: string, member = "m99", name = "Bima"): void {
    const n = this.room(roomId).entries.length + 1;
    this.append(this.room(roomId), { kind: "message", member, name, device: "other", n, text });
  }

  texts(roomId: string): string[] {
    return this.room(roomId).entries.flatMap(({ draft }) => (draft.kind === "message" ? [draft.text] : []));
  }

  signal(frame: RelayFrame): void {
    for (const socket of this.sockets) socket.tell(frame);
  }

  append(room: Room, draft: Draft): number {
    room.entries.push({ at: this.#clock(), draft });
    const seq = room.entries.length;
    for (const socket of this.sockets) {
      if (socket.rooms.has(room.id)) socket.write(this.line(room, seq));
      else this.#call(socket, room);
    }
    return seq;
  }

  line(room: Room, seq: number): string {
    const { at, draft } = room.entries[seq - 1]!;
    return encodeEntry(JSON.stringify(room.id), seq, at, draft);
  }

  async handle(socket: FakeSocket, frame: ClientFrame): Promise<void> {
    this.heard.push(frame);
    if (this.ignores(frame)) return;
    const id = "id" in frame ? frame.id : undefined;
    const refused = this.refuses(frame);
    const about =
      frame.type === "post" || frame.type === "offer"
        ? { room: frame.room, device: frame.device, n: frame.n }
        : {};
    if (refused) {
      const error = new Refusal(refused.code as Refusal["code"], "Do it otherwise", {
        ...about,
        ...refused.details,
      });
      socket.tell(errorFrame(error, id));
      return;
    }
    switch (frame.type) {
      case "hello":
        return this.#hello(socket, frame);
      case "join":
        return this.#join(socket, frame);
      case "post":
        return this.#post(socket, frame);
      case "offer":
        return this.#offer(socket, frame);
      case "ticket":
        return this.#ticket(socket, frame);
      case "cancel":
        this.fail(frame.file, frame.reason ?? "cancelled");
        return socket.tell({ type: "ok", ...(id === undefined ? {} : { id }) });
      case "direct": {
        const [low, high] = [socket.member!.id, frame.member].sort() as [string, string];
        return this.#join(socket, { type: "join", id: id!, room: `@${low}+${high}` });
      }
      case "leave":
        socket.rooms.delete(frame.room);
        return socket.tell({ type: "ok", ...(id === undefined ? {} : { id }) });
      case "history": {
        const room = this.room(frame.room);
        const last = frame.before - 1;
        const first = Math.max(room.oldest, frame.before - (frame.limit ?? 50));
        for (let seq = first; seq <= last; seq++) socket.write(this.line(room, seq));
        return socket.tell({ type: "page", id: id!, room: room.id, first, last, oldest: room.oldest });
      }
      case "rename":
        socket.member!.name = frame.name;
        this.signal({
          type: "here",
          room: [...socket.rooms][0]!,
          member: socket.member!.id,
          name: frame.name,
        });
        return socket.tell({ type: "ok", id: id!, name: frame.name });
      case "carry": {
        const code = `${String(this.boxes.size + 1).padStart(21, "b")}A`;
        this.boxes.set(code, { box: frame.box, member: socket.member! });
        return socket.tell({ type: "carried", id: id!, code, expiresMs: limits.boxMsMax });
      }
      case "take": {
        const found = this.boxes.get(frame.code);
        if (!found) return socket.tell(errorFrame(new Refusal("carry-gone", "Make another link"), id));
        this.boxes.delete(frame.code);
        socket.tell({ type: "box", id: id!, box: found.box });
        for (const other of this.sockets)
          if (other.member === found.member) other.tell({ type: "taken", code: frame.code });
        return;
      }
      case "host":
        if (frame.secret !== this.hostSecret)
          return socket.tell(errorFrame(new Refusal("secret-wrong", "Use the right one"), id));
        socket.member!.isHost = true;
        return socket.tell({ type: "ok", id: id! });
    }
  }

  async #hello(socket: FakeSocket, frame: ClientFrames["hello"]): Promise<void> {
    const bytes = (text: string) => Uint8Array.fromBase64(text, { alphabet: "base64url" });
    const text = new TextEncoder().encode(helloText(socket.challenge));
    if (!(await verifyAsync(bytes(frame.signature), text, bytes(frame.key))))
      throw new Error("signature wrong");
    const owner = [...this.#members.values()].find(({ name }) => name === frame.name);
    if (owner && owner.key !== frame.key) {
      socket.tell(
        errorFrame(new Refusal("name-taken", "Choose another", { suggestion: `${frame.name} 2` }), frame.id),
      );
      return;
    }
    const id = `m${this.#members.size + 1}`;
    const member = this.#members.get(frame.key) ?? { id, key: frame.key, name: frame.name, isHost: false };
    if (!frame.keepsName) member.name = frame.name;
    this.#members.set(frame.key, member);
    socket.member = member;
    const { name, isHost } = member;
    socket.tell({
      type: "welcome",
      id: frame.id!,
      member: member.id,
      name,
      isHost,
      server: this.server,
      rate: 5,
    });
    for (const room of this.rooms.values()) this.#call(socket, room);
  }

  /** Tells a member of a conversation of two in which they are not. */
  #call(socket: FakeSocket, { id: room, entries }: Room): void {
    const pair = /^@(m\d+)\+(m\d+)$/.exec(room)?.slice(1);
    const member = pair?.find((one) => one !== socket.member?.id);
    if (!member || !pair?.includes(socket.member?.id ?? "") || socket.rooms.has(room) || entries.length === 0)
      return;
    const name = this.#named(member);
    socket.tell({ type: "direct", room, member, name, head: entries.length });
  }

  #named(id: string): string {
    return [...this.#members.values()].find((member) => member.id === id)?.name ?? id;
  }

  #offer(socket: FakeSocket, frame: ClientFrames["offer"]): void {
    const room = this.room(frame.room);
    const { id: member, name } = socket.member!;
    const { device, n, size, folder } = frame;
    const known = room.entries.findIndex(
      ({ draft }) =>
        draft.kind === "file" &&
        draft.event.action === "offered" &&
        draft.member === member &&
        draft.event.device === device &&
        draft.event.n === n,
    );
    if (known >= 0) {
      socket.write(this.line(room, known + 1));
      return;
    }
    const file = `${String(this.files.size + 1).padStart(21, "f")}A`;
    this.files.set(file, { room: room.id, member, size, bytes: [], isOver: false });
    const event = { action: "offered" as const, device, n, file, fileName: frame.name, size };
    this.append(room, { kind: "file", member, name, event: { ...event, ...(folder && { folder }) } });
  }

  #ticket(socket: FakeSocket, frame: ClientFrames["ticket"]): void {
    const file = this.files.get(frame.file);
    if (!file || (frame.action === "put" && file.isOver)) {
      const code = file ? "file-over" : "file-unknown";
      socket.tell(errorFrame(new Refusal(code, "Leave it", { file: frame.file }), frame.id));
      return;
    }
    const ticket = `${String(++this.#lastTicket).padStart(42, "t")}A`;
    this.tickets.set(ticket, { file: frame.file, action: frame.action });
    socket.tell({
      type: "ticket",
      id: frame.id!,
      file: frame.file,
      action: frame.action,
      ticket,
      expiresMs: 600_000,
    });
  }

  #join(socket: FakeSocket, frame: ClientFrames["join"]): void {
    const isNew = !this.rooms.has(frame.room);
    const room = this.room(frame.room);
    const { id: member, name } = socket.member!;
    if (isNew && !frame.room.startsWith("@"))
      this.append(room, { kind: "room", member, name, action: "created" });
    const { epoch, oldest } = room;
    const head = room.entries.length;
    const after = frame.after ?? Math.max(oldest - 1, head - (frame.last ?? 50));
    const about = { room: room.id, epoch, head, oldest };
    if (frame.after !== undefined && (frame.epoch !== epoch || after > head)) {
      socket.tell(errorFrame(new Refusal("afresh", "Start at the tail", about), frame.id));
      return;
    }
    if (after < oldest - 1) {
      socket.tell(errorFrame(new Refusal("gone", "Start at the tail", about), frame.id));
      return;
    }
    socket.rooms.add(room.id);
    socket.tell({ type: "joined", id: frame.id!, ...about, from: after, isNew });
    const people = [...this.sockets].flatMap((other) => (other.rooms.has(room.id) ? [other.member!] : []));
    const list = people.map((person) => ({ member: person.id, name: person.name }));
    socket.tell({ type: "people", room: room.id, people: list, isFirst: true, isLast: true });
    for (let seq = after + 1; seq <= head; seq++) socket.write(this.line(room, seq));
    for (const other of this.sockets) {
      if (other !== socket && other.rooms.has(room.id))
        other.tell({ type: "here", room: room.id, member, name });
    }
  }

  #post(socket: FakeSocket, { room: id, device, n, text }: ClientFrames["post"]): void {
    const room = this.room(id);
    const { id: member, name } = socket.member!;
    const known = room.entries.findIndex(
      ({ draft }) =>
        draft.kind === "message" && draft.member === member && draft.device === device && draft.n === n,
    );
    const before = room.entries[known]?.draft;
    if (before?.kind === "message" && before.text !== text) this.mixedUp.push(`${device}/${n}`);
    if (known >= 0) socket.write(this.line(room, known + 1));
    else this.append(room, { kind: "message", member, name, device, n, text });
  }
}

class FakeSocket implements SocketLike {
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;
  readonly rooms = new Set<string>();
  readonly challenge: Challenge;
  member: Member | null = null;
  readonly #relay: FakeRelay;
  #isOpen = true;
  #handled = Promise.resolve();

  constructor(relay: FakeRelay, downWith: number | null) {
    this.#relay = relay;
    this.challenge = { type: "challenge", nonce: "E".repeat(43), server: relay.server, fingerprint: null };
    if (downWith !== null) {
      queueMicrotask(() => this.end(downWith));
      return;
    }
    relay.sockets.add(this);
    this.tell(this.challenge);
  }

  send(text: string): void {
    if (!this.#isOpen) return;
    for (const line of text.trimEnd().split("\n")) {
      const frame = checkClientFrame(parseLine(line));
      this.#handled = this.#handled.then(() => (this.#isOpen ? this.#relay.handle(this, frame) : undefined));
    }
  }

  close(): void {
    this.#isOpen = false;
    this.#relay.sockets.delete(this);
  }

  end(code: number): void {
    if (!this.#isOpen) return;
    this.close();
    this.onclose?.({ code });
  }

  tell(frame: RelayFrame): void {
    this.write(encodeFrame(frame));
  }

  write(lines: string): void {
    const bytes = new TextEncoder().encode(lines);
    for (let from = 0; from < bytes.length; from += this.#relay.chunkBytes) {
      const data = bytes.slice(from, from + this.#relay.chunkBytes).buffer;
      queueMicrotask(() => {
        if (this.#isOpen) this.onmessage?.({ data });
      });
    }
  }
}
