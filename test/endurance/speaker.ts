import type { Socket } from "bun";
import { LineSplitter } from "../../src/wire/lines.ts";
import { prelude } from "../../src/wire/prelude.ts";
import { Client, type Frame, Key } from "../relay/client.ts";
import type { Findings, Post, Seen } from "./checker.ts";

/** How somebody finds the relay, and how long they wait at most before they try again. */
export type Way = { host?: string; port: number; room?: string; retryMsMin?: number; retryMsMax?: number };

/** Refusals that say: the same number again, later, and those behind it after it. */
const again = new Set(["rate", "held", "storage-full"]);

/**
 * A client that does all that the document asks of one: it comes back by itself with jittered backoff, joins behind
 * the last entry that it has, and posts again what was not acknowledged. It keeps what it saw, for the checker.
 */
export class Speaker {
  readonly seen: Seen[] = [];
  readonly posts: Post[] = [];
  /** What must not happen to a client that keeps to the document. */
  readonly troubles: string[] = [];
  /** Refusals by their code. */
  readonly refusals = new Map<string, number>();
  /** How often it got into the room. */
  joins = 0;
  isInRoom = false;
  /** The time of the newest entry, by the server's clock. */
  newestAt = 0;
  /** Milliseconds from each post to its entry. */
  readonly delays: number[] = [];
  #socket: Socket | undefined;
  #splitter = new LineSplitter();
  #unsent = Buffer.alloc(0);
  #isStopped = false;
  #failures = 0;
  #epoch: string | undefined;
  #acknowledged = 0;
  /** The number that was refused for now, and its timer. */
  #refused: { n: number; timer: Timer } | undefined;
  readonly #sentAt = new Map<number, number>();
  readonly #watchers = new Set<() => void>();
  readonly #room: string;

  constructor(
    readonly name: string,
    private readonly way: Way,
    private readonly key = new Key(),
  ) {
    this.#room = way.room ?? "lobby";
    void this.#connect();
  }

  get device(): string {
    return this.name.replace(/\W/g, "-");
  }

  /** Posts that no entry has answered. */
  get waiting(): number {
    return this.posts.length - this.#acknowledged;
  }

  /** Says something: now, or once it is in the room. */
  post(text = `${this.name} says ${this.posts.length + 1}`): void {
    const n = this.posts.length + 1;
    this.posts.push({ device: this.device, n, text, isAcknowledged: false });
    this.#sentAt.set(n, performance.now());
    if (this.isInRoom && this.#refused === undefined) this.#sendPost(n);
  }

  /** Waits until everything that it said was answered. */
  settled(): Promise<void> {
    return this.until(() => this.waiting === 0, `${this.name}'s posts`);
  }

  /** Waits until it is in the room. */
  inRoom(): Promise<void> {
    return this.until(() => this.isInRoom, `${this.name} in the room`);
  }

  /** Resolves as soon as a claim holds; looks whenever anything came. */
  until(claim: () => boolean, what: string, lateMs = 60_000): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Not for timing: so that a failure says what it waited for.
    const late = setTimeout(() => {
      this.#watchers.delete(look);
      reject(new Error(`${this.name} waited for ${what} in vain: ${JSON.stringify(this.#account)}`));
    }, lateMs);
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

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Goes, and does not come back. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#refused?.timer);
    this.#socket?.terminate();
  }

