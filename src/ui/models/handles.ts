import type { HandleStore } from "./deps.ts";
import type { Picked } from "./picked.ts";

// What browsers with the File System Access API have, and TypeScript does not know yet.
type AskedHandle = FileSystemHandle & {
  queryPermission(options: { mode: "read" }): Promise<PermissionState>;
  requestPermission(options: { mode: "read" }): Promise<PermissionState>;
};

const storeName = "handles";

/**
 * Keeps handles of chosen files in IndexedDB, the only place that takes them. Browsers without such handles keep
 * nothing, and the person is asked for the file again.
 */
export const handleStore: HandleStore = {
  async put(key, handle) {
    await request((store) => store.put(handle, key));
  },
  async open(key) {
    const handle = await load(key);
    if (!handle) return null;
    return (await handle.queryPermission({ mode: "read" })) === "granted" ? read(handle) : "ask";
  },
  async ask(key) {
    const handle = await load(key);
    if (!handle) return null;
    return (await handle.requestPermission({ mode: "read" })) === "granted" ? read(handle) : null;
  },
  async remove(key) {
    await request((store) => store.delete(key));
  },
};

async function load(key: string): Promise<AskedHandle | null> {
  const found = await request<unknown>((store) => store.get(key));
  return typeof found === "object" && found !== null && "queryPermission" in found
    ? (found as AskedHandle)
    : null;
}

/** Null when it has been moved or removed. */
async function read(handle: FileSystemHandle): Promise<Picked | null> {
  try {
    // Only a page that was closed in the middle of an upload needs it this early.
    const { readHandle } = await import("./picking.ts");
    return await readHandle(handle);
  } catch {
    return null;
  }
}

function request<T>(run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("pendopo", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(storeName);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction(storeName, "readwrite");
      const asked = run(transaction.objectStore(storeName));
      transaction.oncomplete = () => {
        database.close();
        resolve(asked.result);
      };
      transaction.onabort = () => {
        database.close();
        reject(transaction.error);
      };
    };
  });
}
