// What a browser fetches before it can paint: the page, its styles and scripts, and what those import statically.

import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Most bytes of HTML, CSS and JavaScript before the first paint, gzip level 9. */
export const FIRST_PAINT_BYTES_MAX = 60 * 1024;

export interface FirstPaint {
  bytes: number;
  files: { path: string; bytes: number }[];
}

/**
 * Weighs the page in a folder that tools/ui.ts has built.
 *
 * @returns  Bytes after gzip, in all and per file, heaviest first.
 */
export async function firstPaint(folder: string): Promise<FirstPaint> {
  const seen = new Set(["index.html"]);
  const files: FirstPaint["files"] = [];
  // A Set goes on with what is added while it is walked.
  for (const path of seen) {
    const text = await Bun.file(join(folder, path)).text();
    files.push({ path, bytes: gzipSync(text, { level: 9 }).byteLength });
    for (const next of needed(path, text)) seen.add(next);
  }
  files.sort((a, b) => b.bytes - a.bytes);
  return { bytes: files.reduce((sum, file) => sum + file.bytes, 0), files };
}

function needed(path: string, text: string): string[] {
  if (path.endsWith(".html")) return local(text.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g));
  if (path.endsWith(".css")) return local(text.matchAll(/@import\s*(?:url\()?["']?([^"')]+)/g));
  const imports = new Bun.Transpiler({ loader: "js" }).scanImports(text);
  return imports.filter((one) => one.kind === "import-statement").map((one) => one.path.replace(/^\//, ""));
}

function local(matches: Iterable<RegExpMatchArray>): string[] {
  return Array.from(matches, (match) => match[1] ?? "")
    .filter((url) => url.startsWith("/"))
    .map((url) => url.slice(1));
}
