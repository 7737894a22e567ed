import { afterEach, expect, test } from "bun:test";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TCPSocketListener } from "bun";
import { version } from "../../package.json";
import { Connection } from "../protocol/connection.ts";
import { come, line, reads, say } from "./people.ts";
import { newFolder, Program, run } from "./program.ts";
import { write } from "./wire.ts";

const listeners: TCPSocketListener[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.stop(true);
});

/** Another program's port. */
function takePort(port: number): number {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port,
    socket: { data: (socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi") },
  });
  listeners.push(listener);
  return listener.port;
}

test("Once everything listens, stdout tells what to open and what to give to others", async () => {
  const server = await Program.start(["--server"]);
  expect(server.greeting).toBe(
    [
      `Pendopo ${version}`,
      `  Open here:    http://localhost:${server.webPort}/#host=${new URL(server.startAddress).hash.slice(6)}`,
      `  Others join:  pendopo --connect 127.0.0.1:${server.relayPort}/${server.fingerprint}`,
      `  Kept in:      ${server.data}`,
      "",
    ].join("\n"),
  );
  expect((await fetch(server.origin)).status).toBe(200);
  const connection = await Connection.open(server.relayPort);
  connection.close();

  const bridge = await Program.start(["--connect", server.address]);
  expect(bridge.greeting).toContain(`  Joining:      ${server.bareAddress}\n`);
  const start = await Program.start();
  expect(start.greeting).toBe(`Pendopo ${version}\n  Open here:    ${start.origin}\n`);
});

test("SIGTERM and SIGINT end it within five seconds with code 0, with pages open", async () => {
  const server = await Program.start(["--server"]);
  const bridge = await Program.start(["--connect", server.address]);
  const ada = await come(server.origin, "Ada", "Lobby");
  const bima = await come(bridge.origin, "Bima", "Lobby");
  await say(ada, "Still here");
  await line(bima, "Still here").waitFor();
  for (const stopped of [await bridge.stop("SIGINT"), await server.stop("SIGTERM")]) {
    expect(stopped.code).toBe(0);
    expect(stopped.ms).toBeLessThan(5_000);
  }
  for (const page of [ada, bima]) await page.getByText("This program has stopped").waitFor();
});

test("After kill -9 every line that anybody has seen is there, in order", async () => {
  const server = await Program.start(["--server", "--rate", "0"]);
  const page = await come(server.origin, "Ada", "Lobby");
  const lines = Array.from({ length: 40 }, (_, i) => `Seen as number ${i + 101}`);
  // Killed as soon as they have been seen, while others may be on their way.
  const writing = write(server.relayPort, { name: "Bima", room: "Lobby", lines });
  await line(page, lines.at(-1)).waitFor();
  await server.kill();
  await writing.catch(() => undefined);
  const again = await Program.start(["--server", ...server.samePorts], server.data);
  const other = await come(again.origin, "Citra", "Lobby");
  await reads(other, lines);
  await reads(page, lines);
});

test("A web port that was asked for and is taken is an error", async () => {
  const port = takePort(0);
  const data = await newFolder();
  const { code, stdout, stderr } = await run(["--no-open", "--data", data, "--web-port", String(port)]);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toBe(`pendopo: Cannot listen on localhost port ${port}: another program uses it\n`);
});

test("A relay port that is taken is an error, and nothing is written", async () => {
  const port = takePort(0);
  const data = join(await newFolder(), "data");
  const args = ["--server", "--no-open", "--data", data, "--web-port", "0", "--host", "127.0.0.1", "--port"];
  const { code, stdout, stderr } = await run([...args, String(port)]);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toBe(`pendopo: Cannot listen on 127.0.0.1 port ${port}: another program uses it\n`);
  expect(await readdir(data).catch(() => [])).toEqual([]);
});

test("A data directory that another process uses, or that cannot be one, is an error", async () => {
  const server = await Program.start(["--server"]);
  const args = ["--server", "--no-open", "--web-port", "0", "--host", "127.0.0.1", "--port", "0", "--data"];
  const second = await run([...args, server.data]);
  expect(second.code).toBe(1);
  expect(second.stderr).toStartWith("pendopo: ");
  expect(second.stderr).toContain(server.data);
  expect(second.stderr.trim().split("\n")).toHaveLength(1);

  const folder = await newFolder();
  await writeFile(join(folder, "file"), "");
  const third = await run([...args, join(folder, "file")]);
  expect(third.code).toBe(1);
  expect(third.stderr).toContain(join(folder, "file"));
  expect(third.stderr.trim().split("\n")).toHaveLength(1);
});

test("The command line answers as others do", async () => {
  expect(await run(["--version"])).toEqual({ code: 0, stdout: `pendopo ${version}\n`, stderr: "" });
  const help = await run(["--help"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  const options = "--server --connect --host --port --web-port --data --no-open --rate --log-level";
  for (const option of options.split(" ")) expect(help.stdout).toContain(option);
  for (const wrong of [
    ["--nonsense"],
    ["extra"],
    ["--port", "99999"],
    ["--web-port", "x"],
    ["--server", "--connect", "127.0.0.1"],
    ["--connect", "not an address"],
    ["--rate", "-1"],
    ["--log-level", "loud"],
    ["--connect"],
  ]) {
    const { code, stdout, stderr } = await run(wrong);
    expect([wrong, code, stdout]).toEqual([wrong, 2, ""]);
    expect(stderr).toMatch(/^pendopo: .+[^.]\n$/);
  }
  expect((await run([], { PENDOPO_PORT: "none" })).code).toBe(2);
});

test("A .env or bunfig.toml in the folder where it is started is not obeyed", async () => {
  const folder = await newFolder();
  await writeFile(join(folder, ".env"), "PENDOPO_PORT=none\n");
  await writeFile(join(folder, "bunfig.toml"), `preload = ["./evil.ts"]\n`);
  await writeFile(join(folder, "evil.ts"), "process.exit(42)");
  const { code } = await run(["--version"], {}, folder);
  expect(code).toBe(0);
});
