// Very many who say nothing, and more than there can be.

import { expect, test } from "bun:test";
import { Client } from "../relay/client.ts";
import { Bystanders } from "./bystanders.ts";
import { byLength, patienceMs, report } from "./length.ts";
import { testWith } from "./needs.ts";
import { RoomReader } from "./room-reader.ts";
import { Server, type Wish } from "./server.ts";

const MiB = 1024 * 1024;
/** Of each room, so that every newcomer is not told to all. */
const roomSize = 100;
const atOnce = 50;
const people = byLength({ fast: 1_000, short: 10_000, long: 10_000 });
/** What the program may have in memory with so many: 150 MiB with ten thousand. */
const bytesMax = byLength({ fast: 100 * MiB, short: 150 * MiB, long: 150 * MiB });
const watchedMs = byLength({ fast: 2_000, short: 20_000, long: 300_000 });

async function idle(count: number, wish: Wish = {}): Promise<string[]> {
  const server = await Server.start(wish);
  const crowd: RoomReader[] = [];
  while (crowd.length < count) {
    const newcomers = Array.from({ length: Math.min(atOnce, count - crowd.length) }, (_, i) => {
      const number = crowd.length + i;
      return RoomReader.join(server.port, `Person ${number}`, `Room ${Math.floor(number / roomSize)}`);
    });
    crowd.push(...(await Promise.all(newcomers)));
  }
  const [cpuMs, at] = [server.cpuMs, performance.now()];
  await Bun.sleep(watchedMs);
  const share = (server.cpuMs - cpuMs) / (performance.now() - at);
  const resident = server.residentBytes;
  report(
    `crowd: ${crowd.length} people who say nothing, ${(resident / MiB).toFixed(0)} MiB (at most ${bytesMax / MiB}), ${(share * 100).toFixed(1)} % of a processor`,
  );
  const violations = crowd.flatMap((each) => (each.isClosed ? [`${each.name} was sent away`] : []));
  if (resident > bytesMax) violations.push("It takes too much memory");
  if (share > 0.25) violations.push("The processor is not idle");
  for (const each of crowd) each.close();
  await server.kill();
  return violations;
}

testWith(
  ["linux", ...(people > 1_000 ? (["open files"] as const) : [])],
  `${people} people who say nothing fit into ${bytesMax / MiB} MiB`,
  async () => {
    expect(await idle(people)).toEqual([]);
  },
);

testWith(["linux"], "Control: a relay that keeps a buffer for each connection is found out", async () => {
  const count = byLength({ fast: 1_000, short: 3_000, long: 3_000 });
  expect(await idle(count, { own: { weakness: "buffers" } })).toContain("It takes too much memory");
});

/** The smallest limit that leaves the relay some connections besides what the program needs for itself. */
const openFiles = 400;

testWith(
  ["linux"],
  "At the open-file limit newcomers are told to come later, and nobody inside notices",
  async () => {
    const server = await Server.start({ through: ["prlimit", `--nofile=${openFiles}:${openFiles}`] });
    const bystanders = await Bystanders.arrive(server);
    const inside: Client[] = [];
    let busy = 0;
    for (let i = 0; i < openFiles; i++) {
      const client = await Client.connect(server.port);
      client.send({ type: "prelude", versions: [1], transport: "plain" });
      await client.until(() => client.frames.length > 0 || client.isClosed, "an answer");
      if (client.of("prelude").length > 0) {
        inside.push(client);
        continue;
      }
      expect(client.frames).toEqual([
        expect.objectContaining({ type: "error", code: "busy", closes: true, retryMs: 5_000 }),
      ]);
      await client.closed();
      busy += 1;
      if (busy % 50 === 0) await bystanders.exchange();
    }
    const [cpuMs, at] = [server.cpuMs, performance.now()];
    await Bun.sleep(1_000);
    const share = (server.cpuMs - cpuMs) / (performance.now() - at);
    report(
      `open files: ${inside.length + 2} connections at a limit of ${openFiles}, ${busy} told to come later, ${(share * 100).toFixed(1)} % of a processor`,
    );
    expect(busy).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.25);
    // When somebody goes there is room again.
    for (const each of inside.slice(0, 10)) each.vanish();
    await bystanders.exchange();
    await Client.member(server.port, "Newcomer");
    expect(await bystanders.leave()).toEqual([]);
    for (const each of inside) each.vanish();
    await server.kill();
  },
);

test(
  "Control: a relay that takes more connections than it has files is found out",
  async () => {
    const server = await Server.start({
      through: ["prlimit", `--nofile=${openFiles}:${openFiles}`],
      own: { connectionsMax: 10_000 },
    });
    const clients: Client[] = [];
    let unanswered = 0;
    for (let i = 0; i < openFiles && unanswered === 0; i++) {
      const client = await Client.connect(server.port);
      clients.push(client);
      client.send({ type: "prelude", versions: [1], transport: "plain" });
      const answered = client
        .until(() => client.frames.length > 0 || client.isClosed, "an answer")
        .then(() => true);
      answered.catch(() => {});
      if ((await Promise.race([answered, Bun.sleep(1_000)])) !== true) unanswered += 1;
    }
    const cpuMs = server.cpuMs;
    await Bun.sleep(1_000);
    const share = (server.cpuMs - cpuMs) / 1_000;
    report(
      `open files, control: ${clients.length} connections, then no answer; ${(share * 100).toFixed(0)} % of a processor`,
    );
    expect(unanswered).toBeGreaterThan(0);
    for (const each of clients) each.vanish();
    await server.kill();
  },
  patienceMs,
);
