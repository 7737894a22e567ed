// What TLS costs: the same fan-out and the same file from the same relay, in plain and inside TLS, in turn. Beside the
// pace stands the processor time of the relay, since here those who receive share the machine with it, and decrypt.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BenchMember, lineCount } from "./load/member.ts";
import { type BenchServer, startServer } from "./load/server.ts";
import { BenchSession } from "./load/session.ts";

type Transport = "plain" | "tls";
/** Per second, and the relay's processor seconds per unit. */
type Cost = { pace: number; cpu: number };

const transports: Transport[] = ["plain", "tls"];
const rounds = 5;
const size = 64;
const posts = 20_000;
const inFlight = 1_024;
const fileBytes = 1024 ** 3;

const server = await startServer();
try {
  const fans: Record<Transport, Cost[]> = { plain: [], tls: [] };
  const crowds = { plain: await crowd("plain"), tls: await crowd("tls") };
  for (let round = 0; round < rounds; round++) {
    for (const transport of transports) fans[transport].push(await fanOut(crowds[transport]));
  }
  console.log(`fan-out to ${size} members, 128 bytes a text, median of ${rounds}:`);
  for (const transport of transports) {
    const { pace, cpu } = middle(fans[transport]);
    console.log(
      `  ${transport.padEnd(5)}  ${(pace / 1e6).toFixed(2)} M deliveries/s, ${(cpu * 1e9).toFixed(0)} ns of the relay each`,
    );
  }
  for (const { members } of Object.values(crowds)) for (const member of members) member.close();

  const files: Record<Transport, Cost[]> = { plain: [], tls: [] };
  const ticket = await offered(server);
  for (let round = 0; round < rounds; round++) {
    for (const transport of transports) files[transport].push(await takeFile(transport, ticket));
  }
  console.log(`a file of 1 GiB to one, from the disk, median of ${rounds}:`);
  for (const transport of transports) {
    const { pace, cpu } = middle(files[transport]);
    console.log(
      `  ${transport.padEnd(5)}  ${(pace / 1e9).toFixed(2)} GB/s, ${(cpu * 1e9).toFixed(2)} s of the relay for a GB`,
    );
  }
} finally {
  await server.stop();
}

async function crowd(transport: Transport) {
  const room = `bench ${transport}`;
  const join = (i: number) => BenchMember.join(server.port, `${transport} ${i}`, room, transport);
  const members = await Promise.all(Array.from({ length: size }, (_, i) => join(i)));
  // What goes round because people came.
  await Bun.sleep(500);
  return { members, room, posted: 0 };
}

async function fanOut(here: Awaited<ReturnType<typeof crowd>>): Promise<Cost> {
  const [sender] = here.members;
  if (sender === undefined) throw new Error("A crowd has at least one member");
  const until = here.posted + posts;
  const done = Promise.withResolvers<void>();
  let left = size;
  const send = (most: number) => {
    let lines = "";
    for (let i = 0; i < most && here.posted < until; i++) {
      here.posted += 1;
      lines += `{"type":"post","room":"${here.room}","device":"bench","n":${here.posted},"text":"${"x".repeat(128)}"}\n`;
    }
    if (lines !== "") sender.send(Buffer.from(lines));
  };
  for (const member of here.members) {
    let got = 0;
    member.onBytes = (chunk) => {
      const lines = lineCount(chunk);
      got += lines;
      if (member === sender) send(lines);
      if (got >= posts && got - lines < posts) {
        left -= 1;
        if (left === 0) done.resolve();
      }
    };
  }
  const before = processorSeconds(server.pid);
  const startedAt = Bun.nanoseconds();
  send(inFlight);
  await done.promise;
  const seconds = (Bun.nanoseconds() - startedAt) / 1e9;
  const deliveries = posts * size;
  return { pace: deliveries / seconds, cpu: (processorSeconds(server.pid) - before) / deliveries };
}

/** @returns A ticket to get a file that is complete. */
async function offered({ port }: BenchServer): Promise<string> {
  const session = await BenchSession.join(port, "sender", "files");
  const file = await session.offer("bench.bin", fileBytes);
  const put = await session.ticket(file, "put");
  const complete = session.completed(file);
  const piece = new Uint8Array(256 * 1024);
  let left = fileBytes;
  let isAsked = false;
  await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(socket) {
        socket.write('{"type":"prelude","versions":[1],"transport":"plain"}\n');
      },
      data(socket) {
        if (isAsked) return;
        isAsked = true;
        socket.write(`{"type":"put","ticket":"${put}","offset":0}\n`);
        pour(socket);
      },
      drain: (socket) => pour(socket),
    },
  });
  function pour(socket: { write(bytes: Uint8Array): number }): void {
    while (isAsked && left > 0) {
      const taken = socket.write(piece.subarray(0, Math.min(piece.length, left)));
      if (taken <= 0) return;
      left -= taken;
    }
  }
  await complete;
  return session.ticket(file, "get");
}

async function takeFile(transport: Transport, ticket: string): Promise<Cost> {
  const before = processorSeconds(server.pid);
  const receiver = Bun.spawn(
    [process.execPath, join(import.meta.dir, "load/take.ts"), `${server.port}`, transport, ticket],
    { stdout: "pipe", stderr: "inherit" },
  );
  const [bytes = 0, seconds = 1] = (await new Response(receiver.stdout).text()).trim().split(" ").map(Number);
  if (bytes < fileBytes) throw new Error(`The receiver has ${bytes} of ${fileBytes} bytes`);
  return { pace: bytes / seconds, cpu: (processorSeconds(server.pid) - before) / bytes };
}

/** Of a process, in user and kernel; from Linux, in ticks of 10 ms. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function middle(costs: Cost[]): Cost {
  return costs.toSorted((a, b) => a.pace - b.pace)[Math.floor(costs.length / 2)] ?? { pace: 0, cpu: 0 };
}
