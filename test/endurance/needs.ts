import { test } from "bun:test";
import { readFileSync } from "node:fs";
import { patienceMs } from "./length.ts";

/** What a harness may need of the machine beyond Bun. */
export type Need = "strace" | "faketime" | "zzuf" | "namespaces" | "open files" | "linux";

const has: { [N in Need]: () => boolean } = {
  linux: () => process.platform === "linux",
  // Being there is not enough: a container may forbid tracing.
  strace: () => has.linux() && runs("strace", "-D", "-o", "/dev/null", "true"),
  faketime: () => has.linux() && fakeTimeLibrary() !== undefined,
  // For ten thousand connections, and what the program needs besides.
  "open files": () =>
    has.linux() &&
    Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]) >= 10_400,
  zzuf: () => runs("zzuf", "-V"),
  namespaces: () => has.linux() && runs("unshare", "-n", "nft", "list", "ruleset") && runs("ip", "-V"),
};
const found = new Map<Need, boolean>();

/**
 * A test that needs something of the machine. Without it the test is skipped, and counted as such; where CI is true
 * it fails instead, so that a promise is never left untested unseen.
 */
export function testWith(needs: Need[], name: string, run: () => Promise<void>): void {
  const missing = needs.filter((need) => !isThere(need));
  if (missing.length === 0) {
    test(name, run, patienceMs);
    return;
  }
  const sentence = `Cannot run "${name}": this machine lacks ${missing.join(", ")} (tools/faults.sh installs them)`;
  if (process.env.CI === "true") {
    test(name, () => {
      throw new Error(sentence);
    });
    return;
  }
  console.log(`  skipped: ${sentence}`);
  test.skip(name, run);
}

/** Where Debian keeps the library that fakes the time. */
export function fakeTimeLibrary(): string | undefined {
  const [path] = new Bun.Glob("usr/lib/*/faketime/libfaketime.so.1").scanSync({ cwd: "/", absolute: true });
  return path;
}

function isThere(need: Need): boolean {
  const known = found.get(need) ?? has[need]();
  found.set(need, known);
  return known;
}

function runs(...command: string[]): boolean {
  try {
    const stdio = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
    return Bun.spawnSync(command, { ...stdio, env: withSbin() }).exitCode === 0;
  } catch {
    // There is no such program.
    return false;
  }
}

/** Root's tools are not on everybody's path. */
export function withSbin(): Record<string, string | undefined> {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
}
