// What is written past the system's cache is on the disk at once, and how long the file is with it: after a power cut
// an upload would go on behind bytes that were in the cache alone.

import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { testWith } from "./needs.ts";
import { newFolder } from "./server.ts";
import { readCalls, recording } from "./syscalls.ts";

const KiB = 1024;

testWith(
  ["strace"],
  "No byte goes past the cache before all that stand before it are on the disk",
  async () => {
    const [folder, calls] = [newFolder(), join(newFolder(), "calls")];
    const path = join(folder, "file");
    writeFileSync(path, "");
    const script = Bun.fileURLToPath(new URL("./writes.ts", import.meta.url));
    // With strace as its parent, so that all is recorded when it has ended.
    const traced = recording(calls).filter((option) => option !== "-D");
    expect(Bun.spawnSync([...traced, process.execPath, script, path]).exitCode).toBe(0);
    const made = readCalls(await Bun.file(calls).text())
      .filter((call) => (call.do === "write" || call.do === "sync") && call.path === path)
      .map((call) => (call.do === "write" ? [call.at / KiB, call.bytes.length / KiB] : call.do));
    expect(made).toEqual([[0, 8], "sync", [8, 128], [136, 64], [200, 4], "sync", [204, 64]]);
  },
);
