import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Asset, type Assets, loadAssets, respond } from "../../src/bridge/assets.ts";

const SCRIPT = "/assets/index-1a2b3c4d.js";
const BODIES: Record<string, string> = {
  "/index.html": "<!doctype html><title>Pendopo</title>",
  "/index.html.gz": "the page, gzip",
  "/assets/index-1a2b3c4d.js": "console.log(1)",
  "/assets/index-1a2b3c4d.js.gz": "the script, gzip",
  "/assets/index-1a2b3c4d.js.br": "the script, br",
  "/icons/icon.png": "a picture",
  "/manifest.webmanifest": "{}",
  "/backup.gz": "a file of its own",
};

let folder: string;
let assets: Assets;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pendopo-assets-"));
  for (const [path, body] of Object.entries(BODIES)) await Bun.write(join(folder, path), body);
  assets = await loadAssets(folder);
});

afterAll(() => rm(folder, { recursive: true }));

function asset(path: string): Asset {
  const found = assets.get(path);
  if (!found) throw new Error(`no asset ${path}`);
  return found;
}

function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Response {
  return respond(asset(path), new Request(`http://localhost:12380${path}`, { headers, method }));
}

describe("loading", () => {
  test("The page is at / alone, and every other file at its own path", () => {
    expect([...assets.keys()].sort()).toEqual([
      "/",
      SCRIPT,
      "/backup.gz",
      "/icons/icon.png",
      "/manifest.webmanifest",
    ]);
  });

  test("A compressed body belongs to its file and is no file of its own", () => {
    expect(Buffer.from(asset(SCRIPT).body.br ?? []).toString()).toBe("the script, br");
    expect(asset("/icons/icon.png").body.gzip).toBeUndefined();
    expect(assets.has(`${SCRIPT}.br`)).toBe(false);
  });

  test("Types come from the name, and an unknown one is plain bytes", () => {
    expect(asset("/").type).toBe("text/html; charset=utf-8");
    expect(asset("/manifest.webmanifest").type).toBe("application/manifest+json");
    expect(asset("/backup.gz").type).toBe("application/octet-stream");
  });

  test("Other content has another ETag, the same content the same", async () => {
    const again = await loadAssets(folder);
    expect(again.get("/")?.etag).toBe(asset("/").etag);
    await Bun.write(join(folder, "index.html"), "changed");
    const changed = await loadAssets(folder);
    expect(changed.get("/")?.etag).not.toBe(asset("/").etag);
  });

  test("A folder without a page, or none at all, is an error that names it", () => {
    expect(loadAssets(join(folder, "icons"))).rejects.toThrow(join(folder, "icons"));
    expect(loadAssets(join(folder, "missing"))).rejects.toThrow("Cannot serve the UI");
  });
});

describe("answering", () => {
  const preferred: [accepts: string | undefined, encoding: string | null][] = [
    [undefined, null],
    ["", null],
    ["gzip", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["br;q=0.5, gzip;q=0.8", "gzip"],
    ["br;q=0, gzip;q=0", null],
    ["GZIP", "gzip"],
    ["*", "br"],
    ["*;q=0", null],
    ["br;q=0, *;q=0.1", "gzip"],
    ["identity, gzip;q=0.5", null],
    ["gzip;q=0.1", "gzip"],
    ["br;q=oops", null],
    ["zstd", null],
  ];
  for (const [accepts, encoding] of preferred) {
    test(`Accept-Encoding ${JSON.stringify(accepts)} gets ${encoding ?? "the plain body"}`, async () => {
      const response = ask(SCRIPT, accepts === undefined ? {} : { "Accept-Encoding": accepts });
      expect(response.headers.get("Content-Encoding")).toBe(encoding);
      const body = await response.text();
      expect(body).toBe(BODIES[SCRIPT + (encoding === null ? "" : encoding === "br" ? ".br" : ".gz")] ?? "");
      expect(response.headers.get("Content-Length")).toBe(String(body.length));
    });
  }

  test("Only a file that has several encodings varies", () => {
    expect(ask(SCRIPT).headers.get("Vary")).toBe("Accept-Encoding");
    expect(ask("/icons/icon.png").headers.get("Vary")).toBeNull();
  });

  test("A hashed file is kept for ever, the page is asked for again", () => {
    expect(ask(SCRIPT).headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(ask("/").headers.get("Cache-Control")).toBe("no-cache");
    expect(ask("/icons/icon.png").headers.get("Cache-Control")).toBe("no-cache");
  });

  test("What the browser has already is answered with 304 and no body", async () => {
    const etag = asset("/").etag;
    for (const known of [etag, etag.slice(2), `"other", ${etag}`, "*"]) {
      const response = ask("/", { "If-None-Match": known, "Accept-Encoding": "gzip" });
      expect(response.status).toBe(304);
      expect(response.headers.get("ETag")).toBe(etag);
      expect(response.headers.get("Cache-Control")).toBe("no-cache");
      expect(await response.text()).toBe("");
    }
    expect(ask("/", { "If-None-Match": '"other"' }).status).toBe(200);
  });

  test("Over a socket, HEAD says what GET would send, and sends nothing", async () => {
    using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      development: false,
      fetch: (request) => respond(asset(new URL(request.url).pathname), request),
    });
    const url = new URL(SCRIPT, server.url);
    const init = { headers: { "Accept-Encoding": "br" }, decompress: false };
    const get = await fetch(url, init);
    const head = await fetch(url, { ...init, method: "HEAD" });
    expect(await get.text()).toBe("the script, br");
    expect(await head.text()).toBe("");
    for (const name of ["Content-Length", "Content-Encoding", "Content-Type", "ETag", "Vary"]) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
    expect(head.headers.get("Content-Length")).toBe("14");
  });
});
