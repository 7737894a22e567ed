import type { FileRecord, FileStore, OpenBytes } from "../room/file-store.ts";
import type { Disk } from "./disk.ts";
import type { FileRows } from "./file-rows.ts";
import { Part, type Threads } from "./part.ts";

/** Files: their rows in SQLite and their bytes on the disk. */
export class DiskFiles implements FileStore {
  constructor(
    private readonly rows: FileRows,
    private readonly disk: Disk,
    private readonly threads: Threads,
  ) {}

  findFile(id: string): FileRecord | undefined {
    return this.rows.find(id);
  }

  arriving(roomId?: number): FileRecord[] {
    return this.rows.arriving(roomId);
  }

  storedBytes({ id, size }: FileRecord): number {
    return Math.min(size, this.disk.partBytes(id));
  }

  hasReceived(id: string, memberId: number): boolean {
    return this.rows.hasReceived(id, memberId);
  }

  openBytes(file: FileRecord, spareBytes: number): Promise<OpenBytes> {
    return Part.open(file, this.disk, this.rows, this.threads, spareBytes);
  }

  async dropBytes(id: string, sha256?: string): Promise<void> {
    await this.disk.removePart(id);
    if (sha256 !== undefined) this.#removeUnused(sha256);
  }

  freeBytes(): number {
    return this.disk.freeBytes();
  }

  async removeOlder(than: number): Promise<void> {
    this.#removeOlder(than);
  }

  makePlace(bytesMax: number): boolean {
    while (this.rows.allBytes() > bytesMax) {
      const oldest = this.rows.oldestAt();
      if (oldest === undefined) return false;
      this.#removeOlder(oldest + 1);
    }
    return true;
  }

  parkedSince(time: number): FileRecord[] {
    return this.rows.arriving().filter(({ id, offeredAt }) => this.disk.touchedAt(id, offeredAt) < time);
  }

  /** Deletes what no row names: uploads that were over, and bytes whose row never came. */
  async collect(): Promise<void> {
    const { parts, files } = await this.disk.list();
    for (const id of parts) if (this.rows.find(id)?.state !== "arriving") await this.disk.removePart(id);
    for (const sha256 of files) if (!this.rows.isUsed(sha256)) this.disk.removeFile(sha256);
  }

  #removeOlder(than: number): void {
    for (const sha256 of this.rows.removeOlder(than)) this.#removeUnused(sha256);
  }

  /** In one step: an upload of the same bytes may be about to find them there. */
  #removeUnused(sha256: string): void {
    if (!this.rows.isUsed(sha256)) this.disk.removeFile(sha256);
  }
}
