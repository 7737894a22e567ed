import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket } from "bun";
import type { Timing } from "../../src/relay/peer.ts";
import { startRelay } from "../../src/relay/relay.ts";
import type { FileStore } from "../../src/room/file-store.ts";
import type { Files, FilesOptions } from "../../src/room/files.ts";
import { Members } from "../../src/room/members.ts";
import { Rooms } from "../../src/room/rooms.ts";
import { certificateOf } from "../../src/store/certificate.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { checkRelayFrame, type JsonObject, parseLine } from "../../src/wire/decode.ts";
import { limits } from "../../src/wire/limits.ts";
import { LineSplitter } from "../../src/wire/lines.ts";
import { type Challenge, helloText, prelude } from "../../src/wire/prelude.ts";
import { filesOf } from "./files-of.ts";

/** A relay of this process with a data directory of its own. */
export type FileServer = {
  port: number;
  data: string;
  store: Store;
  files: Files;
  troubles: unknown[];
  stop(): Promise<void>;
};

/** What a test may want otherwise. */
type Wish = {
  data?: string;
  files?: Partial<FilesOptions>;
  timing?: Partial<Timing>;
  /** Changes what files are kept in. */
  wrap?: (files: FileStore) => FileStore;
};

export async function startFileServer(options: Wish = {}): Promise<FileServer> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), "pendopo-files-")));
  const store = openStore(data);
  const now = () => performance.now();
  const troubles: unknown[] = [];
  const rooms: Rooms = new Rooms({
    store: store.rooms,
    members: store.members,
    waiting: { soon: setImmediate, later: setTimeout, now },
    wallClock: Date.now,
    onStorage: (isFull) => relay.tellAll({ type: "storage", isFull }),
    onBroken: (error) => {
      throw error;
    },
  });
  const files = filesOf(store, rooms, {
    onTrouble: (error) => troubles.push(error),
    store: options.wrap?.(store.files) ?? store.files,
    ...options.files,
  });
  await store.files.collect();
  await files.recover();
  const relay = startRelay({
    rooms,
    members: new Members(store.members, 0, now),
    files,
    serverId: store.serverId,
    hostSecret: store.hostSecret,
    program: "pendopo/test",
    log: { debug() {}, error: (sentence, cause) => troubles.push(sentence, cause) },
    hostname: "127.0.0.1",
    port: 0,
    connectionsMax: 100,
    certificate: await certificateOf(data),
    timing: { ...limits, ...options.timing },
  });
  const stop = async () => {
    await rooms.drain();
    await relay.stop(500);
    await files.stop();
    await rooms.drain();
    store.close();
    if (options.data === undefined) await rm(data, { recursive: true });
  };
  return { port: relay.port, data, store, files, troubles, stop };
}

const patienceMs = 10_000;

/** A socket whose frames are waited for one by one, and whose bytes may be raw from some frame on. */
export class Line {
  readonly frames: JsonObject[] = [];
  readonly #splitter = new LineSplitter();
  #unsent: Uint8Array[] = [];
  #socket: Socket | undefined;
  #rawFrom: string | undefined;
  #isRaw = false;
  raw: Buffer[] = [];
  rawBytes = 0;
  /** Whether raw bytes are kept, or only counted. */
  keepsRaw = true;
  isClosed = false;
  /** Called with raw bytes as they come. */
  onRaw: ((bytes: Uint8Array) => void) | undefined;
  #waiting: (() => void)[] = [];

  static async open(port: number): Promise<Line> {
    const line = new Line();
    line.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, bytes) => line.#read(bytes),
        drain: () => line.#drain(),
        close: () => line.#closed(),
        error: () => line.#closed(),
      },
    });
    line.send(prelude);
    await line.next("prelude");
    return line;
  }

  send(...frames: object[]): void {
    this.sendBytes(Buffer.from(frames.map((frame) => `${JSON.stringify(frame)}\n`).join("")));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#unsent.push(bytes);
    this.#drain();
  }

  /** Sends bytes, and waits until the system has taken them. */
  async sendAll(bytes: Uint8Array): Promise<void> {
    this.sendBytes(bytes);
    await this.until(() => this.#unsent.length === 0 || this.isClosed);
  }

  /** Bytes behind the next frame of a type are a file's. */
  rawAfter(type: string): void {
    this.#rawFrom = type;
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Ends at once, as a process that dies. */
  kill(): void {
    this.#socket?.terminate();
  }

  /** Takes the next frame that is of a type and says something; those before it stay. */
  async next(type: string, where: (frame: JsonObject) => boolean = () => true): Promise<JsonObject> {
    const find = () => this.frames.findIndex((frame) => frame.type === type && where(frame));
    await this.until(() => find() >= 0 || this.isClosed, type);
    const [frame] = this.frames.splice(find(), 1);
    if (frame === undefined || frame.type !== type)
      throw new Error(`Ended before "${type}": ${JSON.stringify(this.frames)}`);
    return frame;
  }

  async ended(): Promise<void> {
    await this.until(() => this.isClosed, "the end");
  }

  async until(isDone: () => boolean, what = "something"): Promise<void> {
    const timeAt = performance.now() + patienceMs;
    while (!isDone()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      const timer = setTimeout(resolve, timeAt - performance.now());
      await promise;
      clearTimeout(timer);
      if (performance.now() > timeAt)
        throw new Error(
          `Waited in vain for ${what}; there is ${JSON.stringify(this.frames).slice(-1_000)} and ${this.rawBytes} bytes`,
        );
    }
  }

  #read(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0 && !this.#isRaw) {
      const end = rest.indexOf(10) + 1 || rest.length;
      this.#splitter.push(rest.subarray(0, end), (text) => this.#take(parseLine(text)));
      rest = rest.subarray(end);
    }
    if (rest.length > 0) {
      this.rawBytes += rest.length;
      if (this.keepsRaw) this.raw.push(Buffer.from(rest));
      this.onRaw?.(rest);
    }
    this.#wake();
  }

  #take(frame: JsonObject): void {
    checkRelayFrame(frame);
    if (frame.type === "ping") {
      this.send({ type: "pong" });
      return;
    }
    this.frames.push(frame);
    if (frame.type === this.#rawFrom) this.#isRaw = true;
  }

  #drain(): void {
    for (let bytes = this.#unsent[0]; bytes !== undefined; bytes = this.#unsent[0]) {
      const taken = Math.max(0, this.#socket?.write(bytes) ?? 0);
      if (taken < bytes.length) {
        this.#unsent[0] = bytes.subarray(taken);
        return;
      }
      this.#unsent.shift();
    }
    this.#wake();
  }

  #closed(): void {
    this.isClosed = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }
}

