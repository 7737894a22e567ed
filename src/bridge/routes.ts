import type { Server } from "bun";
import { type Api, problem } from "./api.ts";
import { type Assets, respond } from "./assets.ts";
import type { Log } from "./control.ts";
import { secure, securityHeaders } from "./headers.ts";
import type { Origin } from "./origin.ts";
import type { PageData, Pages } from "./pages.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** One thing that can be asked for: how each method is answered. */
type Route = { GET: Handler } | { POST: Handler };

/** What the routes stand on. */
export type RouteParts = { origin: Origin; assets: Assets; api: Api; pages: Pages; log: Log };

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
      this.#parts.log.error("A request could not be answered", error);
      const sentence = "Try again: something went wrong in this program, and its log says what";
      return secure(say(path, 500, sentence));
    }
  }

  #refuse(request: Request, path: string | undefined): Response | undefined {
    const isPlain = request.method === "GET" || request.method === "HEAD";
    const verdict = this.#parts.origin.judge(request, {
      changes: !isPlain || path === "/relay",
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
    const asset = this.#parts.assets.get(path);
    const route = asset ? { GET: () => respond(asset, request) } : this.#api.get(path);
    if (!route) return say(path, 404, `Open ${this.#parts.origin.href} instead: there is nothing here`);
    if ("GET" in route && (request.method === "GET" || request.method === "HEAD")) return route.GET(request);
    if ("POST" in route && request.method === "POST") return route.POST(request);
    return notAllowed(path, "GET" in route ? "GET, HEAD" : "POST");
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
