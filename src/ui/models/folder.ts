import type { FolderPart } from "./tar.ts";

/** A file that was found in a folder. */
export type Found = { readonly path: string; readonly file: File };

const smallBytesMax = 64 * 1024;
/** What many small files may take of the page's memory. */
const allBytesMax = 32 * 2 ** 20;
/** So many are read as one: a browser takes longer to be asked for a small file than to read it. */
const togetherMax = 100;

/**
 * Looks at the files of a folder, and reads the small ones at once, many together: two thousand of them take a
 * browser three times as long when it finds them one after the other in the middle of an upload.
 */
export async function lookThrough(found: readonly Found[]): Promise<FolderPart[]> {
  let left = allBytesMax;
  const parts: FolderPart[] = [];
  const small: number[] = [];
  for (const [at, { path, file }] of found.entries()) {
    // Once each: a browser may ask the disk for them.
    const { size, lastModified } = file;
    parts.push({ path, size, lastModified, content: file });
    if (size > smallBytesMax || size > left) continue;
    left -= size;
    small.push(at);
  }
  const readings: Promise<void>[] = [];
  for (let at = 0; at < small.length; at += togetherMax) {
    readings.push(read(parts, small.slice(at, at + togetherMax)));
  }
  await Promise.all(readings);
  return parts;
}

/** Puts bytes in the place of files. What cannot be read now stays what it is: sending it tells why. */
async function read(parts: FolderPart[], places: readonly number[]): Promise<void> {
  const files = places.map((place) => parts[place] as FolderPart);
  const bytes = await bytesOf(files);
  if (!bytes) {
    // One of them, and not all of them for its sake.
    if (places.length > 1) await Promise.all(places.map((place) => read(parts, [place])));
    return;
  }
  let at = 0;
  for (const [i, part] of files.entries()) {
    parts[places[i] as number] = { ...part, content: bytes.subarray(at, at + part.size) };
    at += part.size;
  }
}

/** Null when they are not all as large as they were. */
async function bytesOf(parts: readonly FolderPart[]): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const bytes = new Uint8Array(await new Blob(parts.map(({ content }) => content)).arrayBuffer());
    return bytes.length === parts.reduce((sum, { size }) => sum + size, 0) ? bytes : null;
  } catch {
    return null;
  }
}
