// The memory of a bridge: a browser uploads a file of 4 GiB through it, four take it at full speed while it arrives,
// and a fifth reads 100 kB a second. curl is the browser.

import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mebibytes, watchMemory } from "./load/memory.ts";
import { startBridge, startServer } from "./load/server.ts";
import { BenchSession } from "./load/session.ts";

const bytes = 4 * 1024 ** 3;
const receivers = 4;
const room = "bench";

if (Bun.which("curl") === null) {
  console.log("There is no curl here: nothing to measure with");
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "pendopo-bench-"));
const server = await startServer();
const bridge = await startBridge(server.port);
try {
  const path = join(folder, "file");
  // Sparse: it takes no space, and reading it costs next to nothing.
  const file = openSync(path, "w");
  ftruncateSync(file, bytes);
  closeSync(file);
  const sender = await BenchSession.join(server.port, "sender", room);
  const receiver = await BenchSession.join(server.port, "receiver", room);
  const id = await sender.offer("bench.bin", bytes);
  const put = await sender.ticket(id, "put");
  const address = `http://localhost:${bridge.port}/files/${await receiver.ticket(id, "get")}/${id}/bench.bin`;
  const memory = { bridge: watchMemory(bridge.pid), relay: watchMemory(server.pid) };

  const startedAt = Bun.nanoseconds();
  const downloads = Array.from({ length: receivers }, () => curl("-o", "/dev/null", address));
  const slow = curl("-o", "/dev/null", "--limit-rate", "100k", address);
  const upload = curl("-X", "PATCH", "-T", path, ...tus(put), `http://localhost:${bridge.port}/files/${id}`);
  for (const transfer of [upload, ...downloads]) {
    if ((await transfer.exited) !== 0) throw new Error("A transfer has failed");
  }
  const seconds = (Bun.nanoseconds() - startedAt) / 1e9;
  slow.kill();
  await slow.exited;
  sender.close();
  receiver.close();
  console.log(
    `a file of 4 GiB through a bridge to ${receivers} at ${(bytes / seconds / 1e9).toFixed(2)} GB/s, a fifth slow:`,
  );
  for (const [name, watched] of Object.entries(memory)) {
    watched.stop();
    const most = watched.most();
    console.log(
      `  ${name.padEnd(6)}  idle ${mebibytes(watched.before)}, most ${mebibytes(most)}, growth ${mebibytes(most - watched.before)}`,
    );
  }
} finally {
  await bridge.stop();
  await server.stop();
  rmSync(folder, { recursive: true });
}

function curl(...options: string[]): Bun.Subprocess {
  return Bun.spawn(["curl", "--silent", "--fail", ...options], { stdout: "ignore", stderr: "inherit" });
}

function tus(ticket: string): string[] {
  const headers = [
    "Tus-Resumable: 1.0.0",
    "Upload-Offset: 0",
    "Content-Type: application/offset+octet-stream",
    `Pendopo-Ticket: ${ticket}`,
  ];
  return headers.flatMap((header) => ["-H", header]);
}
