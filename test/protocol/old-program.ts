import { OldClient } from "../dialect-2021/old-client.ts";

/** Only so that a failing example says what it waited for; no example waits for time. */
const patienceMs = 10_000;

/** A 2021 program's end of a connection: what it reads comes out read by read. */
export class OldProgram {
  #readCount = 0;

  private constructor(private readonly client: OldClient) {}

  static async open(port: number): Promise<OldProgram> {
    return new OldProgram(await OldClient.connect(port));
  }

  write(bytes: Uint8Array): void {
    this.client.send(bytes);
  }

  /** The next read. */
  async read(): Promise<Buffer> {
    const { heard } = this.client;
    await this.#until(() => heard.length > this.#readCount, "a read");
    return heard[this.#readCount++]?.bytes ?? Buffer.alloc(0);
  }

  /** Waits for a reset, which is the end that this program understands. */
  async wasReset(): Promise<void> {
    await this.#until(() => this.client.state === "error", "a reset");
  }

  close(): void {
    this.client.kill();
  }

  /** What came and was not asked for. */
  get rest(): string[] {
    return this.client.heard.slice(this.#readCount).map(({ bytes }) => JSON.stringify(bytes.toString()));
  }

  async #until(isDone: () => boolean, expected: string): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`Waited in vain for ${expected}; there is: ${this.rest}`)),
      patienceMs,
    );
    await Promise.race([this.client.until(isDone), promise]).finally(() => clearTimeout(timer));
  }
}
