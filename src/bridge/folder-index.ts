import * as v from "valibot";
import type { Ready } from "../wire/file-frames.ts";
import { safePath } from "../wire/file-name.ts";
import { TransferProblem } from "./transfer-problem.ts";

/** A file in a folder's archive. */
export type FolderFile = {
  /** Safe, and no other file of the folder has it. */
  path: string;
  size: number;
  /** Where its first byte stands in the archive. */
  offset: number;
  /** In ms since 1970. */
  mtime: number;
};

/** The index stands behind the one header of the archive's first member. */
const indexOffset = 512;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const indexSchema = v.object({
  files: v.array(v.object({ path: v.string(), size: count, offset: count, mtime: v.number() })),
});

/**
 * Where the index of a folder stands.
 *
 * @throws {TransferProblem} when it is no folder, or its index is too large.
 */
export function indexStretch({ folder, size }: Ready, bytesMax: number): { offset: number; length: number } {
  if (folder === undefined)
    throw new TransferProblem("file-unknown", "Ask for the file itself: this is no folder");
  const { indexBytes: length } = folder;
  if (length > bytesMax || indexOffset + length > size) throw broken();
  return { offset: indexOffset, length };
}

/**
 * Reads a folder's index, which came from somebody else's page.
 *
 * Two files never share a byte: a few bytes would otherwise make an archive of any size.
 *
 * @param size  Bytes of the archive.
 * @returns     Its files in the order in which they stand in the archive.
 * @throws {TransferProblem} when it is no index, or names what is not there.
 */
export function readIndex(bytes: Uint8Array, size: number): FolderFile[] {
  const files = parse(bytes).sort((a, b) => a.offset - b.offset || a.size - b.size);
  let end = indexOffset + bytes.length;
  for (const file of files) {
    if (file.offset < end) throw broken();
    end = file.offset + file.size;
  }
  if (end > size) throw broken();
  return withSafePaths(files);
}

function parse(bytes: Uint8Array): FolderFile[] {
  try {
    return v.parse(indexSchema, JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))).files;
  } catch {
    throw broken();
  }
}

/** Systems that fold case would keep the last of two files that differ by it. */
function withSafePaths(files: readonly FolderFile[]): FolderFile[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const path = safePath(file.path);
    let free = path;
    for (let i = 2; taken.has(free.toLowerCase()); i++) free = path.replace(/(\.[^./]*)?$/, ` (${i})$1`);
    taken.add(free.toLowerCase());
    return { ...file, path: free };
  });
}

function broken(): TransferProblem {
  return new TransferProblem("file-unknown", "Ask for the folder to be sent again: its index cannot be read");
}
