import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that goes when the program does. */
export type Temporary = { path: string; remove(): void };

const prefix = "pendopo-2021-";

/** Makes a temporary folder, and removes those of programs that were killed before they could do it themselves. */
export function makeTemporary(parent: string = tmpdir()): Temporary {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    // A number that is no number is nothing of ours.
    if (Number.isNaN(pid) || isRunning(pid)) continue;
    remove(join(parent, name));
  }
  // The process's number tells the next program whose it is.
  const path = mkdtempSync(join(parent, `${prefix}${process.pid}-`));
  return { path, remove: () => remove(path) };
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Another user's: theirs to remove.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and belongs to somebody else.
    return (error as { code?: string }).code !== "ESRCH";
  }
}
