// The UI, built: public/index.html and what it loads, the rest of public/ as it is, each with its compressed bodies.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Where the built UI lies; src/bridge/assets.ts reads it there when the program runs from source. */
export const UI_FOLDER = "dist/ui";

/** What only `make dev` adds to a page. It stands in no other build. */
export interface DevScript {
  path: string;
  source: string;
}

/**
 * Builds the UI into dist/ui/. Nothing there is touched when the build fails.
 *
 * @throws {AggregateError} with Bun's messages, when the sources do not build.
 */
export async function buildUi(options: { forProduct: boolean; devScript?: DevScript }): Promise<void> {
  const { forProduct, devScript } = options;
  const built = await Bun.build({
    entrypoints: ["public/index.html"],
    target: "browser",
    minify: forProduct,
    splitting: true,
    sourcemap: forProduct ? "none" : "inline",
    publicPath: "/",
    // Absolute paths (icons, the manifest) are files of public/, not modules.
    external: ["/*"],
    // A folder of its own says which files carry their hash in their name and may be kept for ever.
    naming: { chunk: "assets/[name]-[hash].[ext]", asset: "assets/[name]-[hash].[ext]" },
    define: { "process.env.NODE_ENV": JSON.stringify(forProduct ? "production" : "development") },
  });

  const files = new Map<string, Uint8Array>();
  for await (const path of new Bun.Glob("**/*").scan("public")) {
    files.set(path, await Bun.file(join("public", path)).bytes());
  }
  for (const output of built.outputs)
    files.set(join(output.path), new Uint8Array(await output.arrayBuffer()));
  if (devScript) {
    files.set(devScript.path, Buffer.from(devScript.source));
    const page = Buffer.from(files.get("index.html") ?? []).toString();
    files.set("index.html", Buffer.from(`${page}<script src="/${devScript.path}"></script>`));
  }

  await rm(UI_FOLDER, { recursive: true, force: true });
  for (const [path, body] of files) {
    await Bun.write(join(UI_FOLDER, path), body);
    if (forProduct) await writeCompressed(join(UI_FOLDER, path), body);
  }
}

/** Leaves out an encoding that saves nothing, so that pictures are kept once. */
async function writeCompressed(path: string, body: Uint8Array): Promise<void> {
  const gzip = gzipSync(body, { level: 9 });
  const br = brotliCompressSync(body, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.byteLength,
    },
  });
  if (gzip.byteLength < body.byteLength) await Bun.write(`${path}.gz`, gzip);
  if (br.byteLength < body.byteLength) await Bun.write(`${path}.br`, br);
}
