import { afterAll, expect, test } from "bun:test";
import type { TCPSocketListener } from "bun";
import { defaultWebPort } from "../../src/wire/limits.ts";
import { newFolder, Program, run } from "./program.ts";

/*
 * What is done when the default port of the page is taken can only be seen at that port. Where something else
 * than these tests has it, they are left out.
 */

let stranger: TCPSocketListener | undefined;
try {
  stranger = Bun.listen({
    hostname: "127.0.0.1",
    port: defaultWebPort,
    socket: { data: (socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi") },
  });
} catch {
  // Somebody works with Pendopo on this machine.
}
afterAll(() => stranger?.stop(true));

const server = ["--server", "--host", "127.0.0.1", "--port", "0", "--no-open"];

test.skipIf(stranger === undefined)(
  "When another program has the default port, the page takes the next free one and says so",
  async () => {
    const program = await Program.startByDefaults(server);
    const port = program.webPort;
    expect(port).toBeGreaterThan(defaultWebPort);
    expect(program.greeting).toContain(`Port ${defaultWebPort} is in use, so the page is on ${port}.`);
    expect((await fetch(`${program.origin}/api/bridge`)).status).toBe(200);
  },
);

test.skipIf(stranger === undefined)(
  "A second start on the same data leads to the one that runs",
  async () => {
    stranger?.stop(true);
    const first = await Program.startByDefaults(server);
    expect(first.webPort).toBe(defaultWebPort);
    const again = await run([...server, "--data", first.data]);
    expect(again).toEqual({
      code: 0,
      stdout: `Pendopo is already running: open ${first.origin}\n`,
      stderr: "",
    });

    // With other data it is another server.
    const other = await Program.startByDefaults(server, await newFolder());
    expect(other.webPort).toBeGreaterThan(defaultWebPort);
    expect((await run([...server, "--data", other.data])).stdout).toContain(other.origin);
  },
);
