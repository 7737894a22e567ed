import type { Pair } from "../wire/direct.ts";
import type { FileChange } from "./file-store.ts";
import type { Likeness } from "./likeness.ts";
import type { Older } from "./log.ts";

/** A room as it is kept. */
export type RoomRecord = {
  /** Number of the room in the store; never on the wire. */
  id: number;
  /** As its maker spelled it. */
  name: string;
  /** 8 bytes in base64url: another epoch is another log. */
  epoch: string;
  /** Seq of the newest entry; 0 when there is none. */
  head: number;
  /** Seq of the oldest entry that is kept; 1 when there is none. */
  oldest: number;
};

/** A member's device in a room: whoever numbers posts. */
export type Author = {
  readonly roomId: number;
  readonly memberId: number;
  readonly device: string;
  /** The highest number that is kept, when it was looked up. */
  readonly mark: number;
};

/** A line on its way into the store. */
export type Append = {
  roomId: number;
  seq: number;
  line: Uint8Array;
  /** Who posted it with which number; undefined for what nobody posts, as the making of a room. */
  post: { author: Author; n: number } | undefined;
  /** What it says of a file, kept in the same step. */
  file?: FileChange | undefined;
};

/**
 * What rooms need of a store. Reads are answered at once, from the last durable state; writes are promises, for a
 * store may do them elsewhere.
 */
export interface RoomStore {
  /** The room whose id compares equal, by its fold. */
  findRoom(fold: string): RoomRecord | undefined;
  /** A room by its number, and its fold. */
  roomById(id: number): { record: RoomRecord; fold: string } | undefined;
  /**
   * @param pair      The two to whom it belongs; undefined for a room that is open to all.
   * @param isListed  Whether it may be shown to people who are not in it; true when absent.
   * @throws {StorageFull}
   */
  createRoom(fold: string, name: string, pair?: Pair, isListed?: boolean): Promise<RoomRecord>;
  /** The rooms of two of a member in which there is something. */
  directsOf(memberId: number): DirectRecord[];
  /**
   * Keeps a batch, all of it or nothing; once the promise resolves it survives a power cut.
   *
   * @throws {StorageFull}
   */
  append(batch: readonly Append[]): Promise<void>;
  /** The log's part that is no longer in memory. */
  older(roomId: number): Older;
  /** Looks up whoever numbers posts; a new one has the mark 0. */
  author(roomId: number, memberId: number, device: string): Author;
  /** The line that was posted with a number; undefined where there is none. */
  findPost(author: Author, n: number): Uint8Array | undefined;
}

/** A member as it is kept. */
export type MemberRecord = {
  /** Number of the member; "m" and this number on the wire. */
  id: number;
  /** Empty while the member has none, as after the host freed it. */
  name: string;
  isHost: boolean;
  /** Whether it came without a key, with the 2021 dialect: its name is its own only while it is connected. */
  isKeyless: boolean;
};

/** A room of two, as one of them sees it. */
export type DirectRecord = { room: string; head: number; other: MemberRecord };

/** What members need of a store. */
export interface MemberStore {
  memberById(id: number): MemberRecord | undefined;
  findMember(key: string): MemberRecord | undefined;
  /** The members whose names would be taken for this one: at most one by its fold, any number by its look. */
  ownersOf(name: Likeness): MemberRecord[];
  /** Makes the member if the key is new, and gives it the name, which nobody has. */
  claim(key: string, name: string, likeness: Likeness): Promise<MemberRecord>;
  /** Makes a member without a key, under a name that nobody has. */
  claimKeyless(name: string, likeness: Likeness): Promise<MemberRecord>;
  /** Takes a member's name away. */
  free(memberId: number): Promise<void>;
  makeHost(memberId: number): Promise<void>;
}
