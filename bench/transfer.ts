// Files: one sender, and one receiver or four that take the file while it arrives. The relay writes it to the disk and
// hashes it on the way. In turn with it the same bytes go through a plain relay in C, which reads a buffer, writes it
// to each receiver, and keeps and hashes nothing: the ratio is what spooling, hashing, tickets and rooms cost.
//
// Then memory: four receivers take a file of 4 GiB at full speed, a fifth reads 100 kB a second.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prelude } from "../src/wire/prelude.ts";
import { started, startServer } from "./load/server.ts";
import { BenchSession } from "./load/session.ts";

const bytes = 2 * 1024 ** 3;
const rounds = 3;
const bigBytes = 4 * 1024 ** 3;
const slowRate = 100_000;
const room = "bench";

const compiler = Bun.which("cc");
if (compiler === null) {
  console.log("There is no C compiler (cc) here: nothing to measure with");
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "pendopo-bench-"));
const tool = join(folder, "transfer");
const built = Bun.spawnSync([compiler, "-O2", "-o", tool, join(import.meta.dir, "load/transfer.c")]);
if (built.exitCode !== 0) throw new Error(`The load does not compile: ${built.stderr}`);
const server = await startServer();
try {
  for (const receivers of [1, 4]) await compare(receivers);
  await memory();
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

/** Both relays in turn. */
async function compare(receivers: number): Promise<void> {
  const plain = await started([tool, "relay", `${receivers}`], () => {});
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const prefaces = Array.from({ length: receivers }, () => "");
    theirs.push(bytes / (await run(plain.port, bytes, "", prefaces)));
    const { put, gets, close } = await offered(bytes, receivers);
    ours.push(bytes / (await run(server.port, bytes, put, gets)));
    close();
  }
  await plain.stop();
  const ratio = median(ours.map((figure, i) => figure / (theirs[i] ?? figure)));
  console.log(`a file of ${bytes / 1024 ** 3} GiB to ${receivers}, median of ${rounds}:`);
  console.log(`  pendopo, spooled and hashed  ${gigabytes(median(ours))} GB/s`);
  console.log(`  plain relay in C             ${gigabytes(median(theirs))} GB/s`);
  console.log(`  ratio                        ${ratio.toFixed(2)}`);
}

async function memory(): Promise<void> {
  const fresh = await startServer();
  const before = rss(fresh.pid);
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, rss(fresh.pid));
  }, 20);
  const { put, gets, close } = await offered(bigBytes, 5, fresh.port);
  const slow = Bun.spawn([tool, "receive", `${fresh.port}`, `${slowRate}`, gets.pop() ?? ""]);
  const seconds = await run(fresh.port, bigBytes, put, gets);
  const after = rss(fresh.pid);
  clearInterval(watch);
  slow.kill();
  close();
  await fresh.stop();
  console.log(
    `memory of the relay, a file of 4 GiB to 4 at ${gigabytes(bigBytes / seconds)} GB/s, a fifth slow:`,
  );
  console.log(`  idle ${megabytes(before)}, most ${megabytes(most)}, after ${megabytes(after)}`);
  console.log(`  growth ${megabytes(most - before)}`);
}

/** Somebody offers a file: what its sender and its receivers have to say first. */
async function offered(size: number, receivers: number, port = server.port) {
  const name = `${Math.random()}`.slice(2, 10);
  const sender = await BenchSession.join(port, `sender ${name}`, room);
  const receiver = await BenchSession.join(port, `receiver ${name}`, room);
  const file = await sender.offer("bench.bin", size);
  const [put, get] = [await sender.ticket(file, "put"), await receiver.ticket(file, "get")];
  const first = JSON.stringify(prelude);
  return {
    put: `${first}\n{"type":"put","ticket":"${put}","offset":0}\n`,
    gets: Array.from({ length: receivers }, () => `${first}\n{"type":"get","ticket":"${get}","offset":0}\n`),
    close() {
      sender.close();
      receiver.close();
    },
  };
}

/** @returns Seconds from the sender's first byte until the last receiver had all. */
async function run(port: number, size: number, put: string, gets: string[]): Promise<number> {
  const receivers = gets.map((preface) =>
    Bun.spawn([tool, "receive", `${port}`, "0", preface], { stdout: "pipe", stderr: "inherit" }),
  );
  const outputs = receivers.map(({ stdout }) => stdout.pipeThrough(new TextDecoderStream()).getReader());
  // Each says so once it is connected, and, with a preface, has asked.
  const said = await Promise.all(outputs.map(async (output) => (await output.read()).value ?? ""));
  await Bun.sleep(100);
  const startedAt = Bun.nanoseconds();
  const sender = Bun.spawn([tool, "send", `${port}`, `${size}`, put], { stdout: "pipe", stderr: "inherit" });
  const texts = await Promise.all(
    outputs.map(async (output, i) => {
      let text = said[i] ?? "";
      for (let next = await output.read(); !next.done; next = await output.read()) text += next.value;
      return text;
    }),
  );
  const seconds = (Bun.nanoseconds() - startedAt) / 1e9;
  await sender.exited;
  for (const text of texts) {
    const got = Number(text.replace("connected", "").trim().split(" ")[0]);
    if (got < size) throw new Error(`A receiver has ${got} of ${size} bytes`);
  }
  return seconds;
}

/** Resident memory of a process in bytes, from Linux. */
function rss(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}

function gigabytes(figure: number): string {
  return (figure / 1e9).toFixed(2);
}

function megabytes(figure: number): string {
  return `${(figure / 1024 ** 2).toFixed(0)} MiB`;
}
