// A tab that stands still while a lot is said: it costs neither the server nor its own program memory, and catches up.

import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { enter, line, visit } from "../e2e/people.ts";
import { Program } from "../e2e/program.ts";
import { byLength, patienceMs, report } from "./length.ts";
import { testWith } from "./needs.ts";
import { RoomReader } from "./room-reader.ts";
import { Server, type Wish } from "./server.ts";

declare global {
  // In the page.
  var arrivals: { seq: number; at: number }[];
}

const MiB = 1024 * 1024;
const room = "busy";
const perSecond = 2_000;
/** Much more than the system keeps for a socket, and than may be kept, comes together in a few seconds. */
const text = "x".repeat(6_000);
/** Shorter than the silence after which a member is sent away. A tab draws some five hundred lines a second later. */
const seconds = byLength({ fast: 5, short: 7, long: 20 });
const bytesMax = 32 * MiB;

async function freeze(own?: Wish["own"]): Promise<string[]> {
  const server = await Server.start(own === undefined ? {} : { own });
  const bridge = await Program.start(["--connect", `127.0.0.1:${server.port}`]);
  const speaker = await RoomReader.join(server.port, "Budi", room);
  const peak = { relay: 0, bridge: 0 };
  const watch = setInterval(() => {
    peak.relay = Math.max(peak.relay, server.residentBytes);
    peak.bridge = Math.max(peak.bridge, residentBytes(bridge.pid));
  }, 100);
  // What so much talk takes where nobody stands still.
  let n = await talk(speaker, 0, perSecond * seconds);
  await speaker.has(n);
  const page = await visit("about:blank");
  await page.context().addInitScript(noteArrivals);
  await page.goto(bridge.origin);
  await enter(page, "Ada", room);
  await line(page, `${n} x`).waitFor();
  // The room's own beginning has a seq as well.
  const first = n + 1;
  const tab = await page.context().newCDPSession(page);
  await tab.send("Debugger.enable");
  const paused = new Promise((resolve) => tab.once("Debugger.paused", resolve));
  await tab.send("Debugger.pause");
  // It is paused where its next line of code would run.
  speaker.post(n + 1, `${n + 1} ${text}`);
  n += 1;
  await paused;
  const before = { ...peak };
  n = await talk(speaker, n, perSecond * seconds);
  await speaker.has(n);
  clearInterval(watch);
  const resumedAt = Date.now();
  await tab.send("Debugger.disable");
  await line(page, `${n} x`).waitFor({ timeout: patienceMs });
  const grown = { relay: peak.relay - before.relay, bridge: peak.bridge - before.bridge };
  const arrived = await page.evaluate(() => globalThis.arrivals);
  // What is older comes as history, in an order of its own.
  const arrivals = arrived.filter(({ seq }) => seq > first);
  const behind = arrivals.filter(({ at }) => at >= resumedAt).length;
  const violations = speaker.violations;
  for (const [who, bytes] of Object.entries(grown)) {
    if (bytes > bytesMax) violations.push(`Memory of the ${who} has grown by ${mib(bytes)} MiB`);
  }
  arrivals.forEach(({ seq }, i) => {
    const before = arrivals[i - 1]?.seq ?? first;
    if (seq !== before + 1) violations.push(`${seq} came behind ${before}`);
  });
  report(
    `frozen tab: ${perSecond} messages a second for ${seconds} s, ${behind} behind; the relay +${mib(grown.relay)} MiB, the bridge +${mib(grown.bridge)} (at most ${mib(bytesMax)} each)`,
  );
  speaker.close();
  await bridge.kill();
  await server.kill();
  // Else it did not stand still.
  expect(behind).toBeGreaterThan((perSecond * seconds) / 2);
  return violations;
}

const mib = (bytes: number) => (bytes / MiB).toFixed(1);

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** In the page: keeps the seq of every entry that its sockets bring, and when it did. */
function noteArrivals(): void {
  globalThis.arrivals = [];
  const decoder = new TextDecoder();
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given: ConstructorParameters<typeof WebSocket>) {
      super(...given);
      let rest = "";
      this.addEventListener("message", ({ data }) => {
        const lines = (rest + (typeof data === "string" ? data : decoder.decode(data))).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const [, seq] = /^\{"type":"entry","room":"busy","seq":(\d+)/.exec(line) ?? [];
          if (seq !== undefined) globalThis.arrivals.push({ seq: Number(seq), at: Date.now() });
        }
      });
    }
  };
}

/** Posts at a steady rate. @returns The number of the last message. */
async function talk(speaker: RoomReader, from: number, count: number): Promise<number> {
  const startedAt = performance.now();
  for (let said = 0; said < count; ) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedAt) / 1000) * perSecond));
    for (; said < due; said++) speaker.post(from + said + 1, `${from + said + 1} ${text}`);
    await Bun.sleep(2);
  }
  return from + count;
}

testWith(["linux"], "A tab that stands still costs no memory, and catches up without a gap", async () => {
  expect(await freeze()).toEqual([]);
});

testWith(["linux"], "Control: a relay that queues for a tab is found out", async () => {
  expect((await freeze({ weakness: "queues" })).join("\n")).toContain("Memory of the relay has grown");
});
