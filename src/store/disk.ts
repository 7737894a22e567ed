import { constants, rmSync, statfsSync, statSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StorageFull } from "../room/storage-errors.ts";
import { saysFull } from "./full.ts";

/** Where the bytes of files are, under names that the server makes: DATA/uploads/ID.part, DATA/files/ab/SHA256. */
export class Disk {
  readonly #uploads: string;
  readonly #files: string;

  constructor(private readonly data: string) {
    this.#uploads = join(data, "uploads");
    this.#files = join(data, "files");
  }

  /** Where the bytes of an upload gather. */
  partPath(id: string): string {
    return join(this.#uploads, `${checked(id, /^[A-Za-z0-9_-]{22}$/)}.part`);
  }

  filePath(sha256: string): string {
    return join(this.#files, checked(sha256, /^[0-9a-f]{64}$/).slice(0, 2), sha256);
  }

  /** Opens an upload, which is made when there is none. */
  openPart(id: string): Promise<FileHandle> {
    return fullTranslated(async () => {
      await mkdir(this.#uploads, { recursive: true, mode: 0o700 });
      return open(this.partPath(id), constants.O_RDWR | constants.O_CREAT, 0o600);
    });
  }

  /** Bytes in an upload; 0 when there are none. */
  partBytes(id: string): number {
    return statSync(this.partPath(id), { throwIfNoEntry: false })?.size ?? 0;
  }

  /** When bytes came last, in ms since 1970; another time when none have come. */
  touchedAt(id: string, otherwise: number): number {
    return statSync(this.partPath(id), { throwIfNoEntry: false })?.mtimeMs ?? otherwise;
  }

  /** Bytes that this user may still write. */
  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.data);
    return Number(bavail) * Number(bsize);
  }

  async hasFile(sha256: string): Promise<boolean> {
    return (await stat(this.filePath(sha256)).catch(() => undefined)) !== undefined;
  }

  /** Moves the bytes of an upload, which are on the disk for good, to the place that is named after them. */
  async publish(id: string, sha256: string): Promise<void> {
    const path = this.filePath(sha256);
    const folder = dirname(path);
    await fullTranslated(async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rename(this.partPath(id), path);
      await sync(folder);
      await sync(this.#files);
      await sync(this.#uploads);
      // Both folders are made when they are first needed.
      await sync(this.data);
    });
  }

  async removePart(id: string): Promise<void> {
    await rm(this.partPath(id), { force: true });
  }

  removeFile(sha256: string): void {
    rmSync(this.filePath(sha256), { force: true });
  }

  /** Every upload and every file that is there, by id and by hash: whatever is named otherwise is not ours. */
  async list(): Promise<{ parts: string[]; files: string[] }> {
    const parts = (await listed(this.#uploads)).flatMap(
      (name) => /^([A-Za-z0-9_-]{22})\.part$/.exec(name)?.[1] ?? [],
    );
    const files = (await listed(this.#files)).flatMap(
      (name) => /(?:^|[/\\])([0-9a-f]{64})$/.exec(name)?.[1] ?? [],
    );
    return { parts, files };
  }
}

/** Runs a write, and says in the house's words when there was no space for it. */
export async function fullTranslated<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw saysFull(error) ? new StorageFull("The disk is full", { cause: error }) : error;
  }
}

/** All that is in a folder; nothing when the folder was never made. */
async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  }
}

/** What a name in a directory is has to reach the disk as well; Windows has no such call, and does without. */
async function sync(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

function checked(name: string, pattern: RegExp): string {
  if (!pattern.test(name)) throw new Error(`"${name}" is no name of a file of this store`);
  return name;
}
