/** Reads bytes of a file. @returns How many. */
export type ReadAt = (into: Uint8Array, at: number) => Promise<number>;

const readBytes = 1024 * 1024;

/**
 * SHA-256 of a file that grows: it takes what is written as it comes, and reads what was there before.
 */
export class Hash {
  readonly #hasher = new Bun.CryptoHasher("sha256");
  #at = 0;
  #catchingUp: Promise<void> | undefined;

  constructor(private readonly readAt: ReadAt) {}

  /** Bytes were written; they are hashed here, where it has come so far, else when it gets there. */
  wrote(pieces: readonly Uint8Array[], at: number): void {
    if (this.#at !== at || this.#catchingUp !== undefined) return;
    for (const piece of pieces) {
      this.#hasher.update(piece);
      this.#at += piece.length;
    }
  }

  /** Reads on to a place. */
  async catchUp(to: number): Promise<void> {
    while (this.#at < to) {
      this.#catchingUp ??= this.#read(to).finally(() => {
        this.#catchingUp = undefined;
      });
      await this.#catchingUp;
    }
  }

  /** The hash of the whole file, in hexadecimal digits. No more may be written. */
  async digest(size: number): Promise<string> {
    await this.catchUp(size);
    return this.#hasher.copy().digest("hex");
  }

  async #read(to: number): Promise<void> {
    const block = new Uint8Array(Math.min(readBytes, to - this.#at));
    while (this.#at < to) {
      const count = await this.readAt(block.subarray(0, to - this.#at), this.#at);
      if (count === 0) throw new Error("A file is shorter on the disk than it must be");
      this.#hasher.update(block.subarray(0, count));
      this.#at += count;
    }
  }
}
