import type { Server } from "bun";
import { type Api, problem } from "./api.ts";
import { type Assets, respond } from "./assets.ts";
import type { Log } from "./control.ts";
import { FileRoutes } from "./file-routes.ts";
import { secure, securityHeaders } from "./headers.ts";
import type { Origin } from "./origin.ts";
import type { PageData, Pages } from "./pages.ts";
import { ticketHeader } from "./ticket.ts";
import { TransferProblem } from "./transfer-problem.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** One thing that can be asked for: how each method is answered. */
type Route = { GET: Handler } | { POST: Handler };

/** What the routes stand on. */
export type RouteParts = {
  origin: Origin;
  assets: Assets;
  api: Api;
  pages: Pages;
  files: FileRoutes;
  log: Log;
};

/** Everything that can be asked of the bridge over HTTP: each request is judged first, and each answer secured last. */
export class Routes {
  readonly #parts: RouteParts;
  readonly #api: ReadonlyMap<string, Route>;

  constructor(parts: RouteParts) {
    this.#parts = parts;
    const { api } = parts;
    this.#api = new Map<string, Route>([
      ["/api/bridge", { GET: () => api.state() }],
      ["/api/host", { POST: () => api.host() }],
      ["/api/join", { POST: (request) => api.join(request) }],
      ["/api/accept", { POST: (request) => api.accept(request) }],
      ["/api/reset", { POST: () => api.reset() }],
    ]);
  }

  /** Answers a request; undefined when it has become a WebSocket. */
  async answer(request: Request, server: Server<PageData>): Promise<Response | undefined> {
    const path = URL.parse(request.url)?.pathname;
    try {
      const response = this.#refuse(request, path) ?? (await this.#route(request, path ?? "", server));
      return response && secure(response);
    } catch (error) {
      if (error instanceof TransferProblem) return secure(explain(path, error));
      this.#parts.log.error("A request could not be answered", error);
      const sentence = "Try again: something went wrong in this program, and its log says what";
      return secure(say(path, 500, sentence));
    }
  }

  #refuse(request: Request, path: string | undefined): Response | undefined {
    const verdict = this.#parts.origin.judge(request, {
      changes: !isPlain(request, path) || path === "/relay",
      isDocument: path === "/",
    });
    switch (verdict.is) {
      case "allowed":
        return undefined;
      case "elsewhere":
        return new Response(null, { status: 308, headers: { Location: verdict.location } });
      case "refused":
        return say(path, verdict.status, verdict.sentence);
    }
  }

  #route(
    request: Request,
    path: string,
    server: Server<PageData>,
  ): Response | undefined | Promise<Response | undefined> {
    if (path === "/relay") return this.#upgrade(request, server);
    if (FileRoutes.has(path)) return this.#file(request, path, server);
    const asset = this.#parts.assets.get(path);
    const route = asset ? { GET: () => respond(asset, request) } : this.#api.get(path);
    if (!route) return this.#nothing(path);
    if ("GET" in route && (request.method === "GET" || request.method === "HEAD")) return route.GET(request);
    if ("POST" in route && request.method === "POST") return route.POST(request);
    return notAllowed(path, "GET" in route ? "GET, HEAD" : "POST");
  }

  #file(request: Request, path: string, server: Server<PageData>): Response | Promise<Response> {
    const route = this.#parts.files.find(request, path);
    if (route === undefined) return this.#nothing(path);
    if ("allow" in route) return notAllowed(path, route.allow);
    // Bun's own limit cuts honest slow transfers off, and those that wait for bytes to arrive.
    server.timeout(request, 0);
    return route.handler();
  }

  #nothing(path: string): Response {
    return say(path, 404, `Open ${this.#parts.origin.href} instead: there is nothing here`);
  }

  #upgrade(request: Request, server: Server<PageData>): Response | undefined {
    if (request.method !== "GET") return notAllowed("/relay", "GET");
    if (this.#parts.pages.isFull) {
      return say("/relay", 503, "Close a page of this program first: too many are open");
    }
    // no-store needs no saying here: an upgrade is never kept.
    if (server.upgrade(request, { headers: securityHeaders, data: { pipe: null } })) return undefined;
    const refusal = say("/relay", 426, "Open a WebSocket here");
    refusal.headers.set("Upgrade", "websocket");
    return refusal;
  }
}

/**
 * Whether it does not matter that a request has no Origin: it changes nothing, or carries a ticket in a header, which no
 * page can send to another site unasked.
 */
function isPlain({ method, headers }: Request, path: string | undefined): boolean {
  if (method === "GET" || method === "HEAD") return true;
  return FileRoutes.has(path ?? "") && (method === "OPTIONS" || headers.has(ticketHeader));
}

function explain(path: string | undefined, problem: TransferProblem): Response {
  const { status, message, retrySeconds } = problem;
  const response = say(path, status, message);
  if (retrySeconds !== undefined) response.headers.set("Retry-After", String(retrySeconds));
  return response;
}

function notAllowed(path: string, allow: string): Response {
  const refusal = say(path, 405, `Use ${allow} here`);
  refusal.headers.set("Allow", allow);
  return refusal;
}

/** A sentence: as JSON where programs ask, as text where people do. */
function say(path: string | undefined, status: number, sentence: string): Response {
  if (path?.startsWith("/api/")) return problem(status, sentence);
  return new Response(`${sentence}\n`, { status, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
