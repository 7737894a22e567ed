// make build: the UI into dist/ui/, then everything into one executable.
//
//     bun tools/build.ts [TARGET]     TARGET as `bun build --target` names it, e.g. bun-windows-x64

import { buildExecutable } from "./executable.ts";
import { FIRST_PAINT_BYTES_MAX, firstPaint } from "./paint.ts";
import { buildUi, UI_FOLDER } from "./ui.ts";

const [target] = process.argv.slice(2);

await buildUi({ forProduct: true });

const paint = await firstPaint(UI_FOLDER);
const figure = `${kilobytes(paint.bytes)} KB gzip before the first paint (at most ${kilobytes(FIRST_PAINT_BYTES_MAX)})`;
if (paint.bytes > FIRST_PAINT_BYTES_MAX) {
  console.error(`Cannot build: ${figure}`);
  for (const file of paint.files) console.error(`  ${kilobytes(file.bytes).padStart(6)} KB  ${file.path}`);
  console.error("Load something later, with a dynamic import()");
  process.exit(1);
}
console.log(`dist/ui: ${figure}`);

const executable = await buildExecutable(target);
console.log(`${executable.path}: ${(executable.bytes / 2 ** 20).toFixed(1)} MB`);

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}
