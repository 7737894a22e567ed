import type { SharedBytes } from "../room/blocks.ts";
import { closedError, type Look, type Piece, Thread } from "./thread.ts";

/** What the thread of hashes is told: `to` is how many bytes of the file may be read. */
export type HashTask =
  | Look
  | { do: "open"; id: number; path: string }
  | { do: "update"; id: number; at: number; piece: Piece }
  | { do: "grow"; id: number; to: number }
  | { do: "restart"; id: number; to: number }
  | { do: "digest"; id: number; to: number }
  | { do: "drop"; id: number };

/**
 * What it answers: that it has no more use for the bytes of an update, in the order in which they came; and once for
 * each file whose digest was asked for, or that cannot be read.
 */
export type HashAnswer = "updated" | { id: number; sha256: string } | { id: number; problem: string };

type Digest = { resolve: (sha256: string) => void; reject: (error: Error) => void };

/**
 * SHA-256 of files that grow, made by a thread of its own: on the relay's it would take half of the time that a
 * file's bytes have there, and everybody's messages would wait behind it.
 */
export class Hashes {
  readonly #thread = new Thread<HashTask, HashAnswer>(
    // The build puts this folder's threads beside the program: see tools/executable.ts.
    () => new Worker(new URL("./hash.worker.ts", import.meta.url), { ref: false } as WorkerOptions),
    (answer) => this.#answered(answer),
    (error) => this.#failAll(error),
  );
  #lastId = 0;
  readonly #asked = new Map<number, Digest>();
  /** Those who wait until the thread has no more use for their memory. */
  #updating: (() => void)[] = [];
  /** Files that could not be read, before anybody asked for their digest. */
  readonly #problems = new Map<number, Error>();

  /** Begins with a file, of which nothing may be read yet. */
  open(path: string): Hash {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#thread.tell({ do: "open", id, path });
    return new Hash({
      update: (bytes, at) => this.#update(id, bytes, at),
      grow: (to) => this.#thread.tell({ do: "grow", id, to }),
      restart: (to) => this.#thread.tell({ do: "restart", id, to }),
      digest: (to) => this.#digest(id, to),
      drop: () => this.#drop(id),
    });
  }

  /** Ends the thread. */
  close(): void {
    this.#thread.end();
    this.#failAll(closedError());
  }

  #update(id: number, bytes: SharedBytes, at: number): Promise<void> {
    if (this.#thread.isEnded) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#thread.tell({ do: "update", id, at, piece: this.#thread.piece(bytes) });
    this.#updating.push(resolve);
    return promise;
  }

  #digest(id: number, to: number): Promise<string> {
    const problem = this.#thread.isEnded ? closedError() : this.#problems.get(id);
    if (problem !== undefined) return Promise.reject(problem);
    this.#thread.tell({ do: "digest", id, to });
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#asked.set(id, { resolve, reject });
    return promise;
  }

  #drop(id: number): void {
    this.#problems.delete(id);
    this.#thread.tell({ do: "drop", id });
  }

  #answered(answer: HashAnswer): void {
    if (answer === "updated") {
      this.#updating.shift()?.();
      return;
    }
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if ("sha256" in answer) {
      asked?.resolve(answer.sha256);
      return;
    }
    const problem = new Error(answer.problem);
    if (asked === undefined) this.#problems.set(answer.id, problem);
    else asked.reject(problem);
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
    // Their memory is not used any more; that there is no hash is said when it is asked for.
    for (const resolve of this.#updating.splice(0)) resolve();
  }
}

type HashThread = {
  update(bytes: SharedBytes, at: number): Promise<void>;
  grow(to: number): void;
  restart(to: number): void;
  digest(to: number): Promise<string>;
  drop(): void;
};

/** The hash of one file. */
export class Hash {
  #digested: Promise<string> | undefined;

  constructor(private readonly thread: HashThread) {}

  /**
   * Hashes bytes that are about to be in the file, from memory that is shared with the thread; if it is still reading
   * those before, it reads these from the file as well, later.
   *
   * @returns  Resolves when the memory may be used for something else.
   */
  update(bytes: SharedBytes, at: number): Promise<void> {
    return this.thread.update(bytes, at);
  }

  /** There are that many bytes in the file, which change no more. */
  grown(to: number): void {
    this.thread.grow(to);
  }

  /** Bytes that it was told of are not in the file: there are so many, and what comes behind them may be others. */
  restart(to: number): void {
    this.thread.restart(to);
  }

  /** The hash of the whole file, in hexadecimal digits; its reader lets go of the file then. */
  digest(size: number): Promise<string> {
    this.#digested ??= this.thread.digest(size);
    return this.#digested;
  }

  /** Lets go of the file. */
  drop(): void {
    this.thread.drop();
  }
}
