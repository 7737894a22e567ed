// A thread that writes to files, in the order in which it is asked to.

import { closeSync, fdatasyncSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { DirectFile } from "./direct-file.ts";
import type { WriteAnswer, WriteTask } from "./writer.ts";

declare const self: Worker;

type Write = Extract<WriteTask, { do: "write" }>;

/** Memory that others write to. */
let memory: Uint8Array = new Uint8Array(0);
const files = new Map<number, GrowingFile>();

self.onmessage = ({ data: task }: MessageEvent<WriteTask>) => {
  if (task.do === "look") memory = new Uint8Array(task.memory);
  else if (task.do === "open") files.set(task.id, new GrowingFile(task.path, task.end));
  else if (task.do === "write") self.postMessage(write(task));
  else if (task.do === "restart") files.get(task.id)?.restart(task.end);
  else {
    files.get(task.id)?.close();
    files.delete(task.id);
  }
};

/** A file to whose end bytes are added. */
class GrowingFile {
  #file: number | undefined;
  #direct: DirectFile | undefined;
  /** Whether there are bytes that perhaps only the system's cache has. */
  #isCached: boolean;

  constructor(
    private readonly path: string,
    private end: number,
  ) {
    this.#isCached = end > 0;
  }

  add(bytes: Uint8Array, at: number, isDirect: boolean): void {
    if (at !== this.end) throw new Error("What should stand before these bytes was not written");
    this.#file ??= openSync(this.path, "r+");
    try {
      let done = isDirect ? this.#addDirectly(this.#file, bytes, at) : 0;
      for (; done < bytes.length; this.#isCached = true)
        done += writeSync(this.#file, bytes, done, bytes.length - done, at + done);
      this.end = at + bytes.length;
    } catch (error) {
      // Half of them may be there: how long a file is tells where an upload goes on.
      cut(this.#file, at);
      throw error;
    }
  }

  restart(end: number): void {
    this.end = end;
  }

  close(): void {
    try {
      if (this.#file !== undefined) closeSync(this.#file);
      this.#direct?.close();
    } catch {
      // What a file system says only now is asked for, and told, by the sync before a file is whole.
    }
  }

  /** @returns How many of the bytes were written, from the first on. */
  #addDirectly(file: number, bytes: Uint8Array, at: number): number {
    this.#direct ??= DirectFile.open(this.path);
    if (!this.#direct.takes(bytes, at)) return 0;
    // First those before: else, after a power cut, there are zeros in their place in a file that goes on behind these.
    if (this.#isCached) fdatasyncSync(file);
    this.#isCached = false;
    return this.#direct.write(bytes, at);
  }
}

function write({ id, at, piece, isDirect }: Write): WriteAnswer {
  try {
    const file = files.get(id);
    if (file === undefined) throw new Error("A file cannot be written that is not open");
    file.add(memory.subarray(piece.from, piece.from + piece.length), at, isDirect);
    return "written";
  } catch (error) {
    const { message, code } = error as { message?: string; code?: string };
    return { problem: message ?? String(error), code };
  }
}

function cut(file: number, to: number): void {
  try {
    ftruncateSync(file, to);
  } catch {
    // What went wrong before is told.
  }
}
