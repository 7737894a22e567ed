// A member's session for a benchmark of files: offers, and asks for tickets.

import { BenchMember } from "./member.ts";

type Frame = { [field: string]: unknown };

/** A member in a room, who asks and waits for the answer. */
export class BenchSession {
  #text = "";
  #waiting: { isIt: (frame: Frame) => boolean; resolve: (frame: Frame) => void }[] = [];
  #n = 0;

  private constructor(
    private readonly member: BenchMember,
    private readonly room: string,
  ) {
    member.onBytes = (bytes) => this.#read(bytes);
  }

  static async join(port: number, name: string, room: string): Promise<BenchSession> {
    return new BenchSession(await BenchMember.join(port, name, room), room);
  }

  /** @returns The file's id. */
  async offer(name: string, size: number): Promise<string> {
    this.#n += 1;
    const n = this.#n;
    const entry = this.#next((frame) => frame.type === "entry" && frame.n === n);
    this.#send({ type: "offer", room: this.room, device: "bench", n, name, size });
    return String((await entry).file);
  }

  async ticket(file: string, action: "put" | "get"): Promise<string> {
    const answer = this.#next(
      (frame) => frame.type === "ticket" && frame.file === file && frame.action === action,
    );
    this.#send({ type: "ticket", room: this.room, file, action });
    return String((await answer).ticket);
  }

  completed(file: string): Promise<Frame> {
    return this.#next((frame) => frame.file === file && frame.action === "complete");
  }

  close(): void {
    this.member.close();
  }

  #send(frame: Frame): void {
    this.member.send(Buffer.from(`${JSON.stringify(frame)}\n`));
  }

  #next(isIt: (frame: Frame) => boolean): Promise<Frame> {
    const { promise, resolve } = Promise.withResolvers<Frame>();
    this.#waiting.push({ isIt, resolve });
    return promise;
  }

  #read(bytes: Buffer): void {
    this.#text += bytes.toString();
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) this.#take(JSON.parse(line));
  }

  #take(frame: Frame): void {
    if (frame.type === "ping") this.#send({ type: "pong" });
    if (frame.type === "error") throw new Error(String(frame.message));
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ isIt }) => !isIt(frame));
    for (const { resolve } of waiting.filter(({ isIt }) => isIt(frame))) resolve(frame);
  }
}
