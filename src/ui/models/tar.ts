import * as v from "valibot";
import { safePath } from "../../wire/file-name.ts";

/** A file of a folder that is about to be sent. */
export type FolderPart = {
  readonly path: string;
  readonly size: number;
  /** In ms since 1970. */
  readonly lastModified: number;
  /** Its bytes, or what they are read from when they are sent. */
  readonly content: Uint8Array<ArrayBuffer> | Blob;
};

/** A folder as one blob, how large the index in front of it is, and when anything in it was changed last. */
export type FolderBlob = { blob: Blob; indexBytes: number; lastModified: number };

/** A file in a folder's blob. */
export type FolderFile = { path: string; size: number; offset: number; mtime: number };

const blockBytes = 512;
const indexName = ".pendopo-index.json";
const pathBytesMax = 100;
/** Eleven octal digits; a larger size stands in a record of its own. */
const sizeMax = 8 ** 11 - 1;
const encoder = new TextEncoder();

/**
 * Makes one blob of a folder: a tar that any tar reads, with an index of the others as its first member.
 *
 * Nothing is copied here: the blob refers to the files, which are read when it is. The same files make the same blob,
 * whatever the order in which they come, so that half of it can be sent today and the rest tomorrow.
 *
 * @see docs/PROTOCOL.md §19.4
 */
export function composeFolder(parts: readonly FolderPart[]): FolderBlob {
  const members = uniquePaths(parts).map(({ path, size, lastModified, content }) => {
    const head = headers(path, size, Math.floor(lastModified / 1000));
    return { path, size, content, mtime: Math.floor(lastModified), head, bytes: head.length + padded(size) };
  });
  const makeIndex = (base: number): Uint8Array<ArrayBuffer> => {
    let at = base;
    const files = members.map(({ path, size, mtime, head, bytes }): FolderFile => {
      const offset = at + head.length;
      at += bytes;
      return { path, size, offset, mtime };
    });
    return encoder.encode(JSON.stringify({ files }));
  };
  const index = settle(makeIndex);
  const pieces: BlobPart[] = [];
  let between = joined(header(indexName, index.length, 0), index);
  for (const { content, size, head } of members) {
    pieces.push(joined(between, head), content);
    between = new Uint8Array(padded(size) - size);
  }
  pieces.push(joined(between, new Uint8Array(2 * blockBytes)));
  const lastModified = members.reduce((newest, { mtime }) => Math.max(newest, mtime), 0);
  return { blob: new Blob(pieces), indexBytes: index.length, lastModified };
}

/** What stands between two files is one piece: browsers take their time for each. */
function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** Where the index stands in a folder's blob: its first byte, and the one after its last. */
export function indexRange(indexBytes: number): { from: number; to: number } {
  return { from: blockBytes, to: blockBytes + indexBytes };
}

const indexSchema = v.object({
  files: v.array(v.object({ path: v.string(), size: v.number(), offset: v.number(), mtime: v.number() })),
});

/**
 * Reads a folder's index, which came from somebody else's page.
 *
 * @returns  Its files with safe paths, null when it is no index.
 */
export function readIndex(text: string): FolderFile[] | null {
  try {
    const { files } = v.parse(indexSchema, JSON.parse(text));
    return files.map((file) => ({ ...file, path: safePath(file.path) }));
  } catch {
    return null;
  }
}

/** The index names offsets behind itself, and grows with them: blanks fill it up to whole blocks. */
function settle(makeIndex: (base: number) => Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let base = 0;
  for (;;) {
    const index = makeIndex(base);
    const needed = blockBytes + padded(index.length);
    if (needed <= base) {
      const filled = new Uint8Array(base - blockBytes).fill(0x20);
      filled.set(index);
      return filled;
    }
    base = needed;
  }
}

/** Paths that can be kept anywhere, in the order of their code units, no two alike on systems that fold case. */
function uniquePaths(parts: readonly FolderPart[]): FolderPart[] {
  const safe = parts.map((part) => ({ part, path: safePath(part.path), raw: part.path }));
  safe.sort((a, b) => compare(a.path, b.path) || compare(a.raw, b.raw));
  const taken = new Set<string>();
  return safe.map(({ part, path }) => {
    let unique = path;
    for (let i = 2; taken.has(fold(unique)); i++) unique = path.replace(/(\.[^./]*)?$/, ` (${i})$1`);
    taken.add(fold(unique));
    return { ...part, path: unique };
  });
}

function fold(path: string): string {
  return path.toLowerCase();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}

/** What stands before a file's bytes: its header, and before that what does not fit into one. */
function headers(path: string, size: number, mtime: number): Uint8Array<ArrayBuffer> {
  const bytes = encoder.encode(path);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what this asks
  const isPlain = bytes.length <= pathBytesMax && /^[\x00-\x7f]*$/.test(path);
  const records = [
    ...(isPlain ? [] : [record("path", path)]),
    ...(size > sizeMax ? [record("size", size.toString())] : []),
  ];
  const main = header(isPlain ? path : "file", Math.min(size, sizeMax), mtime);
  if (records.length === 0) return main;
  const extended = encoder.encode(records.join(""));
  const all = new Uint8Array(blockBytes + padded(extended.length) + blockBytes);
  all.set(header("PaxHeader", extended.length, mtime, "x"));
  all.set(extended, blockBytes);
  all.set(main, all.length - blockBytes);
  return all;
}

/** A record of a pax header: its own length in front, in decimal digits that count themselves. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = encoder.encode(rest).length;
  let length = bytes + 1;
  while (length !== bytes + length.toString().length) length = bytes + length.toString().length;
  return length + rest;
}

/** A ustar header (POSIX.1-1988): 512 bytes. */
function header(name: string, size: number, mtime: number, type = "0"): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(blockBytes);
  const put = (at: number, text: string) => block.set(encoder.encode(text), at);
  const octal = (value: number, digits: number) => Math.max(0, value).toString(8).padStart(digits, "0");
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${octal(size, 11)}\0`);
  put(136, `${octal(Math.min(mtime, sizeMax), 11)}\0`);
  put(148, "        ");
  put(156, type);
  put(257, "ustar\x0000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${octal(sum, 6)}\0 `);
  return block;
}
