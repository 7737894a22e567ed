import type { Log } from "./control.ts";
import { Downloads } from "./downloads.ts";
import { Folders } from "./folders.ts";
import { TransferProblem } from "./transfer-problem.ts";
import type { Transfers } from "./transfers.ts";
import { Uploads } from "./uploads.ts";

type Handler = () => Promise<Response>;

/** What can be asked of files over HTTP, or a method that cannot; undefined where there is nothing. */
export type FileRoute = { handler: Handler } | { allow: string };

/** Everything below /files and /folders. */
export class FileRoutes {
  readonly #uploads: Uploads;
  readonly #downloads: Downloads;
  readonly #folders: Folders;

  constructor(transfers: Transfers, log: Log) {
    this.#uploads = new Uploads(transfers, log);
    this.#downloads = new Downloads(transfers);
    this.#folders = new Folders(transfers);
  }

  /** Whether a path is one of files, there or not. */
  static has(path: string): boolean {
    return /^\/(?:files|folders)(?:\/|$)/.test(path);
  }

  /** Finds what a request asks for. */
  find(request: Request, path: string): FileRoute | undefined {
    const [, root, ...rest] = path.split("/");
    return root === "files" ? this.#files(request, rest) : this.#foldersAt(request, rest);
  }

  #files(request: Request, [first, id, name, ...more]: string[]): FileRoute | undefined {
    const upload = () => this.#uploads.answer(request);
    // A ticket is longer than a file's id, so that neither can be taken for the other.
    if (first === undefined || first === "") return allowed(request, "POST, OPTIONS", upload);
    if (id === undefined || id === "") return allowed(request, "HEAD, PATCH, DELETE, OPTIONS", upload);
    if (name === undefined || more.length > 0) return undefined;
    return allowed(request, "GET, HEAD", () => this.#downloads.answer(request, first, id));
  }

  #foldersAt(request: Request, [ticket, id, name, ...path]: string[]): FileRoute | undefined {
    if (ticket === undefined || id === undefined || name === undefined) return undefined;
    if (path.length === 0) {
      if (!name.endsWith(".zip")) return undefined;
      return allowed(request, "GET, HEAD", () => this.#folders.zip(request, ticket, id));
    }
    if (name !== "files") return undefined;
    return allowed(request, "GET, HEAD", () => this.#folders.file(request, ticket, id, decode(path)));
  }
}

function allowed({ method }: Request, allow: string, handler: Handler): FileRoute {
  return allow.split(", ").includes(method) ? { handler } : { allow };
}

/** @throws {TransferProblem} when it is no path. */
function decode(path: readonly string[]): string {
  try {
    return path.map(decodeURIComponent).join("/");
  } catch {
    throw new TransferProblem("bad-frame", "Ask for a path in UTF-8, percent-encoded: this is none");
  }
}
