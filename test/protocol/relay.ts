import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Timing } from "../../src/relay/peer.ts";
import { startRelay } from "../../src/relay/relay.ts";
import { Members } from "../../src/room/members.ts";
import { Rooms } from "../../src/room/rooms.ts";
import { StorageFull } from "../../src/room/storage-errors.ts";
import type { RoomStore } from "../../src/room/store.ts";
import { certificateOf } from "../../src/store/certificate.ts";
import { openStore } from "../../src/store/store.ts";
import { limits } from "../../src/wire/limits.ts";
import { filesOf } from "../relay/files-of.ts";

/** A relay of this process on a free port, with a data directory of its own. */
export type TestRelay = {
  port: number;
  hostSecret: string;
  /** Writing fails for want of space while this is set. */
  disk: { isFull: boolean };
  /** Puts the clock of rates and retries forward. */
  skip(ms: number): void;
  stop(): Promise<void>;
};

export type TestRelayOptions = {
  /** A directory that stays when the relay stops; without one, a new one that goes. */
  data?: string;
  ratePerSecond?: number;
  timing?: Partial<Timing>;
};

/** Starts a relay as main.ts composes it, with nobody and nothing in it yet. */
export async function startTestRelay(options: TestRelayOptions = {}): Promise<TestRelay> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), "pendopo-protocol-")));
  const store = openStore(data);
  let skippedMs = 0;
  const now = () => performance.now() + skippedMs;
  const disk = { isFull: false };
  const members = new Members(store.members, options.ratePerSecond ?? limits.ratePerSecond, now);
  const rooms: Rooms = new Rooms({
    store: onDisk(store.rooms, disk),
    members: store.members,
    waiting: { soon: setImmediate, later: setTimeout, now },
    wallClock: Date.now,
    onStorage: (isFull) => relay.tellAll({ type: "storage", isFull }),
    onBroken: (error) => {
      throw error;
    },
  });
  const { serverId, hostSecret } = store;
  const bugs: unknown[] = [];
  const relay = startRelay({
    rooms,
    members,
    files: filesOf(store, rooms),
    serverId,
    hostSecret,
    program: "pendopo/test",
    log: { debug() {}, error: (sentence, cause) => bugs.push(sentence, cause) },
    hostname: "127.0.0.1",
    port: 0,
    connectionsMax: limits.connectionsMax,
    certificate: await certificateOf(data),
    timing: { ...limits, ...options.timing },
  });
  return {
    port: relay.port,
    hostSecret,
    disk,
    skip: (ms) => {
      skippedMs += ms;
    },
    async stop() {
      await rooms.drain();
      await relay.stop(1_000);
      await rooms.drain();
      store.close();
      if (options.data === undefined) await rm(data, { recursive: true });
      if (bugs.length > 0) throw new Error("The relay met a bug of its own", { cause: bugs });
    },
  };
}

/** The store, on a disk that can be filled up. */
function onDisk(store: RoomStore, disk: { isFull: boolean }): RoomStore {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const writes = name === "append" || name === "createRoom";
      return (...values: unknown[]) => {
        if (writes && disk.isFull) return Promise.reject(new StorageFull("No space left on the test's disk"));
        return value.apply(target, values);
      };
    },
  });
}
