// Files: one sender, and one receiver or four that take the file while it arrives. The relay writes it to the disk and
// hashes it on the way. In turn with it the same bytes go through a plain relay in C, which reads a buffer, writes it
// to each receiver, and keeps and hashes nothing: the ratio is what spooling, hashing, tickets and rooms cost.
//
// Then memory: four receivers take a file of 4 GiB at full speed, a fifth reads 100 kB a second.

import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prelude } from "../src/wire/prelude.ts";
import { mebibytes, watchMemory } from "./load/memory.ts";
import { started, startServer } from "./load/server.ts";
import { BenchSession } from "./load/session.ts";

const bytes = 1024 ** 3;
const rounds = 5;
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
try {
  for (const receivers of [1, 4]) await compare(receivers);
  await memory();
} finally {
  rmSync(folder, { recursive: true });
}

/** Both relays in turn; ours is a new one each time, so that the memory and the disk of the last file are free again. */
async function compare(receivers: number): Promise<void> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    theirs.push(await plainly(receivers));
    ours.push(await spooled(receivers));
  }
  const ratio = median(ours.map((figure, i) => figure / (theirs[i] ?? figure)));
  console.log(`a file of ${bytes / 1024 ** 3} GiB to ${receivers}, median of ${rounds}:`);
  console.log(`  pendopo, spooled and hashed  ${gigabytes(median(ours))} GB/s`);
  console.log(`  plain relay in C             ${gigabytes(median(theirs))} GB/s`);
  console.log(`  ratio                        ${ratio.toFixed(2)}`);
}

/** @returns Bytes a second through the relay in C. */
async function plainly(receivers: number): Promise<number> {
  const plain = await started([tool, "relay", `${receivers}`], () => {});
  const seconds = await run(plain.port, bytes, "", Array(receivers).fill(""));
  await plain.stop();
  return bytes / seconds;
}

/** @returns Bytes a second through our own. */
async function spooled(receivers: number): Promise<number> {
  const server = await startServer();
  const { put, gets, close } = await offered(server.port, bytes, receivers);
  const seconds = await run(server.port, bytes, put, gets);
  close();
  await server.stop();
  return bytes / seconds;
}

/**
 * Touches the memory in which the system will keep the file: a virtual machine gets each page from its host when it
 * is first used, at a tenth of the pace at which it is used again, and loses it a second after it was freed.
 */
function warmUp(): void {
  const path = join(folder, "warm");
  const piece = new Uint8Array(1024 ** 2);
  const file = openSync(path, "w");
  for (let at = 0; at < bytes; at += piece.length) writeSync(file, piece);
  closeSync(file);
  rmSync(path);
}

async function memory(): Promise<void> {
  const server = await startServer();
  const watched = watchMemory(server.pid);
  const { put, gets, close } = await offered(server.port, bigBytes, 5);
  const slow = Bun.spawn([tool, "receive", `${server.port}`, `${slowRate}`, gets.pop() ?? ""]);
  const seconds = await run(server.port, bigBytes, put, gets);
  watched.stop();
  slow.kill();
  close();
  await server.stop();
  const most = watched.most();
  console.log(`a file of 4 GiB to 4 at ${gigabytes(bigBytes / seconds)} GB/s, a fifth slow:`);
  console.log(
    `  relay  idle ${mebibytes(watched.before)}, most ${mebibytes(most)}, growth ${mebibytes(most - watched.before)}`,
  );
}

/** Somebody offers a file: what its sender and its receivers have to say first. */
async function offered(port: number, size: number, receivers: number) {
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
  warmUp();
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

function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}

function gigabytes(figure: number): string {
  return (figure / 1e9).toFixed(2);
}
