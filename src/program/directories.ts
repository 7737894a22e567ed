import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";

/**
 * The data directory: the one that was given, or the platform's.
 *
 * Hosting and joining have different ones, so that both can run on one machine.
 */
export function dataDirectory(given: string | undefined, role: "server" | "client"): string {
  return given === undefined ? join(platformDirectory(), role) : resolve(given);
}

/** A text that stands for a directory, whether it is there yet or not, and tells nothing of its path. */
export function directoryId(path: string): string {
  return createHash("sha256")
    .update(`pendopo-data-1\n${realPath(path)}`)
    .digest("base64url")
    .slice(0, 22);
}

/** 16 bytes in base64url that stand for a text: the same text, the same bytes. */
export function textId(text: string): string {
  return createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url");
}

/** The path without symbolic links, as far as it is there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

function platformDirectory(): string {
  const { env } = process;
  switch (process.platform) {
    case "win32":
      return join(env.LOCALAPPDATA || join(homedir(), "AppData", "Local"), "Pendopo");
    case "darwin":
      return join(homedir(), "Library", "Application Support", "Pendopo");
    default: {
      // A relative path is to be ignored (XDG Base Directory Specification).
      const xdg = env.XDG_DATA_HOME;
      return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), ".local", "share"), "pendopo");
    }
  }
}
