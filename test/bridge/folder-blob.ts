/** An entry of a folder's index. */
export type Entry = { path: string; size: number; offset: number; mtime: number };

/** A folder as a page sends it, of which a test may change the index before it is written. */
export function folderBlob(
  files: Record<string, Uint8Array>,
  change: (entries: Entry[]) => unknown = (entries) => ({ files: entries }),
): { blob: Uint8Array<ArrayBuffer>; indexBytes: number } {
  const padded = (bytes: number) => Math.ceil(bytes / 512) * 512;
  // Enough for any index of a test; blanks may follow the JSON.
  const indexBytes = 4_096;
  let at = 512 + indexBytes;
  const entries = Object.entries(files).map(([path, { length: size }]) => {
    const offset = at + 512;
    at = offset + padded(size);
    return { path, size, offset, mtime: Date.UTC(2026, 0, 2, 3, 4, 6) };
  });
  const blob = new Uint8Array(at + 1_024);
  blob.fill(0x20, 512, 512 + indexBytes);
  Object.values(files).forEach((bytes, n) => {
    blob.set(bytes, entries[n]?.offset);
  });
  const changed = change(entries);
  blob.set(new TextEncoder().encode(typeof changed === "string" ? changed : JSON.stringify(changed)), 512);
  return { blob, indexBytes };
}
