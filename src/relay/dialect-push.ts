import { BlobCursor, type ByteSink } from "../room/blob-cursor.ts";
import type { OpenFile } from "../room/open-file.ts";
import type { PacedWriter } from "../wire/dialect-2021/pacer.ts";

/** A file's bytes on their way to a 2021 client, behind their header: nothing else may be written meanwhile. */
export class DialectPush implements ByteSink {
  #cursor: BlobCursor | undefined;
  #isStuck = false;

  /** @param onEnd  Called once: with whether all bytes were taken. */
  constructor(
    readonly file: OpenFile,
    private readonly writer: PacedWriter,
    private readonly onEnd: (isWhole: boolean) => void,
  ) {}

  get isFull(): boolean {
    return this.#isStuck;
  }

  get hasBegun(): boolean {
    return this.#cursor !== undefined;
  }

  /** The header is written, and the slot behind it has come. */
  begin(): void {
    this.#cursor = new BlobCursor(this.file.blob, this, 0, this.file.record.size);
    this.#cursor.pump();
  }

  write(bytes: Uint8Array): number {
    const taken = this.writer.body(bytes);
    this.#isStuck = taken < bytes.length;
    return taken;
  }

  /** The socket takes bytes again. */
  drain(): void {
    this.#isStuck = false;
    this.#cursor?.pump();
  }

  done(): void {
    this.writer.endBody();
    this.onEnd(true);
  }

  fail(): void {
    this.onEnd(false);
  }

  /** The client is gone. */
  stop(): void {
    this.#cursor?.stop();
  }
}
