// Start: from starting dist/pendopo --server on an empty data directory, and on one that is there, until it has told
// its addresses, which it does once everything listens.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "./load/server.ts";

const rounds = 9;

const data = mkdtempSync(join(tmpdir(), "pendopo-bench-"));
const [fresh, again]: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round++) {
  fresh.push(await startMs(join(data, `${round}`)));
  again.push(await startMs(join(data, `${round}`)));
}
rmSync(data, { recursive: true });
console.log(`start to listening, median of ${rounds}:`);
console.log(`  empty data directory  ${median(fresh).toFixed(0)} ms`);
console.log(`  the same one again    ${median(again).toFixed(0)} ms`);

async function startMs(directory: string): Promise<number> {
  const startedAt = performance.now();
  const server = await startServer(directory);
  const ms = performance.now() - startedAt;
  await server.stop();
  return ms;
}

function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}
