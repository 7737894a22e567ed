// The built UI in memory, and how a file of it is answered. `make build` makes the files (tools/ui.ts) and embeds
// them (tools/executable.ts); run from source, they are read from dist/ui/.

import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** One file of the UI. */
export interface Asset {
  /** The path it is served at, e.g. "/assets/index-1a2b3c4d.js". */
  path: string;
  /** Its Content-Type. */
  type: string;
  /** Its ETag, quotes included; weak, because all its encodings share it (RFC 9110 §8.8.3.3). */
  etag: string;
  /** The path carries a hash of the content: a copy may be kept for ever. */
  isImmutable: boolean;
  body: { identity: Uint8Array<ArrayBuffer>; gzip?: Uint8Array<ArrayBuffer>; br?: Uint8Array<ArrayBuffer> };
}

/** The files of the UI by their path; "/" is the page. No path outside of it can be named: it is a map. */
export type Assets = ReadonlyMap<string, Asset>;

/**
 * Reads the whole UI into memory: some dozen files, well under a megabyte.
 *
 * @param folder  Where the built UI lies; left out: inside the executable, or dist/ui/ when run from source.
 * @throws {Error} "Cannot serve the UI: ..." when there is no index.html.
 */
export async function loadAssets(folder?: string): Promise<Assets> {
  const isEmbedded = folder === undefined && Bun.isStandaloneExecutable;
  const source = folder ?? join(import.meta.dir, "../../dist/ui");
  const files = isEmbedded ? await readEmbedded() : await readFolder(source);

  const assets = new Map<string, Asset>();
  for (const [path, identity] of files) {
    if (isEncoding(path, files)) continue;
    const gzip = files.get(`${path}.gz`);
    const br = files.get(`${path}.br`);
    assets.set(path, {
      path,
      type: TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream",
      etag: `W/"${Bun.hash(identity).toString(36)}"`,
      isImmutable: path.startsWith("/assets/"),
      body: { identity, ...(gzip && { gzip }), ...(br && { br }) },
    });
  }

  const page = assets.get("/index.html");
  if (!page)
    throw new Error(`Cannot serve the UI: there is no index.html in ${isEmbedded ? "the program" : source}`);
  assets.delete("/index.html");
  assets.set("/", { ...page, path: "/" });
  return assets;
}

/**
 * Answers a GET or HEAD for a file of the UI: the encoding that the browser prefers, or 304 when it has the file.
 * The headers that every response of the bridge carries are not added here.
 *
 * @see RFC 9110 §8.8 (ETag), §12.5.3 (Accept-Encoding), §13.1.2 (If-None-Match)
 */
export function respond(asset: Asset, request: Request): Response {
  const headers = new Headers({
    "Cache-Control": asset.isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    ETag: asset.etag,
  });
  if (asset.body.gzip || asset.body.br) headers.set("Vary", "Accept-Encoding");
  if (isKnown(asset, request.headers.get("If-None-Match")))
    return new Response(null, { status: 304, headers });

  const encoding = choose(asset, request.headers.get("Accept-Encoding"));
  const body = asset.body[encoding] ?? asset.body.identity;
  headers.set("Content-Type", asset.type);
  headers.set("Content-Length", String(body.byteLength));
  if (encoding !== "identity") headers.set("Content-Encoding", encoding);
  return new Response(request.method === "HEAD" ? null : body, { headers });
}

const TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json",
  webp: "image/webp",
  woff2: "font/woff2",
};

type Encoding = keyof Asset["body"];

/** Best first, where a browser takes several equally well. */
const ENCODINGS: Encoding[] = ["br", "gzip", "identity"];

/** The folder dist/ui is embedded under its last name. */
const EMBEDDED = "ui/";

type Files = Map<string, Uint8Array<ArrayBuffer>>;

async function readEmbedded(): Promise<Files> {
  const files: Files = new Map();
  for (const blob of Bun.embeddedFiles as readonly (Blob & { name: string })[]) {
    if (blob.name.startsWith(EMBEDDED)) files.set(`/${blob.name.slice(EMBEDDED.length)}`, await blob.bytes());
  }
  return files;
}

async function readFolder(folder: string): Promise<Files> {
  const files: Files = new Map();
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length).replaceAll("\\", "/"), await Bun.file(path).bytes());
  }
  return files;
}

/** "/x.js.gz" beside "/x.js" is a body of that, not a file of its own. */
function isEncoding(path: string, files: Files): boolean {
  return /\.(gz|br)$/.test(path) && files.has(path.slice(0, path.lastIndexOf(".")));
}

function isKnown(asset: Asset, ifNoneMatch: string | null): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === "*") return true;
  const bare = (tag: string) => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => bare(tag) === bare(asset.etag));
}

/** The encoding with the highest weight that we have; when everything is refused, the plain body all the same. */
function choose(asset: Asset, acceptEncoding: string | null): Encoding {
  if (acceptEncoding === null) return "identity";
  const weights = parseWeights(acceptEncoding);
  let best: Encoding = "identity";
  let bestWeight = 0;
  for (const encoding of ENCODINGS) {
    if (!asset.body[encoding]) continue;
    // A plain body is always welcome unless expressly refused, but least of all.
    const weight =
      weights.get(encoding) ?? weights.get("*") ?? (encoding === "identity" ? Number.MIN_VALUE : 0);
    if (weight > bestWeight) {
      best = encoding;
      bestWeight = weight;
    }
  }
  return best;
}

function parseWeights(acceptEncoding: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const item of acceptEncoding.toLowerCase().split(",")) {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    // A weight that is no number says nothing: as if the encoding had not been named.
    if (name !== "" && weight >= 0) weights.set(name === "x-gzip" ? "gzip" : name, Math.min(weight, 1));
  }
  return weights;
}
