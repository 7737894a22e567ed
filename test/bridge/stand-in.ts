import type { Socket, TCPSocketListener } from "bun";

/** How a server id looks. */
export const serverId = "AAAAAAAAAAAAAAAAAAAAAA";

/** The answer of a relay that agrees. */
export const agreement = `${JSON.stringify({
  type: "prelude",
  version: 1,
  transport: "plain",
  server: serverId,
  fingerprint: null,
  program: "stand-in/1",
})}\n`;

/** One connection that the stand-in took. */
export class Call {
  /** Everything that came behind the prelude line. */
  received = Buffer.alloc(0);
  prelude: string | null = null;
  isClosed = false;
  readonly socket: Socket;
  #waiting: Buffer[] = [];
  #watchers = new Set<() => void>();
  #sent = 0;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Bytes that the system has taken for the bridge. */
  get sentBytes(): number {
    return this.#sent;
  }

  get isBlocked(): boolean {
    return this.#waiting.length > 0;
  }

  send(data: string | Uint8Array): void {
    this.#waiting.push(Buffer.from(data as string));
    this.drain();
  }

  /** Ends once all has gone. */
  async end(): Promise<void> {
    await this.until(() => !this.isBlocked);
    this.socket.end();
  }

  /** Resolves as soon as a claim holds; looks again whenever anything happened. */
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

  take(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    const end = this.received.indexOf("\n");
    if (this.prelude === null && end >= 0) {
      this.prelude = this.received.subarray(0, end).toString();
      this.received = this.received.subarray(end + 1);
    }
    this.changed();
  }

  drain(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const taken = Math.max(0, this.socket.write(next));
      this.#sent += taken;
      if (taken < next.length) {
        this.#waiting[0] = next.subarray(taken);
        break;
      }
      this.#waiting.shift();
    }
    this.changed();
  }

  changed(): void {
    for (const look of [...this.#watchers]) look();
  }
}

/** A relay of the test's own: it reads the prelude, answers what it is told to, and then does as the test says. */
export class StandIn {
  readonly port: number;
  readonly calls: Call[] = [];
  readonly #listener: TCPSocketListener<Call>;
  #waiters: ((call: Call) => void)[] = [];
  #early: Call[] = [];

  /** @param answer  What follows the prelude line; null: nothing. A function acts on the call itself. */
  constructor(answer: string | null | ((call: Call) => void) = agreement) {
    this.#listener = Bun.listen<Call>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = new Call(socket as unknown as Socket);
          this.calls.push(socket.data);
        },
        data: (socket, bytes) => {
          const call = socket.data;
          const isNew = call.prelude === null;
          call.take(bytes);
          if (!isNew || call.prelude === null) return;
          if (typeof answer === "function") answer(call);
          else if (answer !== null) call.send(answer);
          const waiter = this.#waiters.shift();
          if (waiter) waiter(call);
          else this.#early.push(call);
        },
        drain: (socket) => socket.data.drain(),
        close: (socket) => {
          socket.data.isClosed = true;
          socket.data.changed();
        },
        error() {},
      },
    });
    this.port = this.#listener.port;
  }

  get target() {
    return { host: "127.0.0.1", port: this.port };
  }

  /** The next connection that has sent its prelude, in the order in which they did. */
  next(): Promise<Call> {
    const early = this.#early.shift();
    if (early) return Promise.resolve(early);
    const { promise, resolve } = Promise.withResolvers<Call>();
    this.#waiters.push(resolve);
    return promise;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  stop(): void {
    this.#listener.stop(true);
  }
}