  get #account(): object {
    const { joins, isInRoom, waiting, troubles } = this;
    return { joins, isInRoom, waiting, troubles, refusals: Object.fromEntries(this.refusals) };
  }

  async #connect(): Promise<void> {
    this.#splitter = new LineSplitter();
    this.#unsent = Buffer.alloc(0);
    try {
      this.#socket = await Bun.connect({
        hostname: this.way.host ?? "127.0.0.1",
        port: this.way.port,
        socket: {
          data: (_, bytes) => this.#splitter.push(bytes, (line) => this.#take(line)),
          drain: () => this.#flush(),
          close: () => this.#closed(),
          error: () => {},
        },
      });
      if (this.#isStopped) this.#socket.terminate();
      else this.#send(prelude);
    } catch {
      // Nobody listens.
      this.#closed();
    }
  }

  #closed(): void {
    this.isInRoom = false;
    this.#socket = undefined;
    clearTimeout(this.#refused?.timer);
    this.#refused = undefined;
    this.#look();
    if (this.#isStopped) return;
    const { retryMsMin = 10, retryMsMax = 100 } = this.way;
    const most = Math.min(retryMsMax, retryMsMin * 2 ** this.#failures);
    this.#failures += 1;
    setTimeout(() => void this.#connect(), Math.random() * most);
  }

  #take(line: string): void {
    const frame = JSON.parse(line) as Frame;
    switch (frame.type) {
      case "challenge":
        this.#send(this.key.hello(frame as never, this.name));
        break;
      case "welcome":
        this.#send({ type: "join", room: this.#room, ...this.#position() });
        break;
      case "joined":
        this.#epoch = frame.epoch;
        this.#failures = 0;
        this.joins += 1;
        this.isInRoom = true;
        this.#sendFrom(1);
        break;
      case "entry":
        this.#takeEntry(frame);
        break;
      case "ping":
        this.#send({ type: "pong" });
        break;
      case "error":
        this.#takeError(frame);
        break;
    }
    this.#look();
  }

  #position(): object {
    const last = this.seen.at(-1)?.seq;
    return last === undefined ? { last: 200 } : { after: last, epoch: this.#epoch };
  }

  #takeEntry({ seq, at, kind, device, n, text }: Frame): void {
    this.newestAt = at;
    // The answer to a post that came twice is its old entry once more: it has its place already.
    const isAnswerAgain = device === this.device && seq <= (this.seen.at(-1)?.seq ?? 0);
    if (!isAnswerAgain) this.seen.push({ seq, kind, device, n, text });
    if (device !== this.device) return;
    const post = this.posts[n - 1];
    if (post === undefined || post.isAcknowledged) return;
    post.isAcknowledged = true;
    this.#acknowledged += 1;
    this.delays.push(performance.now() - (this.#sentAt.get(n) ?? 0));
    this.#sentAt.delete(n);
  }

  #takeError({ code, message, n, retryMs, closes }: Frame): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    if (closes) return;
    if (!again.has(code)) {
      this.troubles.push(`${code}: ${message}`);
      // It goes on as the document says, so that a harness comes to its end.
      if (code === "afresh") {
        this.seen.length = 0;
        this.#send({ type: "join", room: this.#room, last: 200 });
      }
      return;
    }
    // A hello or a join: from the beginning once more.
    if (n === undefined) {
      setTimeout(() => this.#socket?.terminate(), retryMs);
      return;
    }
    if (this.#refused !== undefined && this.#refused.n <= n) return;
    clearTimeout(this.#refused?.timer);
    const timer = setTimeout(() => {
      this.#refused = undefined;
      this.#sendFrom(n);
    }, retryMs);
    this.#refused = { n, timer };
  }

  #sendFrom(from: number): void {
    for (const { n, isAcknowledged } of this.posts) if (n >= from && !isAcknowledged) this.#sendPost(n);
  }

  #sendPost(n: number): void {
    const { device, text } = this.posts[n - 1]!;
    this.#send({ type: "post", room: this.#room, device, n, text });
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

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }
}

/** What they all saw, and the log as a newcomer reads it, ready for the checker. */
export async function findings(speakers: readonly Speaker[], way: Way): Promise<Findings> {
  const accounts = new Map(speakers.map(({ name, seen }) => [name, seen]));
  return { accounts, posts: speakers.flatMap(({ posts }) => posts), log: await wholeLog(way) };
}

/** Names belong to the first who has them. */
let readers = Math.floor(Math.random() * 1e9);

/** Reads a room's log from its beginning. */
export async function wholeLog({ port, room = "lobby" }: Way): Promise<Seen[]> {
  readers += 1;
  const asking = await Client.member(port, `Asking ${readers}`);
  asking.send({ type: "join", room, last: 0 });
  const { head, epoch } = await asking.next("joined");
  asking.vanish();
  const reader = await Client.member(port, `Reading ${readers}`);
  reader.send({ type: "join", room, after: 0, epoch });
  await reader.until(() => (reader.seqs.at(-1) ?? 0) >= head, "the whole log");
  reader.vanish();
  return reader.of("entry").map(({ seq, kind, device, n, text }) => ({ seq, kind, device, n, text }));
}
