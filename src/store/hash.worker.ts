// A thread that makes the SHA-256 of files: one more cursor over each. It takes bytes from the memory in which they
// came, as long as it keeps up, and otherwise from the disk.

import { closeSync, openSync, readSync } from "node:fs";
import type { HashAnswer, HashTask } from "./hash.ts";
import type { Look } from "./thread.ts";

declare const self: Worker;

/** A file that is being hashed, as far as it was asked for. */
type Job = {
  readonly id: number;
  readonly file: number;
  hasher: Bun.CryptoHasher;
  at: number;
  to: number;
  isLast: boolean;
};

/** Memory that others write to. */
let memory: Uint8Array = new Uint8Array(0);
const block = new Uint8Array(1024 * 1024);
const jobs = new Map<number, Job>();
let isWorking = false;

self.onmessage = ({ data }: MessageEvent<HashTask>) => {
  if (data.do === "look") {
    memory = new Uint8Array(data.memory);
    return;
  }
  try {
    take(data);
  } catch (error) {
    fail(data.id, error);
  }
  if (!isWorking) work();
};

function take(task: Exclude<HashTask, Look>): void {
  if (task.do === "open") {
    const file = openSync(task.path, "r");
    jobs.set(task.id, { id: task.id, file, hasher: sha256(), at: 0, to: 0, isLast: false });
    return;
  }
  const job = jobs.get(task.id);
  if (task.do === "update") {
    const { from, length } = task.piece;
    if (job?.at === task.at) update(job, memory.subarray(from, from + length));
    answer("updated");
  } else if (task.do === "digest" && job === undefined) {
    throw new Error("A file cannot be hashed that is not open");
  } else if (job !== undefined) {
    if (task.do === "drop") {
      end(job);
      return;
    }
    if (task.do === "restart") Object.assign(job, { at: 0, hasher: sha256() });
    job.to = task.to;
    job.isLast = task.do === "digest";
  }
}

function update(job: Job, bytes: Uint8Array): void {
  job.hasher.update(bytes);
  job.at += bytes.length;
}

/** A block of each file in turn, so that a small one does not wait for a big one. */
function work(): void {
  isWorking = false;
  for (const job of jobs.values()) {
    try {
      if (step(job)) isWorking = true;
    } catch (error) {
      fail(job.id, error);
    }
  }
  // Not at once: messages are let in between.
  if (isWorking) setImmediate(work);
}

/** @returns Whether there was something to do. */
function step(job: Job): boolean {
  const left = Math.min(block.length, job.to - job.at);
  if (left > 0) {
    const count = readSync(job.file, block, 0, left, job.at);
    if (count === 0) throw new Error("A file is shorter on the disk than it must be");
    update(job, block.subarray(0, count));
    return true;
  }
  if (!job.isLast) return false;
  const digest = job.hasher.digest("hex");
  end(job);
  answer({ id: job.id, sha256: digest });
  return true;
}

function fail(id: number, error: unknown): void {
  const job = jobs.get(id);
  if (job !== undefined) end(job);
  answer({ id, problem: error instanceof Error ? error.message : String(error) });
}

function end(job: Job): void {
  jobs.delete(job.id);
  closeSync(job.file);
}

function sha256(): Bun.CryptoHasher {
  return new Bun.CryptoHasher("sha256");
}

function answer(answer: HashAnswer): void {
  self.postMessage(answer);
}
