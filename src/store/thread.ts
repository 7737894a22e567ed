import type { SharedBytes } from "../room/blocks.ts";

/** Bytes of the memory that a thread looks into. */
export type Piece = { from: number; length: number };

/** Tells a thread in what memory the pieces of the tasks that follow are. */
export type Look = { do: "look"; memory: SharedArrayBuffer };

/** A thread of its own, which does one task after another. It is started with the first. */
export class Thread<Task, Answer> {
  #worker: Worker | undefined;
  #memory: SharedArrayBuffer | undefined;
  #isEnded = false;

  /** @param onLost  Told when it has ended by itself: what it was asked and has not answered will not be done. */
  constructor(
    private readonly start: () => Worker,
    private readonly onAnswer: (answer: Answer) => void,
    private readonly onLost: (error: Error) => void,
  ) {}

  /** Whether it was told to end: nothing is answered any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  tell(task: Task): void {
    if (!this.#isEnded) this.#started().postMessage(task);
  }

  /**
   * What to call bytes of shared memory in the next task. The thread is given the memory once, not with each task:
   * the collector of its heap would count all of it with each, and run as often.
   */
  piece(bytes: SharedBytes): Piece {
    const { buffer, byteOffset, length } = bytes;
    if (this.#memory !== buffer && !this.#isEnded) {
      this.#started().postMessage({ do: "look", memory: buffer } satisfies Look);
      this.#memory = buffer;
    }
    return { from: byteOffset, length };
  }

  end(): void {
    this.#isEnded = true;
    this.#worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.start();
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.onAnswer(data);
    worker.onerror = ({ message }) => {
      this.#worker = undefined;
      this.#memory = undefined;
      this.onLost(new Error(`A thread has ended: ${message}`));
    };
    this.#worker = worker;
    return worker;
  }
}

/** For whoever asks a thread that was told to end. */
export function closedError(): Error {
  return new Error("The store is closed");
}
