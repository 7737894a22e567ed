import type { Target } from "../../src/bridge/address.ts";
import type { Asset, Assets } from "../../src/bridge/assets.ts";
import { type Bridge, type BridgeOptions, startBridge } from "../../src/bridge/bridge.ts";
import type { Control, Log, ProgramState } from "../../src/bridge/control.ts";
import type { KnownServer, KnownServers } from "../../src/bridge/trust.ts";

function asset(path: string, type: string, text: string, isImmutable: boolean): [string, Asset] {
  const identity = new TextEncoder().encode(text);
  return [path, { path, type, etag: `W/"${path.length}"`, isImmutable, body: { identity } }];
}

/** A UI of two files. */
export const assets: Assets = new Map([
  asset("/", "text/html; charset=utf-8", "<!doctype html><title>Pendopo</title>", false),
  asset("/assets/index-1.js", "text/javascript; charset=utf-8", "1;", true),
]);

/** A program in a test's hands. */
export class Program implements Control {
  now: ProgramState;
  /** What was called, in order. */
  readonly calls: string[] = [];
  /** Fails the next call. */
  failure: Error | null = null;
  /** Where `host` would listen. */
  own: Target | null = null;
  /** The next call waits for it. */
  gate: Promise<void> = Promise.resolve();
  /** Whether the target counts as a relay of this program, which is spoken to in plain. */
  isOwn = false;

  constructor(target: Target | null) {
    this.now = { mode: target ? "connect" : "start", canReset: true, isLegacy: false, target, invites: [] };
  }

  state(): ProgramState {
    const { now, isOwn } = this;
    return isOwn && now.target ? { ...now, via: now.target } : now;
  }

  async host(): Promise<{ hostSecret?: string }> {
    await this.#called("host");
    this.now = { ...this.now, mode: "server", target: this.own, invites: ["pendopo --connect 192.0.2.1"] };
    return { hostSecret: "A".repeat(43) };
  }

  async join(target: Target, fingerprint?: string): Promise<void> {
    await this.#called(`join ${target.host} ${target.port}`);
    this.now = { ...this.now, mode: "connect", target, ...(fingerprint && { fingerprint }) };
  }

  async reset(): Promise<void> {
    await this.#called("reset");
    this.now = { ...this.now, mode: "start", target: null };
  }

  async #called(what: string): Promise<void> {
    this.calls.push(what);
    await this.gate;
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
  }
}

/** What was met, in memory. */
export class Memory implements KnownServers {
  servers: KnownServer[] = [];

  find(address: string, server: string): KnownServer[] {
    return this.servers.filter((known) => known.address === address || known.server === server);
  }

  remember(known: KnownServer): void {
    this.servers = this.servers.filter(({ address }) => address !== known.address);
    this.servers.push(known);
  }
}

/** A log that a test reads. */
export class Sentences implements Log {
  readonly said: string[] = [];
  debug(sentence: string): void {
    this.said.push(sentence);
  }
  info(sentence: string): void {
    this.said.push(sentence);
  }
  warn(sentence: string): void {
    this.said.push(sentence);
  }
  error(sentence: string, cause: unknown): void {
    this.said.push(`${sentence}: ${cause}`);
  }
}

/** A bridge on a free port with all that a test wants to look at. */
export type Door = Bridge & { program: Program; log: Sentences; [Symbol.asyncDispose](): Promise<void> };

/** Opens a bridge, and then points it at a target: so it does not ask for itself who is there. */
export function openDoor(target: Target | null, options: Partial<BridgeOptions> = {}): Door {
  const program = new Program(null);
  const log = new Sentences();
  const bridge = startBridge({
    port: 0,
    assets,
    version: "1.2.3",
    dataId: "data-1",
    control: program,
    known: new Memory(),
    log,
    ...options,
  });
  if (target) program.now = { ...program.now, mode: "connect", target };
  return { ...bridge, program, log, [Symbol.asyncDispose]: () => bridge.stop(0) };
}

/** Opens a bridge that speaks plain to its target, as to a relay of its own: for relays that have no certificate. */
export function openPlainDoor(target: Target, options: Partial<BridgeOptions> = {}): Door {
  const door = openDoor(null, options);
  door.program.isOwn = true;
  door.program.now = { ...door.program.now, mode: "connect", target };
  return door;
}

/** A WebSocket as a page opens it. */
export function openPage(door: Door): Page {
  return new Page(dial(`ws://localhost:${door.port}/relay`, { Origin: door.origin }));
}

/** Bun's WebSocket takes headers, which the DOM's type does not know. */
function dial(url: string, headers: Record<string, string>): WebSocket {
  return new WebSocket(url, { headers } as unknown as string[]);
}

/** A page that remembers what it got. */
export class Page {
  received = Buffer.alloc(0);
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly socket: WebSocket;
  #watchers = new Set<() => void>();

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = promise;
    socket.onmessage = (event) => {
      if (typeof event.data === "string") throw new Error("the bridge sent text");
      this.received = Buffer.concat([this.received, Buffer.from(event.data)]);
      for (const look of [...this.#watchers]) look();
    };
    socket.onclose = (event) => resolve({ code: event.code, reason: event.reason });
  }

  opened(): Promise<void> {
    if (this.socket.readyState === WebSocket.OPEN) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.socket.onopen = () => resolve();
    this.socket.onerror = () => reject(new Error("the WebSocket was refused"));
    return promise;
  }

  /** Resolves once that many bytes have come. */
  got(bytes: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (this.received.length < bytes) return;
      this.#watchers.delete(look);
      resolve();
    };
    this.#watchers.add(look);
    look();
    return promise;
  }
}
