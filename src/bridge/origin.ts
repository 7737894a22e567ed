/** Whether a request may be answered, and how not. */
export type Verdict =
  | { is: "allowed" }
  /** A GET or HEAD under another name of this machine: the same path at the one origin. */
  | { is: "elsewhere"; location: string }
  | { is: "refused"; status: 400 | 403 | 421; sentence: string };

/** What is to be known of a route to judge a request for it. */
export type Asked = {
  /** A WebSocket, or a request that changes something: it must come from the page itself. */
  changes: boolean;
  /** The page itself, to which a link elsewhere may lead. */
  isDocument: boolean;
};

/**
 * The one origin under which the bridge is used, and the check of every request against it.
 *
 * Only `localhost` counts: a browser keeps storage by origin, and a name that an attacker's DNS points
 * at 127.0.0.1 arrives with the attacker's name as Host.
 *
 * A request line in absolute form ("GET http://other/ HTTP/1.1") is not told apart by Bun.serve: it drops the
 * authority and hands over the path, so such a request is judged, and answered, by its Host alone. Several Host
 * headers come joined by commas, which equals no host of ours.
 */
export class Origin {
  /** As browsers write it, e.g. "http://localhost:12380". */
  readonly href: string;
  readonly #host: string;
  readonly #aliases: ReadonlySet<string>;

  constructor(port: number) {
    // URL leaves port 80 out, as browsers do.
    const hostOf = (name: string) => new URL(`http://${name}:${port}`).host;
    this.#host = hostOf("localhost");
    this.href = `http://${this.#host}`;
    this.#aliases = new Set([hostOf("127.0.0.1"), hostOf("[::1]")]);
  }

  /** Judges a request by its Host, Origin and Sec-Fetch headers, for a route of some kind. */
  judge(request: Request, asked: Asked): Verdict {
    const host = request.headers.get("Host") ?? "";
    const isAlias = this.#aliases.has(host);
    if (host !== this.#host && !isAlias) {
      return refuse(421, `Open ${this.href} instead: this program answers under no other name`);
    }
    const origin = request.headers.get("Origin");
    if (origin === null ? asked.changes : origin !== this.href) {
      return refuse(403, `Open ${this.href} and do it there: this request came from elsewhere`);
    }
    if (!isFromHere(request, asked)) {
      return refuse(403, `Open ${this.href} and do it there: another site asked for this`);
    }
    if (!isAlias) return { is: "allowed" };
    if (request.method !== "GET" && request.method !== "HEAD") {
      return refuse(421, `Open ${this.href} instead: this program answers under no other name`);
    }
    const url = URL.parse(request.url);
    if (url === null) return refuse(400, "Ask for a path: this address is none");
    return { is: "elsewhere", location: `${this.href}${url.pathname}${url.search}` };
  }
}

/**
 * Whether no other site is behind a request, as far as the browser says.
 *
 * "same-site" is another site too: every port of localhost is the same site. A link in a mail or on the intranet
 * leads to the page with "cross-site", "navigate" and "document", and must work. Frames (their Dest is "iframe"), and
 * prefetches and scripts (their Mode is not "navigate") are another site's doing, and so is a form
 * that posts: its Mode and Dest are those of a link, only its method is not.
 */
function isFromHere(request: Request, asked: Asked): boolean {
  const site = request.headers.get("Sec-Fetch-Site");
  if (site === null || site === "same-origin" || site === "none") return true;
  return (
    asked.isDocument &&
    (request.method === "GET" || request.method === "HEAD") &&
    request.headers.get("Sec-Fetch-Mode") === "navigate" &&
    request.headers.get("Sec-Fetch-Dest") === "document"
  );
}

function refuse(status: 400 | 403 | 421, sentence: string): Verdict {
  return { is: "refused", status, sentence };
}
