import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** What the system wants places in the file and in memory to be multiples of. */
const pageBytes = 4096;
/** Fewer are not worth a detour. */
const bytesMin = 64 * 1024;

/**
 * Writes to a file past the system's cache (O_DIRECT): a big file would fill the cache with bytes that nobody asks for
 * again, push out what others need, and cost a copy and fresh pages on the way. Only Linux, only file systems that can.
 */
export class DirectFile {
  private constructor(private handle: FileHandle | undefined) {}

  /** Opens a file that exists; nothing is written to it where the system cannot. */
  static async open(path: string): Promise<DirectFile> {
    if (process.platform !== "linux") return new DirectFile(undefined);
    try {
      return new DirectFile(await open(path, constants.O_WRONLY | constants.O_DIRECT));
    } catch {
      return new DirectFile(undefined);
    }
  }

  /** @returns How many of the bytes were written, which follow one another; 0 when they must go through the cache. */
  async write(pieces: readonly Uint8Array[], at: number): Promise<number> {
    const whole = pages(pieces, at);
    if (this.handle === undefined || whole.length === 0) return 0;
    try {
      const { bytesWritten } = await this.handle.writev(whole, at);
      return bytesWritten;
    } catch (error) {
      if (!isUnable(error)) throw error;
      await this.close();
      return 0;
    }
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }
}

/** Whether a file system says that it cannot, and not that something went wrong. */
function isUnable(error: unknown): boolean {
  return (error as { code?: string }).code === "EINVAL";
}

/** Those of the bytes that stand at pages and fill them, from the first on. */
function pages(pieces: readonly Uint8Array[], at: number): Uint8Array[] {
  const whole: Uint8Array[] = [];
  if (at % pageBytes !== 0) return whole;
  for (const piece of pieces) {
    const rest = piece.length % pageBytes;
    if (piece.byteOffset % pageBytes !== 0 || piece.length - rest < bytesMin) break;
    whole.push(piece.subarray(0, piece.length - rest));
    if (rest > 0) break;
  }
  return whole;
}
