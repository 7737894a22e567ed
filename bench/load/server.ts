// The compiled program as a server for a benchmark, in a data directory of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A relay that listens on loopback, in a process of its own. */
export type BenchServer = {
  port: number;
  /** Where its page is; empty for one that has none. */
  origin: string;
  pid: number;
  stop(): Promise<void>;
};

/**
 * Starts dist/pendopo --server on free ports, with the rate limit lifted; resolves once it listens.
 *
 * @param data  Its data directory; without one it gets a new one, which goes when it stops.
 */
export function startServer(data?: string): Promise<BenchServer> {
  const directory = data ?? mkdtempSync(join(tmpdir(), "pendopo-bench-"));
  const ports = ["--host", "127.0.0.1", "--port", "0", "--web-port", "0"];
  const command = ["dist/pendopo", "--server", ...ports, "--no-open", "--rate", "0", "--data", directory];
  return started(command, () => {
    if (data === undefined) rmSync(directory, { recursive: true });
  });
}

/** Starts dist/pendopo --connect to a relay on loopback; its port is that of the page. */
export async function startBridge(relayPort: number): Promise<BenchServer> {
  const directory = mkdtempSync(join(tmpdir(), "pendopo-bench-"));
  const where = ["--connect", `127.0.0.1:${relayPort}`, "--web-port", "0", "--data", directory];
  return started(
    ["dist/pendopo", ...where, "--no-open"],
    () => rmSync(directory, { recursive: true }),
    /localhost:(\d+)/,
  );
}

/** Starts the relay that does as little as one can. */
export function startBareRelay(): Promise<BenchServer> {
  return started([process.execPath, join(import.meta.dir, "bare-relay.ts")], () => {});
}

/** Starts a program that prints "--connect 127.0.0.1:PORT", or what else has its port, once it listens. */
export async function started(
  command: string[],
  cleanUp: () => void,
  portIn = /--connect 127\.0\.0\.1:(\d+)/,
): Promise<BenchServer> {
  const program = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  let said = "";
  for await (const chunk of program.stdout.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    const port = portIn.exec(said)?.[1];
    if (port === undefined) continue;
    const stop = async () => {
      program.kill();
      await program.exited;
      cleanUp();
    };
    const origin = /http:\/\/localhost:\d+/.exec(said)?.[0] ?? "";
    return { port: Number(port), origin, pid: program.pid, stop };
  }
  throw new Error(`The server did not start: ${said}`);
}
