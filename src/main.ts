import { version } from "../package.json";
import { formatAddress, parseAddress, type Target } from "./bridge/address.ts";
import { loadAssets } from "./bridge/assets.ts";
import { type Bridge, startBridge } from "./bridge/bridge.ts";
import { type Control, Problem, type ProgramState } from "./bridge/control.ts";
import { Gateway } from "./bridge/legacy-gateway.ts";
import { bridgeLimits } from "./bridge/limits.ts";
import type { KnownServers } from "./bridge/trust.ts";
import { reachableAddresses } from "./program/addresses.ts";
import { openBrowser } from "./program/browser.ts";
import { dataDirectory, directoryId, textId } from "./program/directories.ts";
import { exitCodes } from "./program/exit-codes.ts";
import { greeting } from "./program/greeting.ts";
import { createLog, type Log } from "./program/log.ts";
import { connectionsAllowed } from "./program/open-files.ts";
import { help, type Options, readCommand, UsageError } from "./program/options.ts";
import { codeOf, portTrouble, tryPort } from "./program/ports.ts";
import { findRunning } from "./program/running.ts";
import { stopMsMax, stopOnSignals } from "./program/signals.ts";
import { makeTemporary } from "./program/temporary.ts";
import { type Relay, startRelay } from "./relay/relay.ts";
import { Files } from "./room/files.ts";
import { Members } from "./room/members.ts";
import { Rooms, type RoomsOptions } from "./room/rooms.ts";
import { type Certificate, certificateOf } from "./store/certificate.ts";
import { DirectoryProblem } from "./store/directory.ts";
import { SqliteKnownServers } from "./store/known-servers.ts";
import { openStore, type Store } from "./store/store.ts";
import type { BridgeState } from "./wire/bridge-state.ts";
import { Pacer } from "./wire/dialect-2021/pacer.ts";
import { shorten } from "./wire/fingerprint.ts";
import { defaultWebPort } from "./wire/limits.ts";

const loopback = "127.0.0.1";
const housekeepingMs = 60 * 60_000;
/** How many web ports are tried, beginning with the default one, when none was asked for. */
const webPortsTried = 20;

/** A relay to join, and the fingerprint that the invite carried. */
type Joining = { target: Target; fingerprint?: string };

/** A relay of this program, and what it stands on. */
type Hosting = {
  relay: Relay;
  rooms: Rooms;
  members: Members;
  files: Files;
  store: Store;
  certificate: Certificate | undefined;
  stop(): Promise<void>;
};

/** Where a relay listens, and what it keeps where. */
type Place = Pick<
  Options,
  "host" | "port" | "ratePerSecond" | "takesLegacy" | "fileBytesMax" | "filesKeepMs" | "diskFreeMin"
> & {
  data: string;
  /** Whether it has a certificate; one for the loopback alone needs none. */
  hasTls: boolean;
  /** In place of the id that was made with the data. */
  serverId?: string;
  onSeat?: RoomsOptions["onSeat"];
  /** Most bytes of all files together; the oldest go. */
  allBytesMax?: number;
};

/** Of the relay that stands between pages and a server of 2021. Nothing that it keeps outlives the program. */
const gatewayPlace = {
  host: loopback,
  port: 0,
  hasTls: false,
  ratePerSecond: 0,
  takesLegacy: false,
  fileBytesMax: bridgeLimits.legacyFileBytesMax,
  filesKeepMs: Number.POSITIVE_INFINITY,
  diskFreeMin: bridgeLimits.legacyDiskFreeMin,
  allBytesMax: bridgeLimits.legacyBytesMax,
};

/** What the program is doing: nothing yet, hosting, or bridging to somebody else's relay. */
class Program implements Control {
  #hosting: Hosting | undefined;
  #target: Target | null = null;
  /** The short one that the invite carried. */
  #fingerprint: string | undefined;

  constructor(
    private readonly options: Options,
    private readonly log: Log,
  ) {}

