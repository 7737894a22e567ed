import type { Socket } from "bun";
import type { Files } from "../room/files.ts";
import { Pacer } from "../wire/dialect-2021/pacer.ts";
import { Fault } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import { encodeFrame, errorFrame } from "../wire/relay-frames.ts";
import { DialectPeer } from "./dialect-peer.ts";
import { FileRequests } from "./file-requests.ts";
import { type Caller, Peer, type Timing } from "./peer.ts";
import type { Common } from "./session.ts";
import { Tickets } from "./tickets.ts";

export type RelayOptions = Omit<Common, "fileRequests"> & {
  files: Files;
  hostname: string;
  /** 0 takes any free port. */
  port: number;
  /** Connections beyond this are told that the relay is busy. */
  connectionsMax: number;
  timing?: Timing;
  /** Whether the programs of 2021 may join; true when absent. */
  takesLegacy?: boolean;
};

/** A relay that listens. */
export type Relay = {
  readonly port: number;
  readonly connections: number;
  /** Sends a frame to every member, as a signal of the whole server. */
  tellAll(frame: object): void;
  /** Takes no more connections, tells those that are there, and ends them. */
  stop(deadlineMs: number): Promise<void>;
};

/** Every line of a native connection is a JSON object, and no name of a 2021 login begins like one. */
const nativeByte = 0x7b;
const sweepMs = 1_000;
/** A native client speaks at once; only after this long does a silent connection count as one. */
const silentAfterMs = 10_000;

/**
 * Opens the TCP door.
 *
 * @throws whatever the system says when the port cannot be had ("EADDRINUSE", "EACCES").
 */
export function startRelay(options: RelayOptions): Relay {
  const { log, connectionsMax, takesLegacy = true } = options;
  const timing = options.timing ?? limits;
  const peers = new Set<Caller>();
  const now = () => performance.now();
  const { files } = options;
  const tickets = new Tickets(now);
  const common = { ...options, tickets, fileRequests: new FileRequests(files, tickets) };
  options.rooms.whenTurnedOut(({ roomId, memberId }) => tickets.revoke(roomId, memberId));
  const pacer = new Pacer(setTimeout, now);
  const busy = new Fault("busy", `Come back later: ${connectionsMax} connections are open`);

  const listener = Bun.listen<Caller | undefined>({
    hostname: options.hostname,
    port: options.port,
    // Data may come in one go with the end of it; the answer is still sent.
    allowHalfOpen: false,
    socket: {
      open(socket) {
        if (peers.size >= connectionsMax) {
          socket.end(encodeFrame(errorFrame(busy)));
          return;
        }
        const peer = new Peer(socket, common, now);
        socket.data = peer;
        socket.setKeepAlive(true, limits.silenceMsMax);
        peers.add(peer);
        log.debug(`A connection came: ${peers.size} are open`);
      },
      data: (socket, bytes) => guarded(socket, (peer) => dialectOf(socket, peer, bytes)?.read(bytes)),
      drain: (socket) => guarded(socket, (peer) => peer.resume()),
      close: (socket, error) => guarded(socket, (peer) => forget(peer, error === undefined)),
      // The close that follows does the rest.
      error: (_, error) => log.debug(`A socket failed: ${error.message}`),
    },
  });

  /** The first byte decides who serves a connection; undefined when nobody does. */
  function dialectOf(
    socket: Socket<Caller | undefined>,
    peer: Caller,
    bytes: Uint8Array,
  ): Caller | undefined {
    if (!peer.isSilent || bytes[0] === nativeByte) return peer;
    if (!takesLegacy) {
      peer.drop();
      return undefined;
    }
    peers.delete(peer);
    const other = new DialectPeer(socket, common, pacer, now);
    socket.data = other;
    peers.add(other);
    return other;
  }

  /** A bug while one connection is served ends that connection, not the relay. */
  function guarded(socket: Socket<Caller | undefined>, serve: (peer: Caller) => void): void {
    if (socket.data === undefined) return;
    try {
      serve(socket.data);
    } catch (error) {
      log.error("A bug in a connection", error);
      socket.data.fail(
        new Fault("internal", "Connect again: the relay could not go on with this connection"),
      );
    }
  }

  function forget(peer: Caller, isClean: boolean): void {
    peers.delete(peer);
    peer.close(isClean);
    log.debug(`A connection went: ${peers.size} are open`);
  }

  const sweep = setInterval(() => {
    files.sweep();
    tickets.sweep();
    const silent: Caller[] = [];
    for (const peer of peers) {
      peer.sweep(timing);
      if (peer.isSilent && now() - peer.openedAt >= silentAfterMs) silent.push(peer);
    }
    // The oldest come first in a Set.
    for (const peer of silent.slice(0, Math.max(0, silent.length - limits.silentConnectionsMax))) peer.drop();
  }, sweepMs);

  return {
    port: listener.port,
    get connections() {
      return peers.size;
    },
    tellAll(frame) {
      for (const peer of peers) peer.tell(frame);
    },
    async stop(deadlineMs) {
      clearInterval(sweep);
      listener.stop();
      const fault = new Fault("shutting-down", "Connect again in a moment: the server is stopping");
      for (const peer of peers) {
        // Whoever has not spoken yet may not understand a frame.
        if (peer.isSilent) peer.drop();
        else peer.fail(fault);
      }
      const deadline = now() + deadlineMs;
      while (peers.size > 0 && now() < deadline) await Bun.sleep(10);
      for (const peer of peers) peer.drop();
    },
  };
}
