import type { Socket } from "bun";

type Side = {
  socket: Pick<Socket, "write" | "end" | "terminate"> | undefined;
  unsent: Buffer[];
  timer: Timer | undefined;
};
type Pair = { client: Side; relay: Side; leftBytes: number; fate: Fate | undefined };

export type ChaosCounts = {
  connections: number;
  cuts: number;
  resets: number;
  swallowed: number;
  late: number;
  delays: number;
};

/** What becomes of a connection at the end of its luck. */
type Fate = "cut" | "reset" | "swallow" | "late";
const delayMsMax = 15;
/** How long answers are swallowed before the connection breaks. */
const deafMs = 30;

/**
 * A bad network between clients and a relay: it delays, hands bytes on in pieces, cuts in the middle of a line, resets,
 * swallows answers before it breaks, so that what was done looks as if it was not, and hands on what a client sent when
 * that has long come back and said it again.
 */
export class ChaosProxy {
  readonly counts: ChaosCounts = { connections: 0, cuts: 0, resets: 0, swallowed: 0, late: 0, delays: 0 };
  /** While set, it is a good network. */
  isCalm = false;
  /** What may become of a connection. */
  fates: readonly Fate[] = ["cut", "reset", "swallow", "late"];
  /** How long after the end, as the client sees it, its last bytes come to the relay. */
  lateMs = 100;
  /** While set, whoever comes is reset at once. */
  isDown = false;
  /** When each connection came, in milliseconds. */
  readonly comings: number[] = [];
  readonly #listener;
  readonly #pairs = new Set<Pair>();

  /** @param bytesMax  Most bytes that a connection lives for, in both directions together. */
  constructor(
    relayPort: number,
    private readonly bytesMax: number,
  ) {
    this.#listener = Bun.listen<Pair>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          const side = (): Side => ({ socket: undefined, unsent: [], timer: undefined });
          const pair = {
            client: side(),
            relay: side(),
            leftBytes: Math.random() * this.bytesMax,
            fate: undefined,
          };
          pair.client.socket = socket;
          socket.data = pair;
          this.#pairs.add(pair);
          this.counts.connections += 1;
          this.comings.push(performance.now());
          if (this.isDown) this.#end(pair, "reset");
          else void this.#connect(relayPort, pair);
        },
        data: ({ data: pair }, bytes) => this.#pass(pair, pair.relay, bytes),
        drain: ({ data: pair }) => this.#write(pair.client),
        close: ({ data: pair }) => {
          if (pair.fate !== "late") this.#end(pair, "cut");
        },
        error: () => {},
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Resets every connection that there is. */
  sever(): void {
    for (const pair of [...this.#pairs]) this.#end(pair, "reset");
  }

  stop(): void {
    this.sever();
    this.#listener.stop(true);
  }

  async #connect(port: number, pair: Pair): Promise<void> {
    try {
      pair.relay.socket = await Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: {
          data: (_, bytes) => this.#pass(pair, pair.client, bytes),
          drain: () => this.#write(pair.relay),
          close: () => this.#end(pair, "cut"),
          error: () => {},
        },
      });
      if (this.#pairs.has(pair)) this.#write(pair.relay);
      else pair.relay.socket.terminate();
    } catch {
      // The relay is down.
      this.#end(pair, "reset");
    }
  }

  #pass(pair: Pair, to: Side, bytes: Buffer): void {
    // What comes behind a cut must not look like a part of what came before it.
    if (pair.fate !== undefined && (pair.fate !== "swallow" || to === pair.client)) return;
    // A copy: the socket uses its buffer again.
    let taken = Buffer.from(bytes);
    if (!this.isCalm && pair.fate === undefined) {
      if (taken.length >= pair.leftBytes) {
        const fate = this.fates[Math.floor(Math.random() * this.fates.length)] ?? "cut";
        if (fate === "late") {
          // It is the client's last bytes that are late: it goes on until it sends some.
          if (to === pair.relay) this.#delay(pair, taken);
          else this.#send(to, taken);
          return;
        }
        this.#seal(pair, fate);
        if (pair.fate !== "swallow") taken = taken.subarray(0, Math.floor(pair.leftBytes));
        else if (to === pair.client) return;
      }
      pair.leftBytes -= taken.length;
    }
    this.#send(to, taken);
  }

  #send(to: Side, bytes: Buffer): void {
    to.unsent.push(bytes);
    if (to.timer !== undefined) return;
    if (this.isCalm || Math.random() < 0.5) {
      this.#write(to);
      return;
    }
    this.counts.delays += 1;
    to.timer = setTimeout(() => {
      to.timer = undefined;
      this.#write(to);
    }, Math.random() * delayMsMax);
  }

  #delay(pair: Pair, bytes: Buffer): void {
    pair.fate = "late";
    this.counts.late += 1;
    pair.client.socket?.terminate();
    setTimeout(() => {
      pair.relay.unsent.push(bytes);
      this.#write(pair.relay);
      setTimeout(() => this.#end(pair, "cut"), delayMsMax);
    }, this.lateMs);
  }

  #seal(pair: Pair, fate: Fate): void {
    pair.fate = fate;
    if (fate === "swallow") {
      this.counts.swallowed += 1;
      pair.client.unsent = [];
      setTimeout(() => this.#end(pair, "reset"), deafMs);
    } else {
      this.counts[fate === "cut" ? "cuts" : "resets"] += 1;
      // What was taken is still on its way.
      setTimeout(() => this.#end(pair, fate), delayMsMax);
    }
  }

  #write(to: Side): void {
    while (to.socket !== undefined && to.unsent.length > 0) {
      const [whole = Buffer.alloc(0)] = to.unsent;
      // In pieces, so that lines come in two.
      const piece = this.isCalm ? whole : whole.subarray(0, 1 + Math.floor(Math.random() * whole.length));
      const taken = Math.max(0, to.socket.write(piece));
      if (taken === whole.length) to.unsent.shift();
      else to.unsent[0] = whole.subarray(taken);
      if (taken < piece.length) return;
    }
  }

  #end(pair: Pair, fate: Fate): void {
    if (!this.#pairs.delete(pair)) return;
    for (const { socket, timer } of [pair.client, pair.relay]) {
      clearTimeout(timer);
      if (fate === "cut") socket?.end();
      else socket?.terminate();
    }
  }
}
