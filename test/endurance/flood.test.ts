// One member sends as fast as they can; the others talk on.

import { expect, test } from "bun:test";
import { limits } from "../../src/wire/limits.ts";
import { Client } from "../relay/client.ts";
import { Bystanders } from "./bystanders.ts";
import { byLength, patienceMs, report } from "./length.ts";
import { Server } from "./server.ts";
import { wholeLog } from "./speaker.ts";

const floodSeconds = byLength({ fast: 3, short: 10, long: 300 });
/** What is taken without a rate has to be read again: a longer flood would only make that longer. */
const controlSeconds = 3;
const batch = 50;

/** @param args  Options of the program. */
async function flood(args: string[], seconds: number): Promise<string[]> {
  const server = await Server.start({ args });
  const bystanders = await Bystanders.arrive(server);
  const flooder = await Client.inRoom(server.port, "Flooder");
  const violations: string[] = [];
  const startedAt = performance.now();
  let n = 0;
  let sent = 0;
  let read = 0;
  while (performance.now() - startedAt < seconds * 1000) {
    // Each time from the first number that was not taken, as R-HELD-2 has it, but without waiting.
    for (let i = 0; i < batch; i++) flooder.post(n + 1 + i);
    sent += batch;
    await flooder.fence();
    for (const { type, code, retryMs, n: taken = 0 } of flooder.frames.slice(read)) {
      if (type === "entry") n = Math.max(n, taken);
      if (type !== "error") continue;
      const isSaid = (code === "rate" || code === "held") && retryMs > 0;
      if (!isSaid) violations.push(`The flooder was told "${code}", to go on after ${retryMs} ms`);
    }
    read = flooder.frames.length;
    // Whoever stands by keeps to a tenth of a second, and so to their own rate.
    if (
      bystanders.said / 2 <
      limits.rateBurst / 2 + ((performance.now() - startedAt) / 1000) * limits.ratePerSecond * 0.8
    )
      await bystanders.exchange();
  }
  const lastedS = (performance.now() - startedAt) / 1000;
  flooder.vanish();
  const kept = (await wholeLog({ port: server.port })).filter((entry) => entry.device === "laptop").length;
  const most = limits.rateBurst + limits.ratePerSecond * lastedS + 1;
  if (kept > most)
    violations.push(
      `${kept} messages were taken in ${lastedS.toFixed(1)} s, where ${most.toFixed(0)} may be`,
    );
  const delays = bystanders.delays.toSorted((a, b) => a - b);
  const p99 = delays[Math.ceil(delays.length * 0.99) - 1] ?? 0;
  report(
    `flood: ${(sent / lastedS).toFixed(0)} posts a second, ${kept} taken in ${lastedS.toFixed(0)} s; others' p99 ${p99.toFixed(1)} ms of ${delays.length} messages (at most 100 promised)`,
  );
  violations.push(...(await bystanders.leave()));
  await server.kill();
  return violations;
}

test(
  "A member who floods is slowed by refusals that say when to go on, and nobody else is",
  async () => {
    expect(await flood(["--rate", String(limits.ratePerSecond)], floodSeconds)).toEqual([]);
  },
  patienceMs,
);

test(
  "Control: a server without a rate is found out",
  async () => {
    expect((await flood(["--rate", "0"], controlSeconds)).join("\n")).toContain("messages were taken");
  },
  patienceMs,
);