/** Somebody with a session, who can come back with the same key. */
export class Person {
  member = "";
  #n = 0;
  #id = 0;

  private constructor(
    readonly port: number,
    readonly line: Line,
    readonly keys: ReturnType<typeof newKeys>,
  ) {}

  static async come(port: number, name: string, keys = newKeys(), firstN = 0): Promise<Person> {
    const person = new Person(port, await Line.open(port), keys);
    person.#n = firstN;
    const challenge = await person.line.next("challenge");
    person.line.send({ type: "hello", name, ...keys.answer(challenge as Challenge) });
    const welcome = await person.line.next("welcome");
    person.member = String(welcome.member);
    return person;
  }

  async join(room: string): Promise<JsonObject> {
    this.line.send({ type: "join", room, last: 0 });
    return this.line.next("joined");
  }

  /** @returns The entry of the offer. */
  async offer(
    room: string,
    name: string,
    size: number,
    more: object = {},
  ): Promise<JsonObject & { file: string }> {
    this.#n += 1;
    const n = this.#n;
    this.line.send({ type: "offer", room, device: "d", n, name, size, ...more });
    const answer = await this.#answer((frame) => frame.n === n && frame.device === "d");
    return answer as JsonObject & { file: string };
  }

  async ticket(room: string, file: string, action: "put" | "get" | "view"): Promise<string> {
    const answer = await this.request({ type: "ticket", room, file, action });
    if (answer.type !== "ticket") throw new Error(String(answer.code));
    return String(answer.ticket);
  }

  /** @returns The answer: whatever has the request's id. */
  async request(frame: object): Promise<JsonObject> {
    this.#id += 1;
    const id = this.#id;
    this.line.send({ ...frame, id });
    return this.#answer((answer) => answer.id === id);
  }

  /** The next entry of a file that says something. */
  entry(file: string, action: string): Promise<JsonObject> {
    return this.line.next("entry", (frame) => frame.file === file && frame.action === action);
  }

  async #answer(isIt: (frame: JsonObject) => boolean): Promise<JsonObject> {
    const find = () => this.line.frames.findIndex(isIt);
    await this.line.until(() => find() >= 0 || this.line.isClosed, "an answer");
    const [frame] = this.line.frames.splice(find(), 1);
    if (frame === undefined) throw new Error("The session ended before its answer");
    return frame;
  }
}

export function newKeys() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const key = String(publicKey.export({ format: "jwk" }).x);
  return {
    answer: (challenge: Challenge) => ({
      key,
      signature: sign(null, Buffer.from(helloText(challenge)), privateKey).toString("base64url"),
    }),
  };
}

/** Opens a transfer connection and begins to put. @returns The connection, once the relay is ready or has refused. */
export async function beginPut(port: number, ticket: string, offset: number): Promise<Line> {
  const line = await Line.open(port);
  line.send({ type: "put", ticket, offset });
  await line.until(
    () => line.frames.some(({ type }) => type === "ready" || type === "error") || line.isClosed,
  );
  return line;
}

/** Puts bytes from an offset to the end. @returns The last frame. */
export async function put(port: number, ticket: string, bytes: Uint8Array, offset = 0): Promise<JsonObject> {
  const line = await beginPut(port, ticket, offset);
  line.sendBytes(bytes.subarray(offset));
  await line.ended();
  return line.frames.at(-1) ?? {};
}

/** Gets bytes. @returns The `ready` frame, or the error, and the bytes behind it. */
export async function get(
  port: number,
  ticket: string,
  offset = 0,
  length?: number,
): Promise<{ ready: JsonObject; bytes: Buffer }> {
  const line = await beginGet(port, ticket, offset, length);
  const [ready = {}] = line.frames;
  if (ready.type === "ready") await line.ended();
  else line.kill();
  return { ready, bytes: Buffer.concat(line.raw) };
}

/** Opens a transfer connection and begins to get. @returns The connection, once the relay is ready or has refused. */
export async function beginGet(port: number, ticket: string, offset = 0, length?: number): Promise<Line> {
  const line = await Line.open(port);
  await line.next("challenge");
  line.rawAfter("ready");
  line.send({ type: "get", ticket, offset, ...(length === undefined ? {} : { length }) });
  await line.until(() => line.frames.length > 0 || line.isClosed, "an answer");
  return line;
}
