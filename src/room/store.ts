import type { Pair } from "../wire/direct.ts";
import type { FileChange } from "./file-store.ts";
import type { Likeness } from "./likeness.ts";
import type { Older } from "./older.ts";

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
  /** The member who made it, if that was one with a key. */
  makerId: number | undefined;
  /** What its room key is checked against; undefined for a room that is open. */
  lock: string | undefined;
};

/** How a room is to be made. */
export type RoomMaking = {
  /** The two to whom it belongs; undefined for a room of any other kind. */
  pair?: Pair | undefined;
  /** Whether it may be shown to people who are not in it; true when absent. */
  isListed?: boolean | undefined;
  makerId?: number | undefined;
  lock?: string | undefined;
};

/** How a room keeps a member in mind: as one who has shown its key, or as one who has to stay out. */
export type Standing = "member" | "removed";

/** What an entry changes of its room, kept in the same step. */
export type RoomChange =
  /** Another key, or none: who showed the last one has to show this one, and who had to stay out need not. */
  | { do: "key"; lock: string | undefined; byId: number }
  | { do: "remove"; memberId: number }
  | { do: "admit"; memberId: number };

/** A room as the lobby shows it. */
export type LobbyRecord = {
  id: number;
  name: string;
  /** When its newest entry was made, in ms since 1970. */
  at: number;
  isClosed: boolean;
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
  /** What it changes of the room, kept in the same step. */
  room?: RoomChange | undefined;
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
  /** @throws {StorageFull} */
  createRoom(fold: string, name: string, making?: RoomMaking): Promise<RoomRecord>;
  /**
   * Deletes a room, its entries and the rows of its files for good; their bytes are left to `FileStore.collect`.
   *
   * @throws {StorageFull}
   */
  deleteRoom(roomId: number): Promise<void>;
  standing(roomId: number, memberId: number): Standing | undefined;
  /**
   * Keeps in mind that a member has shown the key of a room, unless it has another one by now.
   *
   * @throws {StorageFull}
   */
  keepMember(roomId: number, memberId: number, lock: string): Promise<void>;
  /** Who has to stay out of a room, the newest first. */
  removedFrom(roomId: number, limit: number): MemberRecord[];
  /** Rooms that anybody may see and enter, in which there is something. */
  openRooms(): LobbyRecord[];
  /** All closed rooms in which there is something. */
  closedRooms(): LobbyRecord[];
  /**
   * Closed rooms that a member may enter without their key.
   *
   * @param here  Rooms in which the member is now, of any kind.
   */
  closedRoomsOf(memberId: number, here: readonly number[]): LobbyRecord[];
  /** Makes the lock that a room key opens. @throws {Refusal} "key-tries" while too many wait. */
  lockOf(key: string): Promise<string>;
  /**
   * Whether a room key opens a lock. It takes as long where there is no lock.
   *
   * @throws {Refusal} "key-tries" while too many wait.
   */
  isOpenedBy(key: string, lock: string | undefined): Promise<boolean>;
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
