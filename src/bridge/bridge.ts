import type { Server, WebSocketHandler } from "bun";
import { Api } from "./api.ts";
import type { Assets } from "./assets.ts";
import type { Control, Log } from "./control.ts";
import { FileRoutes } from "./file-routes.ts";
import { securityHeaders } from "./headers.ts";
import { type BridgeLimits, bridgeLimits } from "./limits.ts";
import { Origin } from "./origin.ts";
import { type PageData, Pages } from "./pages.ts";
import { probe } from "./probe.ts";
import { Relay } from "./relay.ts";
import { Routes } from "./routes.ts";
import { Transfers } from "./transfers.ts";
import { type KnownServers, Trust } from "./trust.ts";

/** What a bridge needs. */
export type BridgeOptions = {
  /** The web port; 0 takes any that is free. */
  port: number;
  assets: Assets;
  version: string;
  /** Stands for the data directory: the same directory, the same text, and nothing of its path. */
  dataId: string;
  control: Control;
  /** The servers that were met before. */
  known: KnownServers;
  log: Log;
  /** Other limits, for tests. */
  limits?: Partial<BridgeLimits>;
};

/** The web door: serves the UI, and pipes its WebSockets to the relay. */
export type Bridge = {
  port: number;
  /** The address to open, e.g. "http://localhost:12380": no slash at its end. */
  origin: string;
  /**
   * Closes every page's WebSocket with 1001, lets answers under way finish, and stops listening.
   *
   * @param deadlineMs  When this has passed, what is still open is cut.
   */
  stop(deadlineMs: number): Promise<void>;
};

/**
 * Starts to listen on localhost, which is 127.0.0.1 and, where the machine has it, ::1: a browser may try either.
 *
 * @throws {Error} whose `code` is "EADDRINUSE" when another program has the port on either, "EACCES" when the system
 *                 keeps the port for itself.
 */
export function startBridge(options: BridgeOptions): Bridge {
  const { control, log } = options;
  const limits = { ...bridgeLimits, ...options.limits };
  const trust = new Trust(options.known, log);
  const relay = new Relay(control, trust);
  const pages = new Pages(relay, limits, log);
  const transfers = new Transfers(relay, limits, log);
  const api = new Api({ ...options, relay, trust, pages, transfers, limits });
  const files = new FileRoutes(transfers, log);

  // Known once the port is; no request can come before that.
  let routes: Routes | undefined;
  const servers = listen(options.port, {
    fetch: async (request, server) => await routes?.answer(request, server),
    error(cause) {
      log.error("A request could not be answered", cause);
      return new Response(null, { status: 500, headers: securityHeaders });
    },
    websocket: pages.handler(),
  });
  const port = servers[0].port ?? options.port;
  const origin = new Origin(port);
  routes = new Routes({ origin, assets: options.assets, api, pages, files, log });

  // So that a page can be told who the server is before it has connected.
  const { way } = relay;
  if (way) {
    probe(way, log, limits).then((probed) => probed.ok && relay.meet(way.target, probed.answer));
  }
  return { port, origin: origin.href, stop: (deadlineMs) => stop(servers, pages, transfers, deadlineMs) };
}

/** What the listeners do, which is the same for each. */
type Listener = {
  fetch(request: Request, server: Server<PageData>): Promise<Response | undefined>;
  error(cause: unknown): Response;
  websocket: WebSocketHandler<PageData>;
};

type Servers = [Server<PageData>, ...Server<PageData>[]];

function listen(port: number, listener: Listener): Servers {
  const first = serve("127.0.0.1", port, listener);
  try {
    return [first, serve("::1", first.port ?? port, listener)];
  } catch (error) {
    if (isWithoutIpv6(error)) return [first];
    first.stop(true);
    // The first took any free port, and somebody has that one on ::1.
    if (port === 0 && codeOf(error) === "EADDRINUSE") return listen(0, listener);
    throw error;
  }
}

function serve(hostname: string, port: number, listener: Listener): Server<PageData> {
  return Bun.serve<PageData>({
    hostname,
    port,
    // Bun's default lets a second process listen on the same port, and connections go to either.
    reusePort: false,
    development: false,
    // Joining may take as long as a connection and a prelude may take, and Bun cuts an answer under way after 10 s.
    idleTimeout: 60,
    // A file may have any size; a body of the API is read as far as its own limit.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    ...listener,
  });
}

function isWithoutIpv6(error: unknown): boolean {
  return ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

async function stop(servers: Servers, pages: Pages, transfers: Transfers, deadlineMs: number): Promise<void> {
  pages.close("going-away");
  const { promise: deadline, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, deadlineMs);
  await Promise.race([Promise.all(servers.map((server) => server.stop())), deadline]);
  clearTimeout(timer);
  transfers.cut();
  await Promise.all(servers.map((server) => server.stop(true)));
}
