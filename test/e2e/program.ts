// The compiled program as a person starts it: by its command line, known by what it prints.

import { afterAll } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Subprocess } from "bun";

const executable = resolve("dist/pendopo");
/** Only so that a program that hangs fails the test that waits for it. */
const patienceMs = 15_000;

const running = new Set<Program>();
const folders: string[] = [];
afterAll(async () => {
  await Promise.all([...running].map((program) => program.kill()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});
// A run that was cut off must not leave programs behind that hold their ports.
process.on("exit", () => {
  for (const program of running) process.kill(program.pid, "SIGKILL");
});

/** A folder that is gone after the file's tests. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pendopo-e2e-"));
  folders.push(folder);
  return folder;
}

/** A running program, and the addresses that it printed. */
export class Program {
  /** Everything on stdout up to the last line of the greeting. */
  greeting = "";

  private constructor(
    private readonly process: Subprocess<"ignore", "pipe", "pipe">,
    readonly data: string,
  ) {}

  /**
   * Starts the program and waits until it says that it listens.
   *
   * Without ports and a data directory among the arguments it takes free ones and a fresh one. Others reach it by
   * 127.0.0.1 alone, so that its greeting is the same on every machine.
   */
  static start(args: readonly string[] = [], data?: string): Promise<Program> {
    const relay = args.includes("--connect") ? [] : ["--host", "127.0.0.1", "--port", "0"];
    return Program.startByDefaults(["--no-open", "--web-port", "0", ...relay, ...args], data);
  }

  /** Starts the program with these arguments and a data directory. */
  static async startByDefaults(args: readonly string[], data?: string): Promise<Program> {
    const folder = data ?? (await newFolder());
    const program = new Program(spawn([...args, "--data", folder]), folder);
    running.add(program);
    await program.#greeted(lastLine(args));
    return program;
  }

  get pid(): number {
    return this.process.pid;
  }

  /** What a browser opens, the host's secret included where there is one. */
  get startAddress(): string {
    return this.#printed(/Open here:\s+(\S+)/);
  }

  get origin(): string {
    return new URL(this.startAddress).origin;
  }

  get webPort(): number {
    return Number(new URL(this.startAddress).port);
  }

  /** Where others reach its relay, as an invite has it: HOST:PORT/FINGERPRINT. */
  get address(): string {
    return this.#printed(/pendopo --connect (\S+)/);
  }

  /** Its relay's address without the fingerprint, as somebody would type it. */
  get bareAddress(): string {
    return this.address.split("/")[0] ?? "";
  }

  /** The short fingerprint of its relay. */
  get fingerprint(): string {
    return this.address.split("/")[1] ?? "";
  }

  get relayPort(): number {
    return Number(this.bareAddress.split(":").at(-1));
  }

  /** The options by which the same program is started again. */
  get samePorts(): string[] {
    return ["--port", String(this.relayPort), "--web-port", String(this.webPort)];
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.#ended();
  }

  /** As an init system would. */
  async stop(signal: "SIGTERM" | "SIGINT" = "SIGTERM"): Promise<{ code: number | null; ms: number }> {
    const from = performance.now();
    this.process.kill(signal);
    await this.#ended();
    return { code: this.process.exitCode, ms: performance.now() - from };
  }

  async #ended(): Promise<void> {
    await this.process.exited;
    running.delete(this);
  }

  async #greeted(last: RegExp): Promise<void> {
    const overdue = setTimeout(() => this.process.kill("SIGKILL"), patienceMs);
    const decoder = new TextDecoder();
    const reader = this.process.stdout.getReader();
    while (!last.test(this.greeting)) {
      const { value, done } = await reader.read();
      if (done) break;
      this.greeting += decoder.decode(value, { stream: true });
    }
    clearTimeout(overdue);
    if (last.test(this.greeting)) return;
    await this.#ended();
    throw new Error(`Did not start: ${this.greeting}${await new Response(this.process.stderr).text()}`);
  }

  #printed(pattern: RegExp): string {
    const found = pattern.exec(this.greeting)?.[1];
    if (found === undefined) throw new Error(`Not printed: ${pattern} in\n${this.greeting}`);
    return found;
  }
}

/** Runs the program to its end: for what it refuses, and for what it answers at once. */
export async function run(
  args: readonly string[],
  env: Record<string, string> = {},
  folder?: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const process = spawn(args, env, folder);
  const overdue = setTimeout(() => process.kill("SIGKILL"), patienceMs);
  const [stdout, stderr, code] = await Promise.all([
    new Response(process.stdout).text(),
    new Response(process.stderr).text(),
    process.exited,
  ]);
  clearTimeout(overdue);
  return { code, stdout, stderr };
}

/** How the greeting ends. */
function lastLine(args: readonly string[]): RegExp {
  if (args.includes("--connect")) return /^ {2}Joining: .*\n/m;
  return args.includes("--server") ? /^ {2}Kept in: .*\n/m : /^ {2}Open here: .*\n/m;
}

function spawn(args: readonly string[], env: Record<string, string> = {}, folder = ".") {
  // Nothing of whoever runs the tests: neither their options nor their data, nor a display to open a browser on.
  const { PATH = "" } = process.env;
  return Bun.spawn([executable, ...args], {
    cwd: folder,
    env: { PATH, HOME: "/nonexistent", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}
