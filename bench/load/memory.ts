// The memory of a process, watched.

import { readFileSync } from "node:fs";

/** Watches a process from now on. @returns Its resident memory in bytes: at first, and the most of it since. */
export function watchMemory(pid: number): { before: number; most: () => number; stop(): void } {
  const before = resident(pid);
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, resident(pid));
  }, 20);
  return { before, most: () => most, stop: () => clearInterval(timer) };
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
}

/** From Linux. */
function resident(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}
