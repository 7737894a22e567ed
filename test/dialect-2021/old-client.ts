import type { Socket } from "bun";
import { sleep } from "./patient-time.ts";
import { Reads } from "./reads.ts";

/** The pauses of the original. */
const pauseMs = 100;

/** A read of the client: its bytes, and when they came. */
export type Heard = { at: number; bytes: Buffer };

/**
 * Stands in for the client of 2021: sends what it sends, and takes what comes as it does. What the original shows in
 * its window is a line of `window`, what it writes to its folder is in `files`.
 */
export class OldClient {
  readonly window: string[] = [];
  readonly files = new Map<string, Buffer>();
  readonly heard: Heard[] = [];
  /** "error": it has closed its socket; "spinning": it shows empty lines for ever. */
  state: "well" | "error" | "spinning" = "well";
  readonly #reads = new Reads();
  readonly #watchers = new Set<() => void>();
  #socket!: Socket;
  #unsent: Uint8Array[] = [];

  static async connect(port: number): Promise<OldClient> {
    const client = new OldClient();
    client.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, bytes) => client.#heard(bytes),
        drain: () => client.#flush(),
        end: () => client.#reads.end("end"),
        error: () => client.#reads.end("reset"),
        close: (_, error) => client.#reads.end(error ? "reset" : "end"),
      },
    });
    // The original leaves Nagle's algorithm on.
    client.#socket.setNoDelay(false);
    void client.#receive();
    return client;
  }

  /** A client that has been let in. */
  static async inRoom(port: number, user: string, room = "room1"): Promise<OldClient> {
    const client = await OldClient.connect(port);
    await client.login(user, room);
    await client.shows(/^(New Group created|Welcome to chat room)$/);
    return client;
  }

  async login(user: string, room: string): Promise<void> {
    this.send(user);
    await sleep(pauseMs);
    this.send(room);
  }

  text(text: string): void {
    this.send(text);
    this.#show(`[You] ${text}`);
  }

  async file(name: string, bytes: Uint8Array): Promise<void> {
    for (const header of ["FILE", `client_${name}`, String(bytes.length)]) {
      this.send(header);
      await sleep(pauseMs);
    }
    for (let from = 0; from < bytes.length; from += 1024) this.send(bytes.subarray(from, from + 1024));
    this.#show(`[You] ${name} Sent`);
  }

  send(bytes: string | Uint8Array): void {
    this.#unsent.push(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    if (this.#unsent.length === 1) this.#flush();
  }

  /** The process is stopped: what comes waits in the socket. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The process is killed. */
  kill(): void {
    this.#socket.end();
  }

  /** Resolves with the first line of the window, from now or before, that looks like this. */
  async shows(line: string | RegExp): Promise<string> {
    const isIt = (each: string) => (typeof line === "string" ? each === line : line.test(each));
    let found: string | undefined;
    await this.until(() => {
      found = this.window.find(isIt);
      return found !== undefined;
    });
    return found ?? "";
  }

  /** Resolves once a claim holds; looks whenever something happened. */
  until(claim: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!claim()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const message = decode(await this.#reads.recv());
        if (message === "") {
          this.#become("spinning");
          return;
        }
        if (message !== "FILE") {
          this.#show(message);
          continue;
        }
        const name = decode(await this.#reads.recv());
        const size = decode(await this.#reads.recv());
        const user = decode(await this.#reads.recv());
        if (name.includes("/") || Buffer.byteLength(name) > 255) throw new Error("No such file or directory");
        const parts: Buffer[] = [];
        // Compared as strings, for equality: what is too much never ends.
        for (let total = 0; String(total) !== size; ) {
          const bytes = await this.#reads.recv();
          if (bytes.length === 0) {
            this.#become("spinning");
            return;
          }
          parts.push(bytes);
          total += bytes.length;
        }
        this.files.set(name, Buffer.concat(parts));
        this.#show(`[${user}] ${name} Received`);
      }
    } catch {
      this.#socket.terminate();
      this.#become("error");
    }
  }

  #heard(bytes: Uint8Array): void {
    this.heard.push({ at: performance.now(), bytes: Buffer.from(bytes) });
    this.#reads.push(bytes);
    this.#tell();
  }

  #show(line: string): void {
    this.window.push(line);
    this.#tell();
  }

  #become(state: OldClient["state"]): void {
    this.state = state;
    this.#tell();
  }

  #tell(): void {
    for (const look of [...this.#watchers]) look();
  }

  #flush(): void {
    for (let bytes = this.#unsent[0]; bytes !== undefined; bytes = this.#unsent[0]) {
      const taken = Math.max(0, this.#socket.write(bytes));
      if (taken < bytes.length) {
        this.#unsent[0] = bytes.subarray(taken);
        return;
      }
      this.#unsent.shift();
    }
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}
