import { dlopen, FFIType, ptr } from "bun:ffi";
import type { Socket } from "bun";
import { type Challenge, prelude } from "../../src/wire/prelude.ts";
import { Key } from "../relay/client.ts";

const LF = 0x0a;
const nothing = Buffer.alloc(0);

/** What the system keeps for a reader that does not read: else it would hold tens of megabytes in the server's place. */
const receiveBytes = 64 * 1024;
// From Linux's asm-generic/socket.h.
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const { setsockopt } = dlopen("libc.so.6", {
  setsockopt: {
    args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.u32],
    returns: FFIType.i32,
  },
}).symbols;

/**
 * A member of a room who only counts what it reads: hundreds of them must cost the harness less than they cost the
 * server. It takes the first posts as the measure, and looks at no more than the number of each entry.
 */
export class RoomReader {
  /** Entries of messages so far. */
  messages = 0;
  readonly violations: string[] = [];
  isClosed = false;
  #seq = 0;
  #rest = nothing;
  #unsent = nothing;
  #isPaused = false;
  readonly #joined = Promise.withResolvers<void>();
  #wanted: { count: number; resolve: () => void } | undefined;
  readonly #key = new Key();
  #socket: Socket | undefined;

  private constructor(
    readonly name: string,
    private readonly room: string,
  ) {}

  /** Resolves once it is in the room. */
  static async join(port: number, name: string, room: string): Promise<RoomReader> {
    const reader = new RoomReader(name, room);
    reader.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, bytes) => reader.#read(bytes),
        drain: () => reader.#flush(),
        close: () => {
          reader.isClosed = true;
          if (reader.#wanted !== undefined) reader.violations.push(`${name} was sent away`);
          reader.#wanted?.resolve();
          reader.#joined.resolve();
        },
        error: () => {},
      },
    });
    const value = new Int32Array([receiveBytes]);
    // Bun's types leave the descriptor out.
    const fd = Number(Reflect.get(reader.#socket, "fd"));
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, ptr(value), value.byteLength) !== 0) {
      throw new Error(`Cannot narrow the socket of ${name}`);
    }
    reader.#send(prelude);
    await reader.#joined.promise;
    return reader;
  }

  post(n: number, text: string): void {
    this.#send({ type: "post", room: this.room, device: "d", n, text });
  }

  /** Waits until so many messages have come, or the connection has ended. */
  has(count: number): Promise<void> {
    if (this.messages >= count || this.isClosed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted = { count, resolve };
    return promise;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  close(): void {
    this.#wanted = undefined;
    this.#socket?.terminate();
  }

  #read(bytes: Buffer): void {
    const whole = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let from = 0;
    for (let to = whole.indexOf(LF); to >= 0; to = whole.indexOf(LF, from)) {
      this.#take(whole.toString("latin1", from, Math.min(to, from + 200)));
      from = to + 1;
    }
    this.#rest = Buffer.from(whole.subarray(from));
    if (this.#wanted !== undefined && this.messages >= this.#wanted.count) {
      this.#wanted.resolve();
      this.#wanted = undefined;
    }
  }

  /** @param start  The first bytes of a line. */
  #take(start: string): void {
    const seq = /^\{"type":"entry","room":"[^"]*","seq":(\d+),/.exec(start)?.[1];
    if (seq !== undefined) {
      if (this.#seq > 0 && Number(seq) !== this.#seq + 1)
        this.violations.push(`${this.name}: ${seq} came after ${this.#seq}`);
      this.#seq = Number(seq);
      if (start.includes('"kind":"message"')) this.messages += 1;
      return;
    }
    const type = /^\{"type":"(\w+)"/.exec(start)?.[1];
    if (type === "challenge")
      this.#send(this.#key.hello(JSON.parse(start.slice(0, start.indexOf("}") + 1)) as Challenge, this.name));
    if (type === "welcome") this.#send({ type: "join", room: this.room, last: 0 });
    if (type === "people") this.#joined.resolve();
    if (type === "ping" && !this.#isPaused) this.#send({ type: "pong" });
    if (type === "error") this.violations.push(`${this.name}: ${start}`);
  }

  #send(frame: object): void {
    const line = Buffer.from(`${JSON.stringify(frame)}\n`);
    this.#unsent = this.#unsent.length === 0 ? line : Buffer.concat([this.#unsent, line]);
    this.#flush();
  }

  #flush(): void {
    if (this.#unsent.length === 0 || this.#socket === undefined) return;
    this.#unsent = this.#unsent.subarray(Math.max(0, this.#socket.write(this.#unsent)));
  }
}
