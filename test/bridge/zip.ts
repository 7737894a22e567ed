/** What stands in a zip, by its name. */
export type Unzipped = Map<string, { bytes: Uint8Array; crc: number; isUtf8: boolean }>;

/** Reads a zip whose files are stored as they are, from its directory at the end. */
export function unzip(zip: Uint8Array): Unzipped {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.length);
  const files: Unzipped = new Map();
  const end = zip.length - 22;
  if (view.getUint32(end, true) !== 0x06054b50) throw new Error("no end of a zip");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let n = 0; n < count; n += 1) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error("no entry of a directory");
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    if (method !== 0) throw new Error("packed");
    const [crc, size] = [view.getUint32(at + 16, true), view.getUint32(at + 24, true)];
    const nameBytes = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameBytes));
    const head = view.getUint32(at + 42, true);
    const start = head + 30 + view.getUint16(head + 26, true) + view.getUint16(head + 28, true);
    files.set(name, { bytes: zip.subarray(start, start + size), crc, isUtf8: (flags & 0x800) !== 0 });
    at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return files;
}
