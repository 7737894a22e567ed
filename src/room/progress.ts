import { limits } from "../wire/limits.ts";
import type { OpenFile } from "./open-file.ts";

/** Tells how far uploads have come, not more often than a person can see. */
export class Progress {
  /** When each file was told of last. */
  readonly #told = new Map<OpenFile, number>();
  readonly #waiting = new Set<OpenFile>();

  /** @param tell  Sends a file's signal. */
  constructor(
    private readonly later: (run: () => void, ms: number) => void,
    private readonly now: () => number,
    private readonly tell: (file: OpenFile) => void,
  ) {}

  /** A file has come further, or has stopped. */
  note(file: OpenFile): void {
    if (this.#waiting.has(file)) return;
    const waitMs = (this.#told.get(file) ?? Number.NEGATIVE_INFINITY) + limits.progressEveryMs - this.now();
    if (waitMs <= 0) {
      this.#tell(file);
      return;
    }
    this.#waiting.add(file);
    this.later(() => {
      if (this.#waiting.delete(file)) this.#tell(file);
    }, waitMs);
  }

  /** A file is closed: what was still to be told of it is told now. */
  close(file: OpenFile): void {
    if (this.#waiting.delete(file)) this.#tell(file);
    this.#told.delete(file);
  }

  #tell(file: OpenFile): void {
    this.#told.set(file, this.now());
    if (file.record.state === "arriving") this.tell(file);
  }
}
