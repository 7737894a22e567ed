import { createHash, type Hash } from "node:crypto";
import type { Socket } from "bun";
import type { Door } from "./door.ts";
import { upgrade } from "./raw.ts";

const binary = 2;
const close = 8;

/** A page that can stop reading, which no browser's or Bun's WebSocket lets a test do. */
export class RawPage {
  /** Payload bytes that came. */
  receivedBytes = 0;
  /** SHA-256 over them. */
  readonly hash: Hash = createHash("sha256");
  /** The close code; undefined where the connection was cut without one. */
  readonly closed: Promise<number | undefined>;
  readonly opened: Promise<void>;
  #socket!: Socket;
  #rest = Buffer.alloc(0);
  #isOpen = false;
  #code: number | undefined;
  #resolveOpened: () => void;
  #resolveClosed: (code: number | undefined) => void;
  #waiting: Uint8Array[] = [];
  #watchers = new Set<() => void>();
  /** Payload bytes that the system has taken for the bridge, frame heads counted in. */
  sentBytes = 0;

  private constructor() {
    const opening = Promise.withResolvers<void>();
    const closing = Promise.withResolvers<number | undefined>();
    this.opened = opening.promise;
    this.closed = closing.promise;
    this.#resolveOpened = opening.resolve;
    this.#resolveClosed = closing.resolve;
  }

  static async open(door: Door): Promise<RawPage> {
    const page = new RawPage();
    page.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: door.port,
      socket: {
        data: (_, bytes) => page.#take(bytes),
        drain: () => page.#drain(),
        close: () => page.#resolveClosed(page.#code),
        error() {},
      },
    });
    page.#socket.write(upgrade(`Host: localhost:${door.port}`, `Origin: ${door.origin}`));
    await page.opened;
    return page;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends a message; its mask is zero, so that it reads the same. */
  send(payload: Uint8Array): void {
    const { length } = payload;
    const head = length < 126 ? [length | 0x80] : [126 | 0x80, length >> 8, length & 255];
    if (length > 65_535)
      head.splice(0, 3, 127 | 0x80, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255);
    this.#waiting.push(Buffer.concat([Buffer.from([0x80 | binary, ...head, 0, 0, 0, 0]), payload]));
    this.#drain();
  }

  get isBlocked(): boolean {
    return this.#waiting.length > 0;
  }

  until(claim: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (!claim()) return;
      this.#watchers.delete(look);
      resolve();
    };
    this.#watchers.add(look);
    look();
    return promise;
  }

  cut(): void {
    this.#socket.terminate();
  }

  #drain(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const taken = Math.max(0, this.#socket.write(next));
      this.sentBytes += taken;
      if (taken < next.length) {
        this.#waiting[0] = next.subarray(taken);
        return;
      }
      this.#waiting.shift();
    }
    this.#changed();
  }

  #take(bytes: Buffer): void {
    let rest = Buffer.concat([this.#rest, bytes]);
    if (!this.#isOpen) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) {
        this.#rest = rest;
        return;
      }
      this.#isOpen = true;
      this.#resolveOpened();
      rest = rest.subarray(end + 4);
    }
    for (let frame = readFrame(rest); frame !== undefined; frame = readFrame(rest)) {
      if (frame.kind === binary) {
        this.receivedBytes += frame.payload.length;
        this.hash.update(frame.payload);
      } else if (frame.kind === close) {
        this.#code = frame.payload.readUInt16BE(0);
      }
      rest = rest.subarray(frame.bytes);
    }
    this.#rest = rest;
    this.#changed();
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }
}

function readFrame(bytes: Buffer): { kind: number; payload: Buffer; bytes: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 127;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < head) return undefined;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < head + length) return undefined;
  return { kind: (bytes[0] ?? 0) & 15, payload: bytes.subarray(head, head + length), bytes: head + length };
}
