import type { Socket } from "bun";
import type { Door } from "./door.ts";

/** A request whose body goes out as a test wants, and whose answer is read as a test wants. */
export class RawRequest {
  /** Bytes that the system has taken for the bridge, the head counted in. */
  sentBytes = 0;
  /** The first bytes of the answer: its head, and what came with it. */
  text = "";
  /** The last bytes that came. */
  tail = "";
  receivedBytes = 0;
  isClosed = false;
  #socket!: Socket;
  #waiting: Uint8Array[] = [];
  #watchers = new Set<() => void>();

  static async open({ port }: Door, ...lines: string[]): Promise<RawRequest> {
    const request = new RawRequest();
    request.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, bytes) => request.#take(bytes),
        drain: () => request.#drain(),
        close: () => {
          request.isClosed = true;
          request.#changed();
        },
        error() {},
      },
    });
    request.send(Buffer.from(`${[...lines, `Host: localhost:${port}`].join("\r\n")}\r\n\r\n`));
    return request;
  }

  /** The status of the answer, once its head has come; 0 before that. */
  get status(): number {
    return this.text.includes("\r\n\r\n") ? Number(this.text.split(" ")[1]) : 0;
  }

  get isBlocked(): boolean {
    return this.#waiting.length > 0;
  }

  send(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#drain();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  cut(): void {
    this.#socket.terminate();
  }

  until(claim: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (!claim()) return;
      this.#watchers.delete(look);
      resolve();
    };
    this.#watchers.add(look);
    look();
    return promise;
  }

  #take(bytes: Buffer): void {
    this.receivedBytes += bytes.length;
    this.tail = (this.tail + bytes.subarray(-64).toString("latin1")).slice(-64);
    if (this.text.length < 4_096) this.text += bytes.toString("latin1");
    this.#changed();
  }

  #drain(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const taken = Math.max(0, this.#socket.write(next));
      this.sentBytes += taken;
      if (taken < next.length) {
        this.#waiting[0] = next.subarray(taken);
        break;
      }
      this.#waiting.shift();
    }
    this.#changed();
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }
}
