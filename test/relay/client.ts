import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Socket } from "bun";
import { LineSplitter } from "../../src/wire/lines.ts";
import { type Challenge, helloText, prelude, tlsPrelude } from "../../src/wire/prelude.ts";

// biome-ignore lint/suspicious/noExplicitAny: a frame's fields are what a test is about
export type Frame = { type: string; [field: string]: any };
/** What a frame must look like: a type, or fields and their values. */
export type Match = string | { [field: string]: unknown };

/** Somebody's key. */
export class Key {
  readonly id: string;
  readonly #secret: KeyObject;

  constructor() {
    const { privateKey } = generateKeyPairSync("ed25519");
    const { x, d } = privateKey.export({ format: "jwk" });
    this.id = x!;
    this.#secret = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", x: x!, d: d! }, format: "jwk" });
  }

  hello(challenge: Challenge, name: string): Frame {
    const signature = sign(null, Buffer.from(helloText(challenge)), this.#secret).toString("base64url");
    return { type: "hello", id: 1, key: this.id, signature, name };
  }
}

/** A small client of the wire: sends what it is told to, and keeps all that comes. */
export class Client {
  readonly frames: Frame[] = [];
  /** What the relay said that is no line of JSON. */
  readonly oddities: string[] = [];
  isClosed = false;
  /** Of the certificate that the relay showed, once TLS is there. */
  fingerprint: string | undefined;
  #socket: Socket | undefined;
  #isInTls = false;
  readonly #splitter = new LineSplitter();
  readonly #watchers = new Set<() => void>();
  #unsent = Buffer.alloc(0);
  #seen = 0;

  static async connect(port: number): Promise<Client> {
    const client = new Client();
    client.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        // What TLS carries is told outside of it as well, as it is on the wire.
        data: (_, bytes) => {
          if (!client.#isInTls) client.#take(bytes);
        },
        drain: () => client.#flush(),
        close: () => client.#close(),
        error: () => {},
      },
    });
    return client;
  }

  /** A connection whose hello has been accepted. */
  static async member(port: number, name: string, key = new Key()): Promise<Client> {
    const client = await Client.challenged(port);
    client.send(key.hello(client.challenge, name));
    await client.next("welcome");
    return client;
  }

  /** A connection whose hello has been accepted, inside TLS. */
  static async secureMember(port: number, name: string, key = new Key()): Promise<Client> {
    const client = await Client.secured(port);
    client.send(key.hello(client.challenge, name));
    await client.next("welcome");
    return client;
  }

  /** A connection that has to say hello, inside TLS. */
  static async secured(port: number): Promise<Client> {
    const client = await Client.connect(port);
    client.send(tlsPrelude);
    await client.next({ type: "prelude", transport: "tls" });
    await client.shakeHands();
    await client.next("challenge");
    return client;
  }

  /** A connection that has to say hello. */
  static async challenged(port: number): Promise<Client> {
    const client = await Client.connect(port);
    client.send(prelude);
    await client.next("challenge");
    return client;
  }

  /** A member that is in a room. */
  static async inRoom(port: number, name: string, key = new Key(), room = "lobby"): Promise<Client> {
    const client = await Client.member(port, name, key);
    client.send({ type: "join", room });
    await client.next({ type: "people", isLast: true });
    return client;
  }

  get challenge(): Challenge {
    return this.of("challenge")[0] as unknown as Challenge;
  }

  /** Begins TLS. Rejects when the connection ends before it is there. */
  shakeHands(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#isInTls = true;
    const [, inner] = this.#socket!.upgradeTLS({
      tls: { rejectUnauthorized: false },
      socket: {
        handshake: (socket) => {
          const { raw } = socket.getPeerX509Certificate();
          this.fingerprint = createHash("sha256").update(raw).digest("base64url");
          resolve();
        },
        data: (_, bytes) => this.#take(bytes),
        drain: () => this.#flush(),
        close: () => {
          reject(new Error("Closed before TLS was there"));
          this.#close();
        },
        error: () => {},
      },
    });
    this.#socket = inner as Socket;
    return promise;
  }

  send(...frames: object[]): void {
    this.write(frames.map((frame) => `${JSON.stringify(frame)}\n`).join(""));
  }

  write(bytes: string | Uint8Array): void {
    this.#unsent = Buffer.concat([this.#unsent, typeof bytes === "string" ? Buffer.from(bytes) : bytes]);
    this.#flush();
  }

  post(n: number, text = `Message ${n}`, device = "laptop"): void {
    this.send({ type: "post", room: "lobby", device, n, text });
  }

  /** Waits for a frame that has not been asked for yet, and passes over those before it. */
  async next(match: Match): Promise<Frame> {
    await this.until(() => this.isClosed || this.#find(match) >= 0, match);
    const at = this.#find(match);
    if (at < 0) {
      throw new Error(`Closed before ${JSON.stringify(match)}: ${JSON.stringify(this.frames.slice(-3))}`);
    }
    this.#seen = at + 1;
    return this.frames[at]!;
  }

  /** Waits until the relay has handled all that was sent. */
  async fence(): Promise<void> {
    this.send({ type: "ping" });
    await this.next("pong");
  }

  async closed(): Promise<void> {
    await this.until(() => this.isClosed, "the end");
  }

  /** Resolves as soon as a claim holds; looks again whenever anything came. */
  until(claim: () => boolean, what: unknown = claim.toString()): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Not for timing: so that a failure says what it waited for.
    const late = setTimeout(() => reject(new Error(`Waited for ${JSON.stringify(what)} in vain`)), 10_000);
    const look = () => {
      if (!claim()) return;
      this.#watchers.delete(look);
      clearTimeout(late);
      resolve();
    };
    this.#watchers.add(look);
    look();
    return promise;
  }

  of(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  get seqs(): number[] {
    return this.of("entry").map(({ seq }) => seq);
  }

  get texts(): string[] {
    return this.of("entry").flatMap(({ text }) => text ?? []);
  }

  /** Leaves what comes in the socket, from now on. */
  stopReading(): void {
    this.#socket?.pause();
  }

  readAgain(): void {
    this.#socket?.resume();
  }

  /** Ends the connection in good order, once everything is sent. */
  end(): void {
    this.#socket?.end();
  }

  /** Is gone without a word. */
  vanish(): void {
    this.#socket?.terminate();
  }

  #find(match: Match): number {
    return this.frames.findIndex((frame, i) => i >= this.#seen && isLike(frame, match));
  }

  #take(bytes: Uint8Array): void {
    this.#splitter.push(bytes, (line) => {
      try {
        this.frames.push(JSON.parse(line));
      } catch {
        this.oddities.push(line);
      }
    });
    this.#look();
  }

  #flush(): void {
    if (this.#unsent.length === 0 || this.isClosed) return;
    const sent = this.#socket?.write(this.#unsent) ?? 0;
    this.#unsent = this.#unsent.subarray(Math.max(0, sent));
  }

  #close(): void {
    this.isClosed = true;
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }
}

function isLike(frame: Frame, match: Match): boolean {
  if (typeof match === "string") return frame.type === match;
  return Object.entries(match).every(([field, value]) => frame[field] === value);
}
