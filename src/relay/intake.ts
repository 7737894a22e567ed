import type { OpenFile } from "../room/open-file.ts";
import { letGo } from "./memory.ts";
import type { Turn } from "./turn.ts";

/** As much in one read says that there is more, and that a copy of each byte would be felt. */
const muchBytes = 256 * 1024;

/** What an intake has to do with its connection. */
export type IntakeParts = {
  turn: Turn;
  /** Reads from the socket straight into memory. @returns  How many bytes: 0 for "ask the socket". */
  readInto: (memory: Uint8Array) => number;
  /** The socket is asked for bytes again, or those that were not taken are offered anew. */
  onReady: () => void;
};

/**
 * The bytes of an upload on their way from a connection to a file: as the socket brings them, or, while they come
 * fast, straight into the memory of the file.
 */
export class Intake {
  #isWaiting = false;
  #isDirect = false;
  #isOver = false;

  constructor(
    private readonly file: OpenFile,
    private readonly parts: IntakeParts,
  ) {}

  /** Whether the socket is not to bring any bytes at present. */
  get isPaused(): boolean {
    return this.#isWaiting || this.#isDirect;
  }

  /**
   * Takes bytes of the socket.
   *
   * @returns  What there is no memory for: it is offered anew when `onReady` says so.
   * @throws {Fault} "too-many-bytes".
   */
  take(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#isWaiting) return bytes;
    const taken = this.file.take(bytes);
    if (taken < bytes.length) {
      void this.#wait();
      return bytes.subarray(taken);
    }
    if (bytes.length >= muchBytes && !this.#isDirect) void this.#takeDirectly();
    letGo(bytes);
    return undefined;
  }

  /** Takes no more. */
  end(): void {
    this.#isOver = true;
  }

  async #wait(): Promise<void> {
    this.#isWaiting = true;
    await this.#memory();
    this.#isWaiting = false;
    if (!this.#isOver) this.parts.onReady();
  }

  /** Takes bytes without a copy, until there are none for the moment. */
  async #takeDirectly(): Promise<void> {
    this.#isDirect = true;
    for (let count: number | undefined = 1; count !== 0; ) {
      // In the same step as the call for memory: whoever takes it first has it.
      await (count === undefined ? this.#memory() : this.parts.turn.next());
      // What the socket has brought all the same stands before what it has.
      if (this.#isOver || this.#isWaiting) break;
      count = this.file.fill(this.parts.readInto);
    }
    this.#isDirect = false;
    if (!this.#isOver) this.parts.onReady();
  }

  #memory(): Promise<void> {
    return new Promise((resolve) => this.file.blob.blocks.wait(resolve));
  }
}
