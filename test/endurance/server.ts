// A server in a process of its own: the compiled program, or a composition of this folder's with something taken away.

import { afterAll } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Subprocess } from "bun";
import type { OwnRelayWish } from "./own-relay.ts";

const executable = resolve("dist/pendopo");
const ownRelay = join(import.meta.dir, "own-relay.ts");
/**
 * Below the ports that the system gives to those who connect: nobody may take the one of a server that is down. Another
 * file's tests run at the same time, in a process of their own, which looks elsewhere.
 */
const portsOfProcess = 200;
const portsFrom = 20_000 + (process.pid % 60) * portsOfProcess;
/** In turn: one that was given away is free until its server listens. */
let portsTaken = 0;

const running = new Set<Server>();
const folders: string[] = [];
afterAll(async () => {
  await Promise.all([...running].map((server) => server.kill()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
// A run that was cut off must not leave servers behind.
process.on("exit", () => {
  for (const server of running) void server.kill();
});

/** How a server is started. */
export type Wish = {
  data?: string;
  port?: number;
  host?: string;
  /** Further options of the program. */
  args?: string[];
  env?: Record<string, string>;
  /** What starts the program, as `strace` with its options. */
  through?: string[];
  /** In place of the program: a relay of the tests' own composition. */
  own?: Omit<OwnRelayWish, "data" | "port">;
};

/** A folder that is gone after the file's tests. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pendopo-endurance-"));
  folders.push(folder);
  return folder;
}

/** A port that is free, and stays so while its server is down. */
export function freePort(): number {
  for (;;) {
    const port = portsFrom + (portsTaken++ % portsOfProcess);
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // Somebody has it.
    }
  }
}

/** A running server. */
export class Server {
  stdout = "";
  stderr = "";
  readonly #ready = Promise.withResolvers<void>();
  readonly #output: Promise<unknown>;

  private constructor(
    private readonly process: Subprocess<"ignore", "pipe", "pipe">,
    readonly data: string,
    readonly port: number,
  ) {
    this.#output = Promise.all([
      this.#read(process.stdout, (text) => {
        this.stdout += text;
        if (/^.*Kept in: .*$/m.test(this.stdout)) this.#ready.resolve();
      }),
      this.#read(process.stderr, (text) => {
        this.stderr += text;
      }),
    ]);
  }

  /** Starts a server, without waiting for anything. */
  static launch({ data = newFolder(), port = freePort(), ...wish }: Wish = {}): Server {
    const child = Bun.spawn([...(wish.through ?? []), ...command(data, port, wish)], {
      // Nothing of whoever runs the tests.
      env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...wish.env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const server = new Server(child, data, port);
    running.add(server);
    void child.exited.then(() => running.delete(server));
    return server;
  }

  /** Starts a server, and waits until it listens. */
  static async start(wish: Wish = {}): Promise<Server> {
    const server = Server.launch(wish);
    if (!(await server.listens())) throw new Error(`The server did not start: ${server.stderr}`);
    return server;
  }

  /** Waits until it listens, or has ended before it did. */
  listens(): Promise<boolean> {
    return Promise.race([this.#ready.promise.then(() => true), this.process.exited.then(() => false)]);
  }

  get pid(): number {
    return this.process.pid;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  /** Ends it as the end of the world would. */
  async kill(): Promise<void> {
    this.#killTraced();
    this.signal("SIGKILL");
    await this.ended();
  }

  /** Ends it in good order. */
  async stop(): Promise<number> {
    this.signal("SIGTERM");
    return this.ended();
  }

  /** Waits for its end. */
  async ended(): Promise<number> {
    const code = await this.process.exited;
    await this.#output;
    return code;
  }

  /** Memory that the process has in RAM, in bytes. */
  get residentBytes(): number {
    const row = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"));
    return Number(row?.[1]) * 1024;
  }

  /** Milliseconds that the process has spent on a processor so far. */
  get cpuMs(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    // utime and stime, fields 14 and 15 of proc(5), in hundredths of a second.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** What runs below it, as below `strace`, which would let it go on alone. */
  #killTraced(): void {
    try {
      const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8");
      for (const pid of children.split(" ").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has just ended, or this system has no such list.
    }
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) take(decoder.decode(bytes, { stream: true }));
  }
}

function command(data: string, port: number, { own, args = [], host = "127.0.0.1" }: Wish): string[] {
  if (own !== undefined) {
    const wish: OwnRelayWish = { data, port, host, ...own };
    return [process.execPath, ownRelay, JSON.stringify(wish)];
  }
  const ports = ["--host", host, "--port", String(port), "--web-port", "0"];
  const rate = args.includes("--rate") ? [] : ["--rate", "0"];
  return [executable, "--server", "--no-open", "--data", data, ...ports, ...rate, ...args];
}
