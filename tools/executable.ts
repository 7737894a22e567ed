// src/main.ts and dist/ui/, compiled into one file.

import { UI_FOLDER } from "./ui.ts";

/**
 * Compiles the program.
 *
 * `assets` embeds the folder under its last name: at run time each file is in Bun.embeddedFiles as "ui/<path>"
 * (and on disk, so to speak, as import.meta.dir + "/ui/<path>"); src/bridge/assets.ts reads it.
 *
 * @param target  As `bun build --target` names it, e.g. "bun-windows-x64"; nothing: this machine.
 * @throws {AggregateError} with Bun's messages, when the sources do not build.
 */
export async function buildExecutable(target?: string): Promise<{ path: string; bytes: number }> {
  const suffix = target === undefined ? "" : target.replace(/^bun/, "");
  const path = `dist/pendopo${suffix}${target?.includes("windows") ? ".exe" : ""}`;
  await Bun.build({
    // Threads are entry points of their own, and are looked for beside the program: all of them are in this root.
    entrypoints: ["src/main.ts", "src/store/hash.worker.ts", "src/store/write.worker.ts"],
    root: "src/store",
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
    compile: {
      ...(target === undefined ? {} : { target: target as Bun.Build.CompileTarget }),
      outfile: path,
      assets: [UI_FOLDER],
      // The folder a person starts it in is not ours: a .env or bunfig.toml lying there must not be obeyed.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
  return { path, bytes: Bun.file(path).size };
}
