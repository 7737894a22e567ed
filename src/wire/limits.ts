/**
 * Every limit of the wire, in one place.
 *
 * Bytes are bytes of UTF-8; characters are Unicode code points.
 *
 * @see docs/PROTOCOL.md "Limits"
 */
export const limits = {
  /** A line with its LF, in either direction. */
  lineBytesMax: 64 * 1024,
  /** The text of one message. */
  textBytesMax: 8 * 1024,
  nameCharsMax: 32,
  roomCharsMax: 64,
  /** The key of a closed room, which people tell each other and type. */
  roomKeyCharsMin: 8,
  roomKeyCharsMax: 128,
  /** Wrong room keys of one member, and from one address, before each further one has to wait. */
  keyTriesOfMember: 5,
  keyTriesOfAddress: 20,
  /** The longest such wait; the first is a second, each further one twice as long. */
  keyWaitMsMax: 5 * 60_000,
  /** Wrong keys are forgotten this long after the last wait. */
  keyForgetMs: 10 * 60_000,
  /** Rooms in the lobby: those in which something was said last. */
  lobbyRoomsMax: 100,
  deviceCharsMax: 32,
  /** Entries in one page of history, and the most that `join {last}` may ask for. */
  pageEntriesMax: 200,
  /** Rooms that one connection may be in at once. */
  roomsPerConnectionMax: 64,
  /** Members in one room at once. */
  roomMembersMax: 500,
  /** People named in one `people` frame; 100 names of 32 characters stay far below a line. */
  peopleFrameMax: 100,
  /** From the first native byte to an accepted hello. */
  helloMsMax: 10_000,
  /** Hellos on one connection, all but the last refused. */
  hellosMax: 16,
  /** The relay pings a connection after this much silence from it. */
  pingAfterMs: 15_000,
  /** A connection that sent nothing for this long is dead. */
  silenceMsMax: 45_000,
  /** A connection that never sent a byte (the 2021 client connects before its form is filled in). */
  firstByteMsMax: 10 * 60_000,
  silentConnectionsMax: 256,
  connectionsMax: 10_000,
  /** Messages of one member: a burst, then a steady rate. */
  rateBurst: 20,
  ratePerSecond: 5,
  /** Requests `join`, `direct`, `lobby` and `about` of one member, on all its connections: a burst, then a steady rate. */
  requestBurst: 512,
  requestsPerSecond: 50,
  /** Rooms that one member makes: a burst, then a steady rate. */
  roomsMadeBurst: 64,
  roomsMadePerSecond: 1,
  /** Least time between two typing signals that are passed on for one member of a room. */
  typingEveryMs: 1_000,
  /** One file, and a folder as a whole (`--file-max`). */
  fileBytesMax: 64 * 1024 ** 3,
  /** A file's name, as bytes of UTF-8: what file systems take. */
  fileNameBytesMax: 255,
  /** Files in one folder. */
  folderFilesMax: 100_000,
  /** No new files where fewer bytes than this would be left on the disk (`--disk-free-min`). */
  diskFreeMin: 1024 ** 3,
  /** A secret that makes one member a host and has not been used. */
  hostSecretOnceMsMax: 60 * 60_000,
  /** A ticket that is not used for this long is void. */
  ticketMsMax: 10 * 60_000,
  /** Tickets of one member; a further one makes the oldest void. */
  ticketsMax: 1_024,
  /** Frames in a row without a good ticket on one transfer connection. */
  ticketsWrongMax: 8,
  /** An upload from which nothing came for this long is parked. */
  parkedAfterMs: 60_000,
  /** An upload that was parked for this long has failed. */
  parkedMsMax: 7 * 24 * 60 * 60_000,
  /** Least time between two progress signals of one file. */
  progressEveryMs: 250,
  /** A key in its box, as base64url: with the ids of as many rooms as one is in. */
  boxCharsMax: 8 * 1024,
  /** A box that nobody takes is kept for this long. */
  boxMsMax: 10 * 60_000,
  /** Boxes of all members. */
  boxesMax: 1_024,
  /** Boxes that came from one address, whoever put them there. */
  boxesOfAddressMax: 128,
  /** Wrong codes on one connection, and how long each waits for its answer. */
  takesWrongMax: 3,
  takeWrongMs: 500,
  /** One `recv` of a 2021 program, its label included. */
  dialectMessageBytesMax: 1024,
  /**
   * Least time between two writes to a 2021 program. It needs 100 ms to be sure to read them one by one; 5 are for
   * timers and networks, which are not exact.
   */
  dialectPauseMs: 105,
  /** A 2021 member that is more entries behind than this jumps ahead: ten a second are all it takes. */
  dialectBehindMax: 100,
  /** How many of the newest entries it still gets then. */
  dialectKeptMax: 20,
  /** A 2021 member is told of a longer file, instead of being sent it: it hears nothing else meanwhile. */
  dialectPushBytesMax: 64 * 1024 * 1024,
} as const;

/** The version of the native wire that this program speaks. */
export const wireVersion = 1;

export const defaultRelayPort = 12345;
export const defaultWebPort = 12380;
