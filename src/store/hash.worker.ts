// A thread that reads files and makes their SHA-256: one more cursor over each, which the relay does not wait for.

import { closeSync, openSync, readSync } from "node:fs";
import type { HashAnswer, HashTask } from "./hash.ts";

declare const self: Worker;

/** A file that is being hashed, as far as it was asked for. */
type Job = {
  readonly id: number;
  readonly file: number;
  readonly hasher: Bun.CryptoHasher;
  at: number;
  to: number;
  isLast: boolean;
};

const block = new Uint8Array(1024 * 1024);
const jobs = new Map<number, Job>();
let isWorking = false;

self.onmessage = ({ data }: MessageEvent<HashTask>) => {
  try {
    take(data);
  } catch (error) {
    fail(data.id, error);
  }
  if (!isWorking) work();
};

function take(task: HashTask): void {
  if (task.do === "open") {
    const hasher = new Bun.CryptoHasher("sha256");
    const file = openSync(task.path, "r");
    jobs.set(task.id, { id: task.id, file, hasher, at: 0, to: 0, isLast: false });
    return;
  }
  const job = jobs.get(task.id);
  if (job === undefined) return;
  if (task.do === "drop") {
    end(job);
    return;
  }
  job.to = task.to;
  job.isLast = task.do === "digest";
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
    job.hasher.update(block.subarray(0, count));
    job.at += count;
    return true;
  }
  if (!job.isLast) return false;
  const sha256 = job.hasher.digest("hex");
  end(job);
  answer({ id: job.id, sha256 });
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

function answer(answer: HashAnswer): void {
  self.postMessage(answer);
}
