import { constants } from "node:crypto";
import { Pacer } from "../wire/dialect-2021/pacer.ts";
import { Fault } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import { encodeFrame, errorFrame } from "../wire/relay-frames.ts";
import { Carries } from "./carries.ts";
import type { Common } from "./common.ts";
import { DialectPeer } from "./dialect-peer.ts";
import { FileRequests } from "./file-requests.ts";
import { HostSecrets } from "./host-secrets.ts";
import { letGo } from "./memory.ts";
import { type Caller, Peer, type PeerParts, type PeerSocket, sweepMs, type Timing } from "./peer.ts";
import { Tickets } from "./tickets.ts";

/** What TLS shows, both as PEM, and how it is known. */
export type Certificate = {
  key: string;
  certificate: string;
  /** SHA-256 of the certificate, as base64url. */
  fingerprint: string;
};

export type RelayOptions = Omit<Common, "fileRequests" | "carries" | "fingerprint" | "hostSecrets"> & {
  /** Makes whoever has it a host: 32 bytes in base64url. */
  hostSecret: string;
  /** Absent: everybody is spoken to in plain. */
  certificate?: Certificate;
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
  /** A secret that makes one member a host, for a place where others may see it. */
  makeHostSecretOnce(): string;
  /** Sends a frame to every member, as a signal of the whole server. */
  tellAll(frame: object): void;
  /** Takes no more connections, tells those that are there, and ends them. */
  stop(deadlineMs: number): Promise<void>;
};

/** Every line of a native connection is a JSON object, and no name of a 2021 login begins like one. */
const nativeByte = 0x7b;
/** TLS 1.3 alone: both ends are ours, and nothing older is needed. */
const secureOptions = constants.SSL_OP_NO_TLSv1 | constants.SSL_OP_NO_TLSv1_1 | constants.SSL_OP_NO_TLSv1_2;
/** A native client speaks at once; only after this long does somebody who is not known yet count as silent. */
const silentAfterMs = 10_000;

/**
 * Opens the TCP door.
 *
 * @throws whatever the system says when the port cannot be had ("EADDRINUSE", "EACCES").
 */
export function startRelay(options: RelayOptions): Relay {
  const { log, connectionsMax, takesLegacy = true } = options;
  const timing = options.timing ?? limits;
  const { silentAfterMs: patienceMs = silentAfterMs }: Timing = timing;
  const peers = new Set<Caller>();
  const now = () => performance.now();
  const { files } = options;
  const tickets = new Tickets(options.hostSecret, now, Date.now);
  const carries = new Carries(now);
  const hostSecrets = new HostSecrets(options.hostSecret, now);
  const { certificate } = options;
  const common = {
    ...options,
    ...(certificate && { fingerprint: certificate.fingerprint }),
    tickets,
    carries,
    hostSecrets,
    fileRequests: new FileRequests(files, tickets),
  };
  options.rooms.exit.whenTurnedOut(({ roomId, isOut }) => tickets.revoke(roomId, isOut));
  const pacer = new Pacer(setTimeout, now);
  const busy = new Fault("busy", `Come back later: ${connectionsMax} connections are open`);

  const parts: PeerParts = { common, now, toTls: secure };
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
        const peer = new Peer(socket, parts);
        socket.data = peer;
        socket.setKeepAlive(true, limits.silenceMsMax);
        peers.add(peer);
        log.debug(`A connection came: ${peers.size} are open`);
      },
      data(socket, bytes) {
        // What TLS takes from the wire is handed out here once more, a copy that nobody wants.
        if (socket.data === undefined) letGo(bytes);
        else guarded(socket, (peer) => dialectOf(socket, peer, bytes)?.read(bytes));
      },
      drain: (socket) => guarded(socket, (peer) => peer.resume()),
      close: (socket, error) => guarded(socket, (peer) => forget(peer, error === undefined)),
      // The close that follows does the rest.
      error: (_, error) => log.debug(`A socket failed: ${error.message}`),
    },
  });

  /** Begins TLS on a connection, before its peer has sent the first byte of it; inside, another peer is served. */
  function secure(socket: PeerSocket, since: number): void {
    if (certificate === undefined || socket.data === undefined) return;
    peers.delete(socket.data);
    // From here on what happens outside of TLS is told inside as well.
    socket.data = undefined;
    const { key, certificate: cert } = certificate;
    const [, inner] = socket.upgradeTLS<Caller | undefined>({
      tls: { key, cert, secureOptions },
      socket: {
        handshake: (inside, isDone) =>
          guarded(inside, (peer) => {
            if (isDone && peer instanceof Peer) peer.secured();
            else peer.drop();
          }),
        data: (inside, bytes) => guarded(inside, (peer) => peer.read(bytes)),
        drain: (inside) => guarded(inside, (peer) => peer.resume()),
        close: (inside, error) => guarded(inside, (peer) => forget(peer, error === undefined)),
        error: (_, error) => log.debug(`A socket failed: ${error.message}`),
      },
    });
    const peer = new Peer(inner, parts, since);
    inner.data = peer;
    peers.add(peer);
  }

  /** The first byte decides who serves a connection; undefined when nobody does. */
  function dialectOf(socket: PeerSocket, peer: Caller, bytes: Uint8Array): Caller | undefined {
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
  function guarded(socket: PeerSocket, serve: (peer: Caller) => void): void {
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
    carries.sweep();
    const strangers: Caller[] = [];
    for (const peer of peers) {
      peer.sweep(timing);
      if (peer.isStranger && now() - peer.openedAt >= patienceMs) strangers.push(peer);
    }
    // The oldest come first in a Set.
    const most = limits.silentConnectionsMax;
    for (const peer of strangers.slice(0, Math.max(0, strangers.length - most))) peer.drop();
  }, sweepMs);

  return {
    port: listener.port,
    get connections() {
      return peers.size;
    },
    makeHostSecretOnce: () => hostSecrets.makeOnce(),
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
