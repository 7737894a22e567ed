// Fan-out: one member posts texts of 128 bytes, 1,024 in flight, to a room of 64 and of 500, and every entry is
// durable before it is shown. In turn with it, the same number of lines of the same size go through a bare relay in
// Bun that neither reads nor keeps them: the ratio is what rooms, identity, JSON and durability cost.

import { BenchMember, lineCount } from "./load/member.ts";
import { startBareRelay, startServer } from "./load/server.ts";

const text = "x".repeat(128);
const inFlight = 1_024;
const deliveriesPerRound = 4_000_000;
const rounds = 5;
const room = "bench";

/** Members of one fan-out: the first one posts. */
type Crowd = { members: BenchMember[]; post: (n: number) => string };

const [server, bare] = await Promise.all([startServer(), startBareRelay()]);
try {
  for (const size of [64, 500]) {
    const crowd = await joined(server.port, size);
    const { lineBytes } = await run(crowd, 1);
    const line = `${"x".repeat(lineBytes - 1)}\n`;
    const bareMembers = Array.from({ length: size }, () => BenchMember.connect(bare.port));
    const bareCrowd = { members: await Promise.all(bareMembers), post: () => line };
    const count = Math.ceil(deliveriesPerRound / size);
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      theirs.push((await run(bareCrowd, count)).perSecond);
      ours.push((await run(crowd, count)).perSecond);
    }
    const ratio = median(ours.map((figure, i) => figure / (theirs[i] ?? figure)));
    console.log(`fan-out to ${size} members, ${lineBytes} bytes a line, median of ${rounds}:`);
    console.log(`  pendopo, durable  ${millions(median(ours))} M deliveries/s`);
    console.log(`  bare relay        ${millions(median(theirs))} M deliveries/s`);
    console.log(`  ratio             ${ratio.toFixed(2)}`);
    for (const member of [...crowd.members, ...bareCrowd.members]) member.close();
  }
} finally {
  await Promise.all([server.stop(), bare.stop()]);
}

async function joined(port: number, size: number): Promise<Crowd> {
  const members = await Promise.all(
    Array.from({ length: size }, (_, i) => BenchMember.join(port, `member ${size} ${i}`, `${room} ${size}`)),
  );
  await quiet(members);
  let posted = 0;
  const post = () => {
    posted += 1;
    return `{"type":"post","room":"${room} ${size}","device":"bench","n":${posted},"text":"${text}"}\n`;
  };
  return { members, post };
}

/** Posts a number of lines, and waits until everybody has all of them. */
async function run(
  { members, post }: Crowd,
  count: number,
): Promise<{ perSecond: number; lineBytes: number }> {
  const [sender, ...readers] = members;
  if (sender === undefined) throw new Error("A crowd has at least one member");
  let posted = 0;
  let returned = 0;
  let bytes = 0;
  const complete = Promise.withResolvers<void>();
  const checks: (() => void)[] = [];
  // The others get the same lines, so that counting bytes is enough: how many they are, the sender's copy tells.
  const everybody = readers.map((reader) => {
    let received = 0;
    const all = Promise.withResolvers<void>();
    const check = () => returned === count && received >= bytes && all.resolve();
    checks.push(check);
    reader.onBytes = (chunk) => {
      received += chunk.length;
      check();
    };
    return all.promise;
  });
  const send = (most: number) => {
    let lines = "";
    for (let i = 0; i < most && posted < count; i++) {
      posted += 1;
      lines += post(posted);
    }
    if (lines !== "") sender.send(Buffer.from(lines));
  };
  sender.onBytes = (chunk) => {
    bytes += chunk.length;
    const lines = lineCount(chunk);
    returned += lines;
    send(lines);
    if (returned >= count) complete.resolve();
  };
  const startedAt = performance.now();
  send(inFlight);
  await complete.promise;
  for (const check of checks) check();
  await Promise.all(everybody);
  const seconds = (performance.now() - startedAt) / 1000;
  return { perSecond: (count * members.length) / seconds, lineBytes: Math.round(bytes / count) };
}

/** Waits until the signals of those who came last have gone round. */
async function quiet(members: BenchMember[]): Promise<void> {
  const quietMs = 300;
  const done = Promise.withResolvers<void>();
  let timer = setTimeout(done.resolve, quietMs);
  for (const member of members) {
    member.onBytes = () => {
      clearTimeout(timer);
      timer = setTimeout(done.resolve, quietMs);
    };
  }
  await done.promise;
}

function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}

function millions(figure: number): string {
  return (figure / 1e6).toFixed(2).padStart(6);
}
