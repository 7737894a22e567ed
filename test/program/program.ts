import { afterEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const main = join(import.meta.dir, "../../src/main.ts");
const paths: string[] = [];
const programs = new Set<Program>();

/** Ends the programs of the test that has just run, and removes their directories. */
export function cleanUp(): void {
  afterEach(async () => {
    await Promise.all([...programs].map((program) => program.kill()));
    for (const path of paths.splice(0)) rmSync(path, { recursive: true, force: true });
  });
}

/** A directory that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "pendopo-program-"));
  paths.push(path);
  return path;
}

/** The program, running from source in a process of its own, in an environment without anything of ours. */
export class Program {
  stdout = "";
  readonly #child;
  readonly #stdout: Promise<void>;
  readonly #stderr: Promise<string>;
  readonly #watchers = new Set<() => void>();

  constructor(args: readonly string[], env: { [name: string]: string } = {}) {
    const home = folder();
    this.#child = Bun.spawn([process.execPath, main, ...args], {
      env: { PATH: process.env.PATH ?? "", HOME: home, ...env },
      cwd: home,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#stdout = this.#read(this.#child.stdout);
    this.#stderr = new Response(this.#child.stderr).text();
    programs.add(this);
  }

  /** Waits until it has told what listens. */
  async listening(): Promise<{ relayPort: number; origin: string; hostSecret: string | undefined }> {
    const told = Promise.withResolvers<void>();
    const look = () => {
      if (/Kept in: |Joining: /.test(this.stdout)) told.resolve();
    };
    this.#watchers.add(look);
    look();
    await Promise.race([told.promise, this.#stdout]);
    const open = /Open here: +(http:\/\/localhost:\d+)(?:\/#host=(\S+))?/.exec(this.stdout);
    if (open?.[1] === undefined) throw new Error(`It ended before it listened: ${await this.#stderr}`);
    const relayPort = Number(/--connect \S+:(\d+)/.exec(this.stdout)?.[1]);
    return { relayPort, origin: open[1], hostSecret: open[2] };
  }

  /** Waits for its end. */
  async ended(): Promise<{ code: number; stdout: string; stderr: string }> {
    const code = await this.#child.exited;
    programs.delete(this);
    await this.#stdout;
    return { code, stdout: this.stdout, stderr: await this.#stderr };
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  async #read(stdout: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stdout) {
      this.stdout += decoder.decode(chunk, { stream: true });
      for (const look of this.#watchers) look();
    }
  }
}

/** Runs the program to its end. */
export function run(...args: string[]): ReturnType<Program["ended"]> {
  return new Program(args).ended();
}

/** Starts a server on free ports. */
export function server(data: string, ...args: string[]): Program {
  const ports = ["--host", "127.0.0.1", "--port", "0", "--web-port", "0"];
  return new Program(["--server", "--no-open", "--data", data, ...ports, ...args]);
}
