import type { Found } from "./folder.ts";
import { lookThrough } from "./folder.ts";
import type { Picked } from "./picked.ts";

/*
 * How files come from a person: by a picker, a drop or a paste. With a handle where the browser has such a thing,
 * so that the same file can be read again after a reload. In a real browser only.
 */

// Chromium's; the types know only what every browser has.
type Pickers = {
  showOpenFilePicker?: (options: { multiple: true }) => Promise<FileSystemFileHandle[]>;
  showDirectoryPicker?: () => Promise<FileSystemDirectoryHandle>;
};
type DroppedItem = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> };
type Directory = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> };

/** Lets a person choose files; none when they change their mind. */
export async function pickFiles(): Promise<Picked[]> {
  const { showOpenFilePicker } = window as Pickers;
  if (!showOpenFilePicker) return (await chosenBy({ multiple: true })).map(fromFile);
  const handles = await unlessAborted(showOpenFilePicker({ multiple: true }));
  return Promise.all((handles ?? []).map(readHandle));
}

/** What stands in an input of the page. */
export function fromInput({ files }: HTMLInputElement): Picked[] {
  return [...(files ?? [])].map(fromFile);
}

/** Lets a person choose a folder. */
export async function pickFolder(): Promise<Picked[]> {
  const { showDirectoryPicker } = window as Pickers;
  if (!showDirectoryPicker) return fromFolderInput(await chosenBy({ webkitdirectory: true }));
  const handle = await unlessAborted(showDirectoryPicker());
  return handle ? [await readHandle(handle)] : [];
}

/**
 * What was dropped or pasted. Everything is taken out of the event before the first await: after it the browser
 * has emptied it.
 */
export function fromTransfer(transfer: DataTransfer): Promise<Picked[]> {
  const items = [...transfer.items].filter(({ kind }) => kind === "file") as DroppedItem[];
  return settled(
    items.map((item) => {
      const file = item.getAsFile();
      const entry = item.webkitGetAsEntry();
      const handle = item.getAsFileSystemHandle?.().catch(() => null) ?? Promise.resolve(null);
      return fromDropped(file, entry, handle);
    }),
  );
}

/** A file or a folder by its handle. */
export async function readHandle(handle: FileSystemHandle): Promise<Picked> {
  if (handle.kind === "file") {
    const file = await (handle as FileSystemFileHandle).getFile();
    return { kind: "file", name: file.name, file, handle };
  }
  const found = await collect(handle as Directory, "");
  return { kind: "folder", name: handle.name, parts: await lookThrough(found), handle };
}

/** Asks for all files of a folder at once: a browser takes its time for each answer, and not for each question. */
async function collect(directory: Directory, above: string): Promise<Found[]> {
  const asked: Promise<Found[]>[] = [];
  for await (const handle of directory.values()) {
    const path = above + handle.name;
    asked.push(
      handle.kind === "directory"
        ? collect(handle as Directory, `${path}/`)
        : (handle as FileSystemFileHandle).getFile().then((file) => [{ path, file }]),
    );
  }
  return (await Promise.all(asked)).flat();
}

async function fromDropped(
  file: File | null,
  entry: FileSystemEntry | null,
  asked: Promise<FileSystemHandle | null>,
): Promise<Picked> {
  const handle = await asked;
  if (handle) return readHandle(handle);
  if (entry?.isDirectory) {
    const found = await walk(entry as FileSystemDirectoryEntry, "");
    return { kind: "folder", name: entry.name, parts: await lookThrough(found), handle: null };
  }
  if (!file) throw new Error("What was dropped is no file");
  return fromFile(file);
}

async function walk(directory: FileSystemDirectoryEntry, above: string): Promise<Found[]> {
  const reader = directory.createReader();
  const asked: Promise<Found[]>[] = [];
  for (;;) {
    // A hundred at a time, in Chromium.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return (await Promise.all(asked)).flat();
    for (const entry of entries) {
      const path = above + entry.name;
      asked.push(
        entry.isDirectory
          ? walk(entry as FileSystemDirectoryEntry, `${path}/`)
          : new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)).then(
              (file) => [{ path, file }],
            ),
      );
    }
  }
}

function fromFile(file: File): Picked {
  return { kind: "file", name: file.name, file, handle: null };
}

/** The files of a folder that an input was given, each with its path from the folder on. */
async function fromFolderInput(files: readonly File[]): Promise<Picked[]> {
  const [first] = files;
  if (!first) return [];
  const name = first.webkitRelativePath.split("/")[0] ?? "";
  const found = files.map((file) => ({ path: file.webkitRelativePath.slice(name.length + 1), file }));
  return [{ kind: "folder", name, parts: await lookThrough(found), handle: null }];
}

/** Opens the browser's dialog by an input that stands nowhere. */
function chosenBy(options: { multiple?: boolean; webkitdirectory?: boolean }): Promise<File[]> {
  return new Promise((resolve) => {
    const input = Object.assign(document.createElement("input"), { type: "file", ...options });
    input.onchange = () => resolve([...(input.files ?? [])]);
    input.oncancel = () => resolve([]);
    input.click();
  });
}

async function unlessAborted<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}

/** What could be read: a link or a device among what was dropped keeps nothing else back. */
async function settled(asked: Promise<Picked>[]): Promise<Picked[]> {
  const results = await Promise.allSettled(asked);
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
