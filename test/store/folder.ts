import { afterEach } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

/** An empty directory, which is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "pendopo-store-"));
  made.push(path);
  return path;
}

/** Removes the directories of the test that has just run. */
export function cleanUp(): void {
  afterEach(() => {
    for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
  });
}

/** The files of a directory and their bytes, but for the lock, which says nothing. */
export function contents(path: string): { [name: string]: string } {
  const names = readdirSync(path).filter((name) => !name.startsWith("lock"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name)).toString("base64")]));
}
