import { readSync } from "node:fs";

/**
 * Reads what has come on a plain TCP socket straight into memory. Bun's own way makes two copies of every byte on the
 * way to where a file's bytes are kept; at the pace of one machine's memory that is a quarter of the relay's work.
 *
 * @returns  How many bytes: 0 when there are none now, when it is over, or where it cannot be done. Bun tells which.
 */
export function readDirectly(socket: object, memory: Uint8Array): number {
  // On Windows the number is no file's. Bun has it on every socket, but does not document it.
  if (process.platform === "win32" || !("fd" in socket) || typeof socket.fd !== "number") return 0;
  if (socket.fd < 0 || memory.length === 0) return 0;
  try {
    return readSync(socket.fd, memory, 0, memory.length, null);
  } catch {
    return 0;
  }
}
