import type { FailReason, Folder } from "../wire/file-entry.ts";
import type { BlobBytes } from "./blob.ts";

/** A file as it is kept. */
export type FileRecord = {
  /** 16 bytes in base64url. */
  id: string;
  /** Number of the room to which it was offered. */
  roomId: number;
  /** Number of the member who offered it. */
  memberId: number;
  name: string;
  size: number;
  folder: Folder | undefined;
  /** In ms since 1970. */
  offeredAt: number;
  /** gone: it was complete, and was removed after its time. */
  state: "arriving" | "complete" | "failed" | "gone";
  /** Of a complete file. */
  sha256: string | undefined;
  mediaType: string | undefined;
};

/** What an entry says of a file. */
export type FileChange =
  | {
      do: "offer";
      at: number;
      id: string;
      memberId: number;
      name: string;
      size: number;
      folder: Folder | undefined;
    }
  | { do: "complete"; at: number; id: string; sha256: string; mediaType: string }
  | { do: "fail"; id: string; reason: FailReason }
  | { do: "receive"; id: string; memberId: number };

/** What the bytes of a whole file are. */
export type Published = { sha256: string; mediaType: string };

/** The bytes of a file that somebody puts or gets. */
export interface OpenBytes extends BlobBytes {
  /** How many there are. */
  readonly stored: number;
  /** What they are, once they have been made a file for good. */
  readonly published: Published | undefined;
  /** The type that the bytes so far tell. */
  mediaType(): Promise<string>;
  /**
   * All bytes are there: makes them a file for good, so that no crash leaves it half. May be called again.
   *
   * @throws {StorageFull}
   */
  publish(): Promise<Published>;
  close(): Promise<void>;
}

/** What files need of a store. What an entry tells of them is changed with the entry: see `Append.file`. */
export interface FileStore {
  findFile(id: string): FileRecord | undefined;
  /** Files whose bytes are not all there, of one room or of all. */
  arriving(roomId?: number): FileRecord[];
  /** How many bytes of an arriving file are on the disk. */
  storedBytes(file: FileRecord): number;
  hasReceived(id: string, memberId: number): boolean;
  /** @param spareBytes  Bytes that writing it must leave on the disk. */
  openBytes(file: FileRecord, spareBytes: number): Promise<OpenBytes>;
  /**
   * Deletes what there is of a file that has failed.
   *
   * @param sha256  Of its bytes, where all of them had been made a file: it goes unless another one has the same.
   */
  dropBytes(id: string, sha256?: string): Promise<void>;
  /** Bytes that may still be written to the disk. */
  freeBytes(): number;
  /** Deletes files that were complete before a time; their entries stay. */
  removeOlder(than: number): Promise<void>;
  /**
   * Deletes files, the oldest complete ones first, until all that are left have so many bytes at most.
   *
   * @returns  Whether it could be done: those that arrive stay.
   */
  makePlace(bytesMax: number): boolean;
  /** Deletes bytes that belong to no file any more. */
  collect(): Promise<void>;
  /** Arriving files of which nothing has come since a time. */
  parkedSince(time: number): FileRecord[];
}
