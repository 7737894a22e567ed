// Writes to a file as to an upload of which little comes at first, and then much.

import { Writers } from "../../src/store/writer.ts";

const KiB = 1024;
const bytes = new Uint8Array(new SharedArrayBuffer(512 * KiB));
const writers = new Writers();
const writer = writers.open(process.argv[2] ?? "", 0);
let end = 0;
for (const count of [8, 128, 64, 4, 64]) {
  await writer.write(bytes.subarray(end, end + count * KiB), end, true);
  end += count * KiB;
}
writers.close();
