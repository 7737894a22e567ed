import { safeFileName } from "../../wire/file-name.ts";
import type { Problem } from "./problem.ts";
import type { FolderPart } from "./tar.ts";
import { composeFolder } from "./tar.ts";

/** What a person has chosen to send. */
export type Picked =
  | { readonly kind: "file"; readonly name: string; readonly file: File; readonly handle: Handle | null }
  | {
      readonly kind: "folder";
      readonly name: string;
      readonly parts: readonly FolderPart[];
      readonly handle: Handle | null;
    };

/** What brings the same file back after a reload; the browser's, and nothing that the models look into. */
export type Handle = object;

/** Bytes that can be sent, and sent again from anywhere as long as they stay the same. */
export type Source = {
  readonly name: string;
  readonly blob: Blob;
  /** Newest change of what is in it, in ms since 1970. */
  readonly lastModified: number;
  readonly folder: { readonly files: number; readonly indexBytes: number } | null;
  /** Whether what is on the disk is no longer what was chosen: any of the files, or one that takes long to read. */
  hasChanged(which: "any" | "large"): Promise<boolean>;
};

// A file that is smaller is read in one go, at whose beginning the browser itself looks whether it has changed.
const lookAgainBytes = 1 << 20;

/** Makes one source of a file or of a folder; nothing is read yet. */
export function sourceOf(picked: Picked): Source {
  const name = nameOf(picked);
  if (picked.kind === "file") {
    const { file } = picked;
    const { lastModified } = file;
    return { name, blob: file, lastModified, folder: null, hasChanged: () => anyChanged([file]) };
  }
  // What is here already stays what it was.
  const files = picked.parts.flatMap(({ content }) => (content instanceof Blob ? [content] : []));
  const { blob, indexBytes, lastModified } = composeFolder(picked.parts);
  return {
    name,
    blob,
    lastModified,
    folder: { files: picked.parts.length, indexBytes },
    hasChanged: (which) => anyChanged(files.filter(({ size }) => which === "any" || size > lookAgainBytes)),
  };
}

/** What it is called here already as the relay will call it: a name could else be shown as another one. */
export function nameOf({ name }: Picked): string {
  return safeFileName(name);
}

/** How many bytes were chosen, before anything is made of them. */
export function sizeOf(picked: Picked): number {
  if (picked.kind === "file") return picked.file.size;
  return picked.parts.reduce((bytes, { size }) => bytes + size, 0);
}

/** Why it cannot be sent; null when it can. */
export function problemWith(picked: Picked): Problem | null {
  return picked.kind === "folder" && picked.parts.length === 0 ? { key: "problem.folder-empty" } : null;
}

/** A file stands for what it was when it was chosen: reading it fails when it has become another. */
async function anyChanged(files: readonly Blob[]): Promise<boolean> {
  for (const file of files) {
    try {
      await file.slice(0, 1).arrayBuffer();
    } catch {
      return true;
    }
  }
  return false;
}
