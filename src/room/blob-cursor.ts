import type { Blob, BlobReader } from "./blob.ts";

/** Where a blob's bytes go: a connection. */
export interface ByteSink {
  /** Whether it takes nothing at present; it pumps its cursor when it does again. */
  readonly isFull: boolean;
  /** @returns How many bytes were taken; the bytes are not to be kept. */
  write(bytes: Uint8Array): number;
  /** All that was wanted has been taken. */
  done(): void;
  /** The rest will never come. */
  fail(error: unknown): void;
}

const readBytesMin = 64 * 1024;

/** A position in a blob and a sink: somebody who receives a file. */
export class BlobCursor implements BlobReader {
  #isReading = false;
  #isOver = false;
  #readBytes: number;

  /** @param until  Place behind the last byte that is wanted. */
  constructor(
    private readonly blob: Blob,
    private readonly sink: ByteSink,
    public position: number,
    readonly until: number,
  ) {
    this.#readBytes = readBytesMin * 4;
    blob.add(this);
  }

  /** Hands the sink what it does not have yet, as far as there is some and the sink takes it. */
  pump(): void {
    while (!this.#isOver && !this.#isReading) {
      if (this.position >= this.until) {
        this.stop();
        this.sink.done();
        return;
      }
      if (this.sink.isFull || this.position >= this.blob.stored) return;
      const bytes = this.blob.inMemory(this.position);
      if (bytes === undefined) {
        void this.#read();
        return;
      }
      this.#write(bytes);
    }
  }

  fail(error?: unknown): void {
    if (this.#isOver) return;
    this.stop();
    this.sink.fail(error);
  }

  /** It wants no more. */
  stop(): void {
    this.#isOver = true;
    this.blob.remove(this);
  }

  #write(bytes: Uint8Array): number {
    const taken = this.sink.write(bytes.subarray(0, this.until - this.position));
    this.position += taken;
    this.blob.moved();
    return taken;
  }

  /**
   * From the disk, through a block that is only borrowed: what the sink does not take is read again later, so that a
   * receiver that has stopped reading holds no memory.
   */
  async #read(): Promise<void> {
    const { blocks, bytes } = this.blob;
    this.#isReading = true;
    try {
      let block = blocks.take(0, () => {});
      while (block === undefined) {
        await new Promise<void>((resolve) => blocks.wait(resolve));
        block = blocks.take(0, () => {});
      }
      try {
        const left = Math.min(this.#readBytes, this.until - this.position, this.blob.stored - this.position);
        const count = this.#isOver ? 0 : await bytes.read(block.bytes.subarray(0, left), this.position);
        if (this.#isOver) return;
        if (count === 0) throw new Error("A file is shorter on the disk than it must be");
        const taken = this.sink.isFull ? 0 : this.#write(block.bytes.subarray(0, count));
        // A sink that takes little at a time must not make us read a lot each time.
        this.#readBytes = Math.min(block.bytes.length, Math.max(readBytesMin, 2 * taken));
      } finally {
        blocks.release(block);
      }
    } catch (error) {
      this.fail(error);
      return;
    } finally {
      this.#isReading = false;
    }
    this.pump();
  }
}
