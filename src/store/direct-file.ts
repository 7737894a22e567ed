import { closeSync, constants, openSync, writeSync } from "node:fs";

/** What the system wants places in the file and in memory to be multiples of. */
const pageBytes = 4096;
/** Fewer are not worth a detour. */
const bytesMin = 64 * 1024;

/**
 * Writes to a file past the system's cache (O_DIRECT): a big file would fill the cache with bytes that nobody asks for
 * again, push out what others need, and cost a copy and fresh pages on the way. Only Linux, only file systems that can.
 */
export class DirectFile {
  private constructor(private file: number | undefined) {}

  /** Opens a file that exists; nothing is written to it where the system cannot. */
  static open(path: string): DirectFile {
    if (process.platform !== "linux") return new DirectFile(undefined);
    try {
      return new DirectFile(openSync(path, constants.O_WRONLY | constants.O_DIRECT));
    } catch {
      return new DirectFile(undefined);
    }
  }

  /** Whether it would write any of these bytes. */
  takes(bytes: Uint8Array, at: number): boolean {
    return this.file !== undefined && pages(bytes, at) >= bytesMin;
  }

  /** @returns How many of the bytes were written, from the first on; 0 when they must go through the cache. */
  write(bytes: Uint8Array, at: number): number {
    if (this.file === undefined || !this.takes(bytes, at)) return 0;
    try {
      return writeSync(this.file, bytes, 0, pages(bytes, at), at);
    } catch (error) {
      if (!isUnable(error)) throw error;
      this.close();
      return 0;
    }
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

/** Whether a file system says that it cannot, and not that something went wrong. */
function isUnable(error: unknown): boolean {
  return (error as { code?: string }).code === "EINVAL";
}

/** How many of the bytes stand at pages and fill them, from the first on. */
function pages({ byteOffset, length }: Uint8Array, at: number): number {
  return at % pageBytes === 0 && byteOffset % pageBytes === 0 ? length - (length % pageBytes) : 0;
}
