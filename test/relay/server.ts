import { afterEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Relay, type RelayOptions, startRelay } from "../../src/relay/relay.ts";
import type { Files } from "../../src/room/files.ts";
import { Members } from "../../src/room/members.ts";
import { Rooms } from "../../src/room/rooms.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { filesOf } from "./files-of.ts";

/** What a test may want otherwise. */
export type Wish = Partial<
  Pick<RelayOptions, "connectionsMax" | "timing" | "takesLegacy" | "certificate">
> & {
  /** Messages a second of one member; 0, the default here, lifts the limit. */
  ratePerSecond?: number;
  /** The data directory of a server that was stopped. */
  path?: string;
  /** Most bytes of one file. */
  fileBytesMax?: number;
  /** Changes the store before the rooms get it. */
  spoil?: (store: Store) => void;
  /** Changes the rooms and the files before the relay gets them. */
  weaken?: (rooms: Rooms, files: Files) => void;
};

/** A relay on a free port, its store on disk. */
export type Server = {
  relay: Relay;
  rooms: Rooms;
  store: Store;
  port: number;
  path: string;
  /** The sentences of errors in the log, each with what was thrown. */
  errors: [sentence: string, cause: unknown][];
  /** Why the program would have ended. */
  broken: unknown[];
  /** Ends it as the program does. */
  stop(): Promise<void>;
};

const running = new Set<Server>();
const paths: string[] = [];

/** Ends the relays, and removes what they kept: after each test, or after all of a file. */
export function cleanUp(after = afterEach): void {
  after(async () => {
    await Promise.all([...running].map((server) => server.stop()));
    for (const path of paths.splice(0)) rmSync(path, { recursive: true, force: true });
  });
}

export function serve(wish: Wish = {}): Server {
  const { ratePerSecond = 0, path, spoil, weaken, fileBytesMax, ...options } = wish;
  const directory = path ?? mkdtempSync(join(tmpdir(), "pendopo-relay-"));
  if (path === undefined) paths.push(directory);
  const store = openStore(directory);
  spoil?.(store);
  const now = () => performance.now();
  const errors: Server["errors"] = [];
  const broken: unknown[] = [];
  const rooms: Rooms = new Rooms({
    store: store.rooms,
    members: store.members,
    waiting: { soon: setImmediate, later: setTimeout, now },
    wallClock: Date.now,
    onStorage: (isFull) => relay.tellAll({ type: "storage", isFull }),
    onBroken: (error) => broken.push(error),
  });
  const files = filesOf(store, rooms, {
    onTrouble: (error) => errors.push(["files", error]),
    ...(fileBytesMax === undefined ? {} : { bytesMax: fileBytesMax }),
  });
  weaken?.(rooms, files);
  const relay: Relay = startRelay({
    rooms,
    files,
    members: new Members(store.members, ratePerSecond, now),
    serverId: store.serverId,
    hostSecret: store.hostSecret,
    program: "pendopo/test",
    log: { debug: () => {}, error: (sentence, cause) => errors.push([sentence, cause]) },
    hostname: "127.0.0.1",
    port: 0,
    connectionsMax: 1000,
    ...options,
  });
  const stop = async () => {
    if (!running.delete(server)) return;
    await rooms.drain();
    await relay.stop(1_000);
    await files.stop();
    await rooms.drain();
    store.close();
  };
  const server: Server = { relay, rooms, store, port: relay.port, path: directory, errors, broken, stop };
  running.add(server);
  return server;
}
