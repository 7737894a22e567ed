// What a page loads while it connects is here from the start: these tests turn a clock, and wait for no disk.
import "@noble/ed25519";
import { signal } from "@preact/signals";
import type { App } from "../../../src/ui/models/app.ts";
import { createApp } from "../../../src/ui/models/app.ts";
import type { Deps, LocksLike, SocketLike, StorageLike } from "../../../src/ui/models/deps.ts";
import type { BridgeState } from "../../../src/wire/bridge-state.ts";
import { Clock, until } from "./clock.ts";
import { FakeFiles } from "./fake-files.ts";
import { FakeRelay } from "./fake-relay.ts";

/** A storage in memory; `isFull` refuses what is new, as a browser's quota does. */
export class FakeStorage implements StorageLike {
  readonly #values = new Map<string, string>();
  isFull = false;

  get length(): number {
    return this.#values.size;
  }
  key(i: number): string | null {
    return [...this.#values.keys()][i] ?? null;
  }
  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (this.isFull) throw new DOMException("full", "QuotaExceededError");
    this.#values.set(key, value);
  }
  removeItem(key: string): void {
    this.#values.delete(key);
  }
  keys(): string[] {
    return [...this.#values.keys()];
  }
}

/** One browser over one bridge: what its tabs share. */
export class FakeBrowser {
  readonly clock: Clock;
  readonly relay: FakeRelay;
  readonly storage = new FakeStorage();
  readonly files: FakeFiles;
  hasStorage = true;
  hasLocks = true;
  isBridgeUp = true;
  bridge: BridgeState = {
    program: "pendopo",
    version: "0.1.0",
    mode: "server",
    canReset: false,
    isLegacy: false,
    data: "d",
    target: { host: "127.0.0.1", port: 12345 },
    server: null,
    invites: ["pendopo --connect 192.168.1.5"],
  };
  readonly #held = new Set<string>();

  constructor(relay?: FakeRelay, clock = new Clock()) {
    this.clock = clock;
    this.relay = relay ?? new FakeRelay(clock.now);
    this.files = new FakeFiles(this.relay);
  }

  tab(options: { hash?: string; openSocket?: () => SocketLike } = {}): Tab {
    return new Tab(this, new FakeStorage(), options.hash ?? "", options.openSocket ?? this.relay.open);
  }

  /** The locks of one page: they go with it. */
  locks(mine: Set<string>): LocksLike {
    const held = this.#held;
    return {
      async request(name, _options, granted) {
        if (held.has(name)) return granted(null);
        held.add(name);
        mine.add(name);
        await granted({});
        held.delete(name);
        mine.delete(name);
      },
    };
  }

  releaseAll(locks: Set<string>): void {
    for (const name of locks) this.#held.delete(name);
  }

  async fetch(path: string, init?: RequestInit): Promise<Response> {
    if (!this.isBridgeUp) throw new TypeError("Failed to fetch");
    if (path === "/api/bridge") return Response.json(this.bridge);
    if (path === "/api/host") {
      this.bridge = { ...this.bridge, mode: "server" };
      return Response.json({ ...this.bridge, hostSecret: this.relay.hostSecret });
    }
    if (path === "/api/reset") {
      this.bridge = { ...this.bridge, mode: "start" };
      return Response.json(this.bridge);
    }
    const { address } = JSON.parse(String(init?.body)) as { address: string };
    if (address !== "192.168.1.5")
      return Response.json(
        { message: `Cannot reach ${address}`, code: "relay-unreachable", address },
        { status: 502 },
      );
    this.bridge = { ...this.bridge, mode: "connect", target: { host: address, port: 12345 } };
    return Response.json(this.bridge);
  }
}

/** One tab: the app of its page, which can be reloaded, closed and hidden. */
export class Tab {
  app!: App;
  hash: string;
  reloads = 0;
  languages = ["en"];
  readonly isVisible = signal(true);
  readonly tabStorage: FakeStorage;
  readonly #browser: FakeBrowser;
  readonly #openSocket: () => SocketLike;
  #locks = new Set<string>();
  #onLeave: ((isLeaving: boolean) => void)[] = [];
  #onOnline: (() => void)[] = [];
  #onHash: (() => void)[] = [];
  #onKept: ((key: string) => void)[] = [];
  #isGone = false;

  constructor(browser: FakeBrowser, tabStorage: FakeStorage, hash: string, openSocket: () => SocketLike) {
    this.#browser = browser;
    this.tabStorage = tabStorage;
    this.hash = hash;
    this.#openSocket = openSocket;
    this.load();
  }

  load(): void {
    this.#isGone = false;
    this.app = createApp(this.#deps());
  }

  /** The page goes; what it wrote into the storages stays. */
  close(): void {
    for (const run of this.#onLeave) run(true);
    this.kill();
  }

  /** The page goes without a word to its scripts. */
  kill(): void {
    this.#isGone = true;
    this.app.stop();
    this.#browser.releaseAll(this.#locks);
    this.#locks = new Set();
    this.#onLeave = [];
    this.#onOnline = [];
    this.#onHash = [];
    this.#onKept = [];
  }

  reload(): void {
    this.close();
    this.load();
  }

  online(): void {
    for (const run of this.#onOnline) run();
  }

  /** Somebody puts another part behind the "#" of the address. */
  goTo(hash: string): void {
    this.hash = hash;
    for (const run of this.#onHash) run();
  }

  /** Another tab of this browser has kept something. */
  keptElsewhere(key: string): void {
    for (const run of this.#onKept) run(key);
  }

  /** Logs in and waits until the room is there. */
  async enter(name: string, room: string): Promise<void> {
    await until(() => this.app.screen.value === "login");
    this.app.login.name.value = name;
    this.app.login.room.value = room;
    this.app.login.enter();
    await until(() => this.app.rooms.current.value?.state.value === "joined", `${name} enters ${room}`);
  }

  /** What the current room shows, a line each; waiting ones end with "...", failed ones with "!". */
  shown(): string[] {
    const marks = { sent: "", waiting: " ...", failed: " !" };
    const rows = this.app.rooms.current.value?.timeline.value ?? [];
    return rows.flatMap((row) =>
      row.kind === "run" ? row.lines.map((line) => line.text + marks[line.state]) : [],
    );
  }

  #deps(): Deps {
    const { clock, storage, hasStorage, hasLocks } = this.#browser;
    return {
      storage: hasStorage ? storage : null,
      tabStorage: hasStorage ? this.tabStorage : null,
      locks: hasLocks ? this.#browser.locks(this.#locks) : null,
      openSocket: this.#openSocket,
      fetch: (path, init) => this.#browser.fetch(path, init),
      putFile: (options) => this.#browser.files.put(options),
      handles: this.#browser.files.handles,
      now: clock.now,
      random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
      setTimer: (ms, run) => clock.setTimer(ms, () => this.#isGone || run()),
      languages: this.languages,
      isLocal: true,
      isOnline: () => true,
      isVisible: this.isVisible,
      onOnline: (run) => this.#onOnline.push(run),
      onLeave: (run) => this.#onLeave.push(run),
      hash: () => this.hash,
      setHash: (hash) => {
        this.hash = hash;
      },
      onHash: (run) => this.#onHash.push(run),
      origin: "http://localhost:4711",
      onKept: (run) => this.#onKept.push(run),
      reload: () => {
        this.reloads += 1;
      },
    };
  }
}
