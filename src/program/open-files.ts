import { readFileSync } from "node:fs";
import { limits } from "../wire/limits.ts";

/** Files and sockets that the program needs for itself, besides the relay's connections. */
const ownFiles = 64;
/**
 * Two for each page of this machine, its WebSocket and the bridge's connection to the relay, and two for each transfer
 * of a file through the bridge.
 */
const bridgeFiles = 2 * 64 + 2 * 64;

/** How many connections the relay may take, by the open-file limit: at the limit itself, accepting would spin. */
export function connectionsAllowed(): number {
  return Math.max(1, Math.min(limits.connectionsMax, openFileLimit() - bridgeFiles - ownFiles));
}

function openFileLimit(): number {
  // Windows has no such limit for sockets; elsewhere Bun raises the soft limit to the hard one at its start.
  if (process.platform === "win32") return Number.POSITIVE_INFINITY;
  if (process.platform === "linux") {
    const row = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    if (row) return Number(row[1]);
  }
  const { stdout } = Bun.spawnSync(["sh", "-c", "ulimit -n"]);
  return Number(stdout.toString().trim()) || 1024;
}
