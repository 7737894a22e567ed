import type { SharedBytes } from "../room/blocks.ts";
import { closedError, type Look, type Piece, Thread } from "./thread.ts";

/** What the thread that writes is told. */
export type WriteTask =
  | Look
  | { do: "open"; id: number; path: string; end: number }
  | { do: "write"; id: number; at: number; piece: Piece; isDirect: boolean }
  | { do: "restart"; id: number; end: number }
  | { do: "drop"; id: number };

/** What it answers to each write, in their order: that the bytes are in the file, or that none of them are. */
export type WriteAnswer = "written" | { problem: string; code: string | undefined };

/**
 * Writes to files that grow, made by a thread of their own, one after another: the next one is with it before one is
 * done, so that the disk has not to wait until the relay's thread has time.
 */
export class Writers {
  readonly #thread = new Thread<WriteTask, WriteAnswer>(
    // The build puts this folder's threads beside the program: see tools/executable.ts.
    () => new Worker(new URL("./write.worker.ts", import.meta.url), { ref: false } as WorkerOptions),
    (answer) => this.#answered(answer),
    (error) => this.#failAll(error),
  );
  #lastId = 0;
  #asked: { resolve: () => void; reject: (error: Error) => void }[] = [];

  /**
   * Begins with a file, which is there when the first bytes are written.
   *
   * @param end  How many bytes it has.
   */
  open(path: string, end: number): Writer {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#thread.tell({ do: "open", id, path, end });
    return new Writer({
      write: (bytes, at, isDirect) => this.#write(id, bytes, at, isDirect),
      restart: (to) => this.#thread.tell({ do: "restart", id, end: to }),
      drop: () => this.#thread.tell({ do: "drop", id }),
    });
  }

  /** Ends the thread. */
  close(): void {
    this.#thread.end();
    this.#failAll(closedError());
  }

  #write(id: number, bytes: SharedBytes, at: number, isDirect: boolean): Promise<void> {
    if (this.#thread.isEnded) return Promise.reject(closedError());
    const piece = this.#thread.piece(bytes);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#thread.tell({ do: "write", id, at, piece, isDirect });
    this.#asked.push({ resolve, reject });
    return promise;
  }

  #answered(answer: WriteAnswer): void {
    const asked = this.#asked.shift();
    if (answer === "written") asked?.resolve();
    else asked?.reject(Object.assign(new Error(answer.problem), { code: answer.code }));
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#asked.splice(0)) reject(error);
  }
}

type WriteThread = {
  write(bytes: SharedBytes, at: number, isDirect: boolean): Promise<void>;
  restart(to: number): void;
  drop(): void;
};

/** The writes to one file. */
export class Writer {
  constructor(private readonly thread: WriteThread) {}

  /**
   * Adds bytes behind all that it was given before. Once it has failed it does so with all that follows, until it is
   * told where to go on: no file has a gap.
   *
   * @param isDirect  Past the system's cache, as far as that can be done.
   * @throws {Error} with the system's `code`; none of the bytes are in the file then.
   */
  write(bytes: SharedBytes, at: number, isDirect: boolean): Promise<void> {
    return this.thread.write(bytes, at, isDirect);
  }

  /** What follows goes behind so many bytes, which the file has. */
  restart(to: number): void {
    this.thread.restart(to);
  }

  /** Lets go of the file. */
  drop(): void {
    this.thread.drop();
  }
}