  state(): ProgramState {
    const { isLegacy } = this.options;
    const canReset = this.options.mode === "start" && this.#target !== null;
    if (this.#target === null) return { mode: "start", canReset, isLegacy: false, target: null, invites: [] };
    const isServer = this.#hosting !== undefined && !isLegacy;
    const hosts = isServer ? reachableAddresses(this.options.host) : [this.#target.host];
    const { port } = this.#target;
    const how = isLegacy ? " --legacy" : "";
    const fingerprint = this.#invitedBy;
    const by = fingerprint === undefined ? "" : `/${fingerprint}`;
    const invites = hosts.map((host) => `pendopo --connect ${formatAddress({ host, port })}${by}${how}`);
    const via = isLegacy && this.#hosting ? { via: { host: loopback, port: this.#hosting.relay.port } } : {};
    const mode = isServer ? "server" : "connect";
    const invited = isServer || this.#fingerprint === undefined ? {} : { fingerprint: this.#fingerprint };
    return { mode, canReset, isLegacy, target: this.#target, invites, ...via, ...invited };
  }

  async host(): Promise<{ hostSecret: string }> {
    this.#hosting = await startHosting(this.options, this.log);
    const { relay, store } = this.#hosting;
    this.#target = { host: loopbackOf(this.options.host), port: relay.port };
    return { hostSecret: store.hostSecret };
  }

  async join(target: Target, fingerprint?: string): Promise<void> {
    if (this.options.isLegacy) this.#hosting = await startGateway(target, this.log);
    this.#target = target;
    this.#fingerprint = fingerprint;
  }

  async reset(): Promise<void> {
    this.#target = null;
    this.#fingerprint = undefined;
    await this.stop();
  }

  async stop(): Promise<void> {
    const hosting = this.#hosting;
    this.#hosting = undefined;
    await hosting?.stop();
  }

  /** The short fingerprint for others: of this program's own relay, or as it came with the invite. */
  get #invitedBy(): string | undefined {
    const certificate = this.#hosting?.certificate;
    return certificate === undefined ? this.#fingerprint : shorten(certificate.fingerprint);
  }

  /** What follows the origin in a start address, by which a page becomes the host: to be printed, and to be opened. */
  startPaths(): { printed: string; opened: string } {
    if (this.#hosting === undefined || this.options.isLegacy) return { printed: "", opened: "" };
    const { store, relay } = this.#hosting;
    // Other accounts of the machine can read what a browser is started with.
    return { printed: `/#host=${store.hostSecret}`, opened: `/#host=${relay.makeHostSecretOnce()}` };
  }
}

await main();

async function main(): Promise<void> {
  try {
    const command = readCommand(process.argv.slice(2), process.env);
    if (command.do === "help") process.stdout.write(help);
    else if (command.do === "version") process.stdout.write(`pendopo ${version}\n`);
    else await run(command.options);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    if (!isUsage && !(error instanceof Problem)) throw error;
    process.stderr.write(`pendopo: ${error.message}\n`);
    process.exit(isUsage ? exitCodes.usage : exitCodes.failed);
  }
}

async function run(options: Options): Promise<void> {
  const log = createLog(options.logLevel, (line) => process.stderr.write(line));
  const address = options.connect === undefined ? undefined : addressOf(options.connect, options.isLegacy);
  const dataId = directoryId(dataDirectory(options.data, options.mode === "server" ? "server" : "client"));
  const { webPort } = options;
  if (webPort === undefined) {
    const running = await findRunning(
      defaultWebPort,
      webPortsTried,
      isSameAs(dataId, address, options.isLegacy),
    );
    if (running !== undefined) {
      showRunning(running, options);
      return;
    }
  } else {
    listening("localhost", webPort, () => tryPort("127.0.0.1", webPort));
  }
  const program = new Program(options, log);
  if (options.mode === "server") await program.host();
  const known = knownServers(dataDirectory(options.data, "client"));
  if (address !== undefined) {
    // What cannot be kept is better said now than when somebody waits for a page.
    if (!options.isLegacy) known.find(formatAddress(address.target), "");
    await program.join(address.target, address.fingerprint);
  }
  const bridge = await openBridge(options, { control: program, known, dataId, log }).catch(async (error) => {
    await program.stop();
    throw error;
  });
  stopOnSignals(async () => {
    await bridge.stop(stopMsMax / 2);
    await program.stop();
  });
  greet(options, program, bridge);
}

/** Opens the store and the relay's door. */
function startHosting(options: Options, log: Log): Promise<Hosting> {
  const { host, port } = options;
  // First, so that a port that cannot be had leaves no data directory behind.
  listening(host, port, () => tryPort(host, port));
  return startRelayAt({ ...options, hasTls: true, data: dataDirectory(options.data, "server") }, log);
}

/**
 * Joins a server of 2021: by way of a relay of our own on the loopback, which pages speak to as ever, and a gateway
 * between its rooms and that server's. Nothing of it outlives the program.
 */
async function startGateway(target: Target, log: Log): Promise<Hosting> {
  const { path: data, remove } = makeTemporary();
  const serverId = textId(`pendopo-2021\n${target.host}\n${target.port}`);
  const pacer = new Pacer(setTimeout, () => performance.now());
  let gateway: Gateway | undefined;
  let hosting: Hosting;
  try {
    const onSeat: Place["onSeat"] = (seat, isTaken) => gateway?.onSeat(seat, isTaken);
    hosting = await startRelayAt({ ...gatewayPlace, data, serverId, onSeat }, log);
  } catch (error) {
    remove();
    throw error;
  }
  const { rooms, members, files } = hosting;
  gateway = new Gateway({ rooms, members, files, target, pacer, log });
  return {
    ...hosting,
    stop: async () => {
      gateway?.stop();
      await hosting.stop();
      remove();
    },
  };
}

async function startRelayAt(place: Place, log: Log): Promise<Hosting> {
  const { host, port, takesLegacy, onSeat } = place;
  const store = opened(() => openStore(place.data));
  const certificate = await certificateFor(place, store);
  const now = () => performance.now();
  const members = new Members(store.members, place.ratePerSecond, now);
  const rooms: Rooms = new Rooms({
    store: store.rooms,
    members: store.members,
    waiting: { soon: setImmediate, later: setTimeout, now },
    wallClock: Date.now,
    ...(onSeat === undefined ? {} : { onSeat }),
    onStorage: (isFull) => {
      log.warn(isFull ? "The disk is full: rooms can only be read" : "There is space on the disk again");
      relay.tellAll({ type: "storage", isFull });
    },
    onBroken: (error) => {
      log.error("Cannot go on: the log could not be written", error);
      process.exit(exitCodes.bug);
    },
  });
  const files = new Files({
    store: store.files,
    members: store.members,
    rooms,
    later: setTimeout,
    now,
    wallClock: Date.now,
    newId: () => crypto.getRandomValues(Buffer.alloc(16)).toString("base64url"),
    bytesMax: place.fileBytesMax,
    diskFreeMin: place.diskFreeMin,
    keepMs: place.filesKeepMs,
    ...(place.allBytesMax === undefined ? {} : { allBytesMax: place.allBytesMax }),
    onTrouble: (error) => log.error("A file could not be written or read", error),
  });
  const { hostSecret } = store;
  const serverId = place.serverId ?? store.serverId;
  const program = `pendopo/${version}`;
  const connectionsMax = connectionsAllowed();
  let relay: Relay;
  try {
    relay = listening(host, port, () =>
      startRelay({
        rooms,
        members,
        files,
        serverId,
        hostSecret,
        program,
        log,
        hostname: host,
        port,
        connectionsMax,
        takesLegacy,
        ...(certificate && { certificate }),
      }),
    );
  } catch (error) {
    store.close();
    throw error;
  }
  const housekeeping = keepHouse(files, store, log);
  return {
    relay,
    rooms,
    members,
    files,
    store,
    certificate,
    stop: async () => {
      clearInterval(housekeeping);
      // What was taken is kept and shown before anybody is sent away.
      await rooms.drain();
      await relay.stop(stopMsMax / 2);
      await files.stop();
      await rooms.drain();
      store.close();
    },
  };
}

function listening<T>(host: string, port: number, listen: () => T): T {
  try {
    return listen();
  } catch (error) {
    throw new Problem(`Cannot listen on ${host} port ${port}: ${portTrouble(error)}`, { cause: error });
  }
}

/** Brings the data directory into order after whatever ended the last run, and now and then from now on. */
function keepHouse(files: Files, store: Store, log: Log): NodeJS.Timeout {
  const tend = () => files.expire().catch((error) => log.error("Old files could not be removed", error));
  store.files
    .collect()
    .then(() => files.recover())
    .then(tend)
    .catch((error) => log.error("Files of an earlier run could not be brought into order", error));
  return setInterval(tend, housekeepingMs);
}

async function certificateFor({ hasTls, data }: Place, store: Store): Promise<Certificate | undefined> {
  if (!hasTls) return undefined;
  try {
    return await certificateOf(data);
  } catch (error) {
    store.close();
    throw toldOf(error);
  }
}

/** The servers that were met as a client; what goes wrong with them is told as a problem. */
function knownServers(directory: string): KnownServers {
  const servers = new SqliteKnownServers(directory);
  return {
    find: (address, server) => opened(() => servers.find(address, server)),
    remember: (known) => opened(() => servers.remember(known)),
  };
}

function opened<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw toldOf(error);
  }
}

function toldOf(error: unknown): unknown {
  return error instanceof DirectoryProblem ? new Problem(error.message, { cause: error }) : error;
}

function addressOf(raw: string, isLegacy: boolean): Joining {
  const read = parseAddress(raw);
  if (!read.ok) throw new UsageError(read.problem);
  if (isLegacy && read.fingerprint !== undefined) {
    throw new UsageError("Leave out what is behind the slash: a server of 2021 has no fingerprint");
  }
  return read;
}

/** The address under which this machine reaches a relay of its own. */
function loopbackOf(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

/** Whether a program that runs has the same data and the same relay as this one was started for. */
function isSameAs(dataId: string, joining: Joining | undefined, isLegacy: boolean) {
  return (state: BridgeState): boolean => {
    const { target, fingerprint } = joining ?? {};
    const isSameTarget =
      target === undefined || (state.target?.host === target.host && state.target.port === target.port);
    // One that has not met the server of the invite may be speaking to another.
    const isRight = fingerprint === undefined || state.fingerprint === fingerprint;
    return state.data === dataId && isSameTarget && isRight && state.isLegacy === isLegacy;
  };
}

function showRunning(origin: string, options: Options): void {
  const isOpen = options.mayOpen && openBrowser(origin);
  process.stdout.write(`Pendopo is already running: ${isOpen ? "opened" : "open"} ${origin}\n`);
}

type BridgeParts = { control: Control; known: KnownServers; dataId: string; log: Log };

async function openBridge(options: Options, parts: BridgeParts): Promise<Bridge> {
  const assets = await loadAssets();
  const wanted = options.webPort ?? defaultWebPort;
  const tries = options.webPort === undefined ? webPortsTried : 1;
  for (let port = wanted; ; port++) {
    try {
      return startBridge({ port, assets, version, ...parts });
    } catch (error) {
      if (codeOf(error) === "EADDRINUSE" && port < wanted + tries - 1) continue;
      throw new Problem(`Cannot open the page on port ${port}: ${portTrouble(error)}`, { cause: error });
    }
  }
}

/** Tells, once everything listens, what to open and what to give to others. */
function greet(options: Options, program: Program, bridge: Bridge): void {
  const { mode, target, invites } = program.state();
  const { printed, opened } = program.startPaths();
  const { isLegacy, webPort } = options;
  const text = greeting({
    version,
    address: bridge.origin + printed,
    webPort: bridge.port,
    isPortChosen: webPort !== undefined,
    ...(mode === "connect" && target && { joining: { address: formatAddress(target), isLegacy } }),
    ...(mode === "server" && { hosting: { invites, data: dataDirectory(options.data, "server") } }),
  });
  process.stdout.write(text);
  if (options.mayOpen) openBrowser(bridge.origin + opened);
}
