// A member's machine goes away without a word: its network takes no packet any more, in either direction.

import { expect } from "bun:test";
import { join } from "node:path";
import { Client } from "../relay/client.ts";
import { length, report } from "./length.ts";
import { testWith, withSbin } from "./needs.ts";
import { newFolder, Server, type Wish } from "./server.ts";

/** The fast run has other times, and so a relay of its own composition. */
const timing = { pingAfterMs: 1_000, silenceMsMax: 3_000 };
const promisedMs = length === "fast" ? timing.silenceMsMax : 45_000;

/** Which network: 198.18.0.0/15 is for tests (RFC 2544). */
const id = process.pid % 250;
const [space, here, there] = [`pendopo${process.pid}`, `pa${process.pid}`, `pb${process.pid}`];
const [ours, theirs] = [`198.18.${id}.1`, `198.18.${id}.2`];

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command, { env: withSbin(), stdout: "ignore", stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
}

function makeNetwork(): void {
  run("ip", "netns", "add", space);
  run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", space);
  run("ip", "address", "add", `${ours}/30`, "dev", here);
  run("ip", "link", "set", here, "up");
  run("ip", "-n", space, "address", "add", `${theirs}/30`, "dev", there);
  run("ip", "-n", space, "link", "set", there, "up");
}

/** Drops every packet of the other side's, as a machine does that is switched off. */
function silence(): void {
  const inSpace = ["ip", "netns", "exec", space, "nft"];
  run(...inSpace, "add", "table", "inet", "gone");
  for (const hook of ["input", "output"]) {
    run(
      ...inSpace,
      "add",
      "chain",
      "inet",
      "gone",
      hook,
      `{ type filter hook ${hook} priority 0; policy drop; }`,
    );
  }
}

/** @returns Milliseconds until the others were told; undefined when they were not within twice the time. */
async function vanish(wish: Wish, promisedMs: number): Promise<number | undefined> {
  try {
    makeNetwork();
    const server = await Server.start({ ...wish, host: "0.0.0.0" });
    const ada = await Client.inRoom(server.port, "Ada");
    const stay = setInterval(() => ada.send({ type: "ping" }), 500);
    const guest = Bun.spawn(
      [
        "ip",
        "netns",
        "exec",
        space,
        process.execPath,
        join(import.meta.dir, "guest.ts"),
        ours,
        String(server.port),
      ],
      { env: withSbin(), cwd: newFolder(), stdout: "ignore", stderr: "inherit" },
    );
    await ada.next({ type: "here", name: "Guest" });
    silence();
    const from = performance.now();
    const told = Promise.withResolvers<true>();
    const look = setInterval(() => {
      if (ada.of("away").length > 0) told.resolve(true);
    }, 20);
    const isTold = await Promise.race([told.promise, Bun.sleep(2 * promisedMs)]);
    const ms = performance.now() - from;
    for (const timer of [stay, look]) clearInterval(timer);
    ada.vanish();
    guest.kill("SIGKILL");
    await guest.exited;
    await server.kill();
    return isTold === true ? ms : undefined;
  } finally {
    // The link first: the space would take it along only some time later.
    run("ip", "link", "delete", here);
    run("ip", "netns", "delete", space);
  }
}

testWith(
  ["namespaces"],
  "A peer that vanishes without a word is gone from the list of people in time",
  async () => {
    const ms = await vanish(length === "fast" ? { own: { timing } } : {}, promisedMs);
    report(
      `vanished: gone from the list after ${((ms ?? Number.NaN) / 1000).toFixed(1)} s (at most ${promisedMs / 1000} promised)`,
    );
    expect(ms).toBeDefined();
    // The two bounds are the promise itself; a slow machine has half a second to pass the news on.
    expect(ms).toBeLessThan(promisedMs + 500);
  },
);

testWith(["namespaces"], "Control: a relay that lets silence pass is found out", async () => {
  const patient = { ...timing, silenceMsMax: 600_000 };
  expect(await vanish({ own: { timing: patient } }, timing.silenceMsMax)).toBeUndefined();
});
