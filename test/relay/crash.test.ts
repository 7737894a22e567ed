import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beginPut, get, Line, newKeys, Person } from "./file-client.ts";

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "pendopo-crash-"));
});
afterAll(() => rm(data, { recursive: true }));

/** The program in a process of its own, which can be killed. */
async function start(): Promise<{ port: number; kill(): Promise<void> }> {
  const options = [
    "--server",
    "--no-open",
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--web-port",
    "0",
    "--rate",
    "0",
  ];
  const child = Bun.spawn([process.execPath, "src/main.ts", ...options, "--data", data], {
    stdout: "pipe",
    stderr: "inherit",
    stdin: "ignore",
  });
  let said = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += text;
    const port = /--connect 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    if (port === undefined) continue;
    const kill = async () => {
      child.kill("SIGKILL");
      await child.exited;
    };
    return { port: Number(port), kill };
  }
  throw new Error(`The program did not start: ${said}`);
}

test("A program that is killed at any moment of an upload goes on with it, and never has half a file", async () => {
  const bytes = randomBytes(12_000_000);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const keys = newKeys();
  let file: string | undefined;
  let isComplete = false;
  const offsets: number[] = [];
  // Killed after so many milliseconds of sending: at the beginning, in the middle, while it is made a file for good.
  const moments = [0, 3, 8, 15, 25, 35, 45, 60];
  for (let round = 0; !isComplete; round++) {
    const program = await start();
    const ada = await Person.come(program.port, "Ada", keys);
    await ada.join("lobby");
    file ??= (await ada.offer("lobby", "a.bin", bytes.length)).file;
    const asked = await ada.request({ type: "ticket", room: "lobby", file, action: "put" });
    if (asked.type === "ticket") {
      const asking = await Line.open(program.port);
      asking.send({ type: "stat", ticket: asked.ticket });
      const { offset, state } = await asking.next("ready");
      expect(["arriving", "complete"]).toContain(String(state));
      offsets.push(Number(offset));
      asking.kill();
      const sender = await beginPut(program.port, String(asked.ticket), Number(offset));
      sender.sendBytes(bytes.subarray(Number(offset)));
      const moment = moments[round];
      if (moment === undefined) await sender.ended();
      else await Promise.race([Bun.sleep(moment), sender.ended()]);
    } else {
      expect(asked).toMatchObject({ code: "file-over" });
      isComplete = true;
      const got = await get(program.port, await ada.ticket("lobby", file, "view"));
      expect(got.ready).toMatchObject({ state: "complete", sha256 });
      expect(got.bytes.equals(bytes)).toBe(true);
    }
    await program.kill();
    expect(round).toBeLessThan(moments.length + 3);
  }
  // What had come was never sent again.
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
}, 60_000);
