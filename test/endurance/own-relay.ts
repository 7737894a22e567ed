// A relay composed as main.ts composes it, in a process of its own, with other times, or with a protection taken
// away: what a harness must notice. No such switch is in the program.
//
//     bun own-relay.ts '{"data": "...", "port": 12345, "weakness": "acknowledge-first"}'

import type { Timing } from "../../src/relay/peer.ts";
import { startRelay } from "../../src/relay/relay.ts";
import { Members } from "../../src/room/members.ts";
import { Rooms } from "../../src/room/rooms.ts";
import { certificateOf } from "../../src/store/certificate.ts";
import { openStore } from "../../src/store/store.ts";
import { limits } from "../../src/wire/limits.ts";
import { filesOf } from "../relay/files-of.ts";
import { type Weakness, weaken } from "./weakness.ts";

export type OwnRelayWish = {
  data: string;
  port: number;
  host?: string;
  timing?: Partial<Timing>;
  ratePerSecond?: number;
  connectionsMax?: number;
  weakness?: Weakness;
};

if (import.meta.main) {
  const wish = JSON.parse(process.argv[2] ?? "{}") as OwnRelayWish;
  const { weakness } = wish;
  const store = openStore(wish.data);
  const clocks = { now: () => performance.now(), wallClock: Date.now };
  if (weakness !== undefined) weaken(weakness, store, clocks);
  const { now, wallClock } = clocks;
  const say = (sentence: string, cause: unknown) =>
    console.error(sentence, cause instanceof Error ? (cause.stack ?? cause.message) : cause);
  const rooms: Rooms = new Rooms({
    store: store.rooms,
    members: store.members,
    waiting: { soon: setImmediate, later: setTimeout, now },
    wallClock,
    onStorage: (isFull) => relay.tellAll({ type: "storage", isFull }),
    onBroken: (error) => {
      say("Cannot go on", error);
      process.exit(70);
    },
  });
  const files = filesOf(store, rooms, { onTrouble: (error) => say("A file", error) });
  await store.files.collect();
  await files.recover();
  const relay = startRelay({
    rooms,
    files,
    members: new Members(store.members, wish.ratePerSecond ?? 0, now),
    serverId: store.serverId,
    hostSecret: store.hostSecret,
    program: "pendopo/test",
    log: { debug() {}, error: say },
    hostname: wish.host ?? "127.0.0.1",
    port: wish.port,
    certificate: await certificateOf(wish.data),
    connectionsMax: wish.connectionsMax ?? limits.connectionsMax,
    timing: { ...limits, ...wish.timing },
  });
  console.log(`--connect 127.0.0.1:${relay.port}\nKept in: ${wish.data}`);
}
