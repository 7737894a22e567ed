import type { ReadonlySignal } from "@preact/signals";
import type { Handle, Picked, Source } from "./picked.ts";

/** What localStorage and sessionStorage have and the models need. Every method may throw. */
export type StorageLike = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

/** What a WebSocket has and the connection needs; messages come as ArrayBuffer. */
export type SocketLike = {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
};

/** What navigator.locks has and the devices need. */
export type LocksLike = {
  request(
    name: string,
    options: { ifAvailable: true },
    granted: (lock: object | null) => Promise<void> | undefined,
  ): Promise<unknown>;
};

/** How sending a file's bytes ended. */
export type PutOutcome =
  /** All of them are there. */
  | "stored"
  /** By `stop`. */
  | "stopped"
  /** What was chosen is no longer what is on the disk. */
  | "changed"
  /** The ticket or the file is not good any more: the relay says why when it is asked for another ticket. */
  | "refused"
  /** The server's disk is full. */
  | "full"
  /** Another connection goes on with it. */
  | "taken-over"
  /** Some hop was lost. */
  | "broken";

/** Bytes on their way. */
export type Put = { readonly outcome: Promise<PutOutcome>; stop(): void };

/** Sends the bytes of a file that the server does not have yet. */
export type PutFile = (options: {
  file: string;
  ticket: string;
  source: Source;
  /** Called with how many bytes have gone, those from before included. */
  progress: (bytes: number) => void;
}) => Put;

/** What brings chosen files back after a reload, where the browser has such a thing. */
export type HandleStore = {
  put(key: string, handle: Handle): Promise<void>;
  /** "ask": the person has to be asked, at a press of a button; null: nothing is there any more. */
  open(key: string): Promise<Picked | "ask" | null>;
  /** Asks the person; null when they refuse. */
  ask(key: string): Promise<Picked | null>;
  remove(key: string): Promise<void>;
};

/**
 * Everything that the models have of the browser, so that they run without one.
 *
 * @see browser.ts for the real ones
 */
export type Deps = {
  /** Null where the browser keeps nothing. */
  storage: StorageLike | null;
  /** Kept for this tab only, over a reload. */
  tabStorage: StorageLike | null;
  /** Null on pages that are no secure context. */
  locks: LocksLike | null;
  /** Opens the WebSocket `/relay` of the page's own origin. */
  openSocket(): SocketLike;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  putFile: PutFile;
  handles: HandleStore;
  /** Milliseconds since 1970. */
  now(): number;
  /** Random bytes fit for keys. */
  random(bytes: number): Uint8Array;
  /** Calls back once, after so many ms at least; the answer cancels it. */
  setTimer(ms: number, run: () => void): () => void;
  languages: readonly string[];
  /** Whether the page came from this very machine. */
  isLocal: boolean;
  /** Whether this device has a network, as far as the browser knows. */
  isOnline(): boolean;
  isVisible: ReadonlySignal<boolean>;
  /** Calls back when the device has a network again. */
  onOnline(run: () => void): void;
  /** Calls back when the page goes away (true) or comes back from where it went (false). */
  onLeave(run: (isLeaving: boolean) => void): void;
  /** The part of the address after "#", "#" included; empty when there is none. */
  hash(): string;
  setHash(hash: string): void;
  /** Calls back when somebody has changed that part, by a link of another page for instance. */
  onHash(run: () => void): void;
  /** The page's own, as `http://localhost:12380`. */
  origin: string;
  /** Calls back when another tab has kept something, under this key. */
  onKept(run: (key: string) => void): void;
  reload(): void;
};
