import type { Socket } from "bun";
import * as v from "valibot";
import { checkRelayFrame, type JsonObject, parseLine } from "../../src/wire/decode.ts";
import { transferAnswers } from "../../src/wire/file-frames.ts";
import { LineSplitter } from "../../src/wire/lines.ts";
import { preludeAnswerSchema } from "../../src/wire/prelude.ts";

/** Only so that a failing example says what it waited for; no example waits for time. */
const patienceMs = 10_000;

/** Their order relative to everything else is not promised (§13). */
const signals = new Set(["here", "away", "typing", "storage", "direct", "taken"]);

const LF = 0x0a;

/** Frames wait to be asked for in rows: how many of `progress` come is the relay's affair, so that they have one of their own. */
type Row = "frame" | "signal" | "progress";

/**
 * A client's end of a connection: frames come out one by one, signals beside the rest.
 *
 * Every frame is checked by the schema of its type on the way.
 */
export class Connection {
  readonly #splitter = new LineSplitter();
  readonly #rows: Record<Row, JsonObject[]> = { frame: [], signal: [], progress: [] };
  readonly #encoder = new TextEncoder();
  readonly #unsent: Uint8Array[] = [];
  #socket: Socket | undefined;
  #waiting: (() => void) | undefined;
  #problem: unknown;
  #hasAnswer = false;
  /** Bytes of a file, which come behind a `ready` that says how many. */
  #raw: Uint8Array = new Uint8Array();
  #isRaw = false;
  /** Posts whose entries are part of an example's beginning, not of its lines: room, device, n. */
  readonly ignored = new Set<string>();
  isClosed = false;
  /** Its member's id and the server's, from the welcome on. */
  member = "";
  server = "";

  static async open(port: number): Promise<Connection> {
    const connection = new Connection();
    connection.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, bytes) => connection.#read(bytes),
        drain: () => connection.#drain(),
        close: () => connection.#closed(),
        error: (_, error) => connection.#fail(error),
      },
    });
    return connection;
  }

  /** Sends a line, or several with LF between them. */
  send(line: string): void {
    this.sendBytes(this.#encoder.encode(`${line}\n`));
  }

  /** Sends bytes; what the socket does not take at once leaves later, in order. */
  sendBytes(bytes: Uint8Array): void {
    this.#unsent.push(bytes);
    this.#drain();
  }

  /** Reads no more until `resume`: a slow reader. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  close(): void {
    this.#socket?.end();
  }

  /** The next frame, which has to be of this type. */
  async expect(type: string): Promise<JsonObject> {
    const frame = await this.next("frame", type);
    if (frame.type !== type) throw new Error(`Instead of "${type}" came: ${JSON.stringify(frame)}`);
    return frame;
  }

  /** The next frame of a row. */
  async next(kind: Row, expected: string): Promise<JsonObject> {
    const row = this.#rows[kind];
    await this.#until(() => row.length > 0 || this.isClosed, expected);
    const frame = row.shift();
    if (frame === undefined) throw new Error(`The connection ended; expected: ${expected}`);
    return frame;
  }

  /** The next bytes of a file. */
  async nextBytes(count: number): Promise<Uint8Array> {
    await this.#until(() => this.#raw.length >= count || this.isClosed, `${count} bytes of a file`);
    const bytes = this.#raw.slice(0, count);
    this.#raw = this.#raw.slice(count);
    return bytes;
  }

  /** Waits for the relay's end of the connection. */
  async ended(): Promise<void> {
    await this.#until(() => this.isClosed, "the end of the connection");
  }

  get isMember(): boolean {
    return this.member !== "";
  }

  /** What came and was not asked for. */
  get rest(): unknown[] {
    const { frame, signal } = this.#rows;
    return [...frame, ...signal, ...(this.#raw.length === 0 ? [] : [new TextDecoder().decode(this.#raw)])];
  }

  async #until(isDone: () => boolean, expected: string): Promise<void> {
    while (true) {
      if (this.#problem !== undefined) throw this.#problem;
      if (isDone()) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(
        () => reject(new Error(`Waited in vain for ${expected}; there is: ${JSON.stringify(this.rest)}`)),
        patienceMs,
      );
      this.#waiting = resolve;
      await promise.finally(() => clearTimeout(timer));
    }
  }

  #read(bytes: Uint8Array): void {
    try {
      let rest = bytes;
      // Line by line: what stands behind one may be bytes of a file.
      while (rest.length > 0 && !this.#isRaw) {
        const end = rest.indexOf(LF) + 1 || rest.length;
        this.#splitter.push(rest.subarray(0, end), (line) => this.#take(parseLine(line)));
        rest = rest.subarray(end);
      }
      this.#raw = Buffer.concat([this.#raw, rest]);
    } catch (error) {
      this.#fail(error);
    }
    this.#waiting?.();
  }

  #take(frame: JsonObject): void {
    if (!this.#hasAnswer && frame.type === "prelude") {
      v.parse(preludeAnswerSchema, frame);
      this.#hasAnswer = true;
    } else if (Object.hasOwn(transferAnswers, String(frame.type))) {
      v.parse(transferAnswers[frame.type as keyof typeof transferAnswers], frame);
      this.#isRaw = frame.length !== undefined;
    } else if (checkRelayFrame(frame) === undefined) {
      throw new Error(`A frame of an unknown type came: ${JSON.stringify(frame)}`);
    }
    if (frame.type === "welcome") {
      this.member = String(frame.member);
      this.server = String(frame.server);
    }
    if (frame.type === "entry" && this.ignored.delete(postKey(frame))) return;
    this.#rows[rowOf(frame)].push(frame);
  }

  #drain(): void {
    for (let bytes = this.#unsent[0]; bytes !== undefined; bytes = this.#unsent[0]) {
      const taken = this.#socket?.write(bytes) ?? 0;
      if (taken < bytes.length) {
        this.#unsent[0] = bytes.subarray(Math.max(0, taken));
        return;
      }
      this.#unsent.shift();
    }
  }

  #closed(): void {
    this.isClosed = true;
    this.#waiting?.();
  }

  #fail(error: unknown): void {
    this.#problem ??= error;
    this.#waiting?.();
  }

  /** Waits until everything in `ignored` has come. */
  async settled(): Promise<void> {
    await this.#until(() => this.ignored.size === 0, "entries that were posted before the example");
  }
}

/** What tells an entry's post from others. */
export function postKey({ room, device, n }: JsonObject): string {
  return `${room} ${device} ${n}`;
}

/** Where a frame waits. */
export function rowOf({ type }: JsonObject): Row {
  if (type === "progress") return "progress";
  return signals.has(String(type)) ? "signal" : "frame";
}
