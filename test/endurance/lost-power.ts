import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Call } from "./syscalls.ts";

type Change = { at: number; bytes: Buffer; on: number } | { size: number; on: number };
/** A file's bytes: those that are on the disk for good, and what was done to them since. */
type Inode = { durable: Buffer; pending: Change[] };
/** A name that came or went. A rename is both in one step. */
type Naming = { folders: string[]; gone: string[]; come: { path: string; inode: Inode | "folder" }[] };

const sectorBytes = 512;

/** How much of what was not synced has reached the disk all the same. */
type Luck = { keeps: () => boolean; keepsSector: () => boolean };

/**
 * A disk whose power may fail at any moment: it keeps for good what was synced, and of the rest whatever it likes, in
 * pieces of 512 bytes. A name is kept for good when its directory was synced; that of a file's own is not enough here.
 */
export class Disk {
  readonly #names = new Map<string, Inode | "folder">();
  readonly #durableNames = new Map<string, Inode | "folder">();
  #namings: Naming[] = [];

  /** @param root  What lies outside of it is not looked at. */
  constructor(private readonly root: string) {
    this.#names.set(root, "folder");
    this.#durableNames.set(root, "folder");
  }

  /** @param on  The number of the call. */
  apply(call: Call, on: number): void {
    switch (call.do) {
      case "create":
        if (!this.#isOurs(call.path)) return;
        if (!this.#names.has(call.path))
          this.#name([], [{ path: call.path, inode: { durable: Buffer.alloc(0), pending: [] } }]);
        else if (call.truncates) this.#inode(call.path).pending.push({ size: 0, on });
        return;
      case "mkdir":
        if (this.#isOurs(call.path)) this.#name([], [{ path: call.path, inode: "folder" }]);
        return;
      case "write":
        if (this.#isOurs(call.path))
          this.#inode(call.path).pending.push({ at: call.at, bytes: call.bytes, on });
        return;
      case "truncate":
        if (this.#isOurs(call.path)) this.#inode(call.path).pending.push({ size: call.size, on });
        return;
      case "sync":
        if (this.#isOurs(call.path)) this.#sync(call.path, call.startedAt);
        return;
      case "unlink":
        if (this.#names.has(call.path)) this.#name([call.path], []);
        return;
      case "rename": {
        const inode = this.#names.get(call.from);
        if (inode !== undefined) this.#name([call.from], [{ path: call.to, inode }]);
        return;
      }
      case "send":
    }
  }

  /** Writes what the disk may look like after a power cut now. */
  image(into: string, luck: Luck): void {
    const names = new Map(this.#durableNames);
    for (const naming of this.#namings) if (luck.keeps()) apply(naming, names);
    for (const [path, inode] of names) {
      // Its folder has not come about, so nobody can reach it.
      if (!isReachable(path, this.root, names)) continue;
      const place = join(into, path.slice(this.root.length));
      if (inode === "folder") {
        mkdirSync(place, { recursive: true });
      } else {
        mkdirSync(dirname(place), { recursive: true });
        writeFileSync(place, torn(inode, luck));
      }
    }
  }

  #isOurs(path: string): boolean {
    return path === this.root || path.startsWith(`${this.root}/`);
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    // A file that was unlinked while it is open is nobody's any more.
    if (path.endsWith(" (deleted)")) return { durable: Buffer.alloc(0), pending: [] };
    if (inode === undefined || inode === "folder") throw new Error(`Cannot replay a write to ${path}`);
    return inode;
  }

  #name(gone: string[], come: Naming["come"]): void {
    const folders = [...gone, ...come.map(({ path }) => path)].map((path) => dirname(path));
    const naming = { folders, gone, come };
    this.#namings.push(naming);
    apply(naming, this.#names);
  }

  #sync(path: string, startedAt: number): void {
    if (this.#names.get(path) === "folder") {
      const left: Naming[] = [];
      for (const naming of this.#namings) {
        if (naming.folders.includes(path)) apply(naming, this.#durableNames);
        else left.push(naming);
      }
      this.#namings = left;
      return;
    }
    const inode = this.#inode(path);
    // What was written while the sync was under way may have come too late for it.
    const synced = inode.pending.filter(({ on }) => on < startedAt);
    inode.durable = changed(inode.durable, synced, always);
    inode.pending = inode.pending.filter(({ on }) => on >= startedAt);
  }
}

const always: Luck = { keeps: () => true, keepsSector: () => true };

/** The ways in which power fails: nothing more is kept, everything, some writes, some sectors. */
export function someLuck(random: () => number): Luck {
  const share = [0, 1, random(), random()][Math.floor(random() * 4)] ?? 0;
  const sectorShare = random() < 0.5 ? 1 : random();
  return { keeps: () => random() < share, keepsSector: () => random() < sectorShare };
}

function apply({ gone, come }: Naming, names: Map<string, Inode | "folder">): void {
  for (const path of gone) names.delete(path);
  for (const { path, inode } of come) names.set(path, inode);
}

function isReachable(path: string, root: string, names: ReadonlyMap<string, unknown>): boolean {
  for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder)) {
    if (!names.has(folder)) return false;
  }
  return true;
}

function torn({ durable, pending }: Inode, luck: Luck): Buffer {
  return changed(Buffer.from(durable), pending, luck);
}

/** Changes bytes where they are, as far as they need not grow. */
function changed(before: Buffer, changes: readonly Change[], luck: Luck): Buffer {
  let bytes = before;
  for (const change of changes) {
    if (!luck.keeps()) continue;
    if ("size" in change) {
      bytes = resized(bytes, change.size);
      continue;
    }
    const { at, bytes: written } = change;
    const end = at + written.length;
    if (bytes.length < end) bytes = resized(bytes, end);
    for (let from = at; from < end; ) {
      const to = Math.min(end, (Math.floor(from / sectorBytes) + 1) * sectorBytes);
      if (luck.keepsSector()) written.copy(bytes, from, from - at, to - at);
      from = to;
    }
  }
  return bytes;
}

function resized(bytes: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  bytes.copy(result);
  return result;
}
