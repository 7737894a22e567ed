import * as v from "valibot";
import type { StorageLike } from "./deps.ts";

/** What the page keeps over a reload, as JSON under short keys. */
export type Kept = {
  /** Undefined when nothing is kept there, or something of another form. */
  get<S extends v.GenericSchema>(key: string, schema: S): v.InferOutput<S> | undefined;
  /** False when the browser refused: the value lasts as long as the page then. */
  set(key: string, value: unknown): boolean;
  remove(key: string): void;
  /** The keys that begin with a prefix, in no order. */
  keys(prefix: string): string[];
};

/**
 * Keeps values in a storage of the browser, and in memory what the storage does not take: a full or forbidden
 * storage costs what a reload would have brought back, and nothing else.
 */
export function createKept(storage: StorageLike | null): Kept {
  const memory = new Map<string, string>();
  const read = (key: string): string | null => {
    const text = memory.get(key);
    if (text !== undefined) return text;
    return attempt(() => storage?.getItem(key)) ?? null;
  };
  return {
    get(key, schema) {
      const text = read(key);
      if (text === null) return undefined;
      const checked = v.safeParse(
        schema,
        attempt(() => JSON.parse(text)),
      );
      return checked.success ? checked.output : undefined;
    },
    set(key, value) {
      const text = JSON.stringify(value);
      const isTaken = attempt(() => {
        storage?.setItem(key, text);
        return storage !== null;
      });
      if (isTaken) memory.delete(key);
      else memory.set(key, text);
      return isTaken ?? false;
    },
    remove(key) {
      memory.delete(key);
      attempt(() => storage?.removeItem(key));
    },
    keys(prefix) {
      const keys = new Set(memory.keys());
      attempt(() => {
        for (let i = 0; i < (storage?.length ?? 0); i++) keys.add(storage?.key(i) ?? "");
      });
      return [...keys].filter((key) => key.startsWith(prefix));
    },
  };
}

/** What belongs to one server, kept under its id. */
export type ServerKept = Kept & {
  /** The server's id; null before it is known, when nothing can be kept. */
  server(): string | null;
  /** Says which server this page is about; a page is about one in its life. */
  open(server: string): void;
};

/** Keeps what belongs to a server under its id, so that nothing written for one is ever seen by another. */
export function createServerKept(kept: Kept): ServerKept {
  let opened: string | null = null;
  const path = (key: string): string => {
    if (opened === null) throw new Error(`Cannot keep "${key}": the server is not known yet`);
    return `pendopo/${opened}/${key}`;
  };
  return {
    server: () => opened,
    open(server) {
      opened = server;
    },
    get: (key, schema) => kept.get(path(key), schema),
    set: (key, value) => kept.set(path(key), value),
    remove: (key) => kept.remove(path(key)),
    keys: (prefix) => kept.keys(path(prefix)).map((key) => key.slice(path("").length)),
  };
}

/** Runs what the browser may forbid; undefined when it did. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
