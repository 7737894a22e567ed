import { limits } from "../wire/limits.ts";

/**
 * The bridge's own limits; those of the wire are in wire/limits.ts.
 *
 * A test hands in shorter times.
 */
export const bridgeLimits = {
  /** Pages that are piped to the relay at once: each takes two of the process's open files. */
  pipesMax: 256,
  /** From the first try to a TCP connection with the relay. */
  connectMsMax: 10_000,
  /** From the TCP connection to the answer to the prelude. */
  preludeMsMax: 10_000,
  /** From a promise of TLS to the relay's first line inside it. */
  handshakeMsMax: 10_000,
  /** For so long one side may leave the other waiting; then both are closed. */
  pauseMsMax: 60_000,
  /** A relay that said nothing for so long is gone: it pings three times as often. */
  silenceMsMax: limits.silenceMsMax,
  /** How often a pipe looks at its clocks. */
  tickMs: 5_000,
  /**
   * Bytes of a page that may wait for the relay. A paused WebSocket still hands over what was read with the
   * message that filled the relay's socket: 512 KiB at once, measured.
   */
  waitingBytesMax: 1024 * 1024,
  /** A message of a page beyond which its connection is cut at once; up to here it is closed with a reason. */
  messageBytesMax: 256 * 1024,
  /** A request's JSON. */
  bodyBytesMax: 4 * 1024,
  /** Transfers of files at once: each takes two of the process's open files. */
  transfersMax: 64,
  /** Bytes of a file that wait for a browser before the relay is not read any more; one read may go beyond. */
  transferBytesKept: 512 * 1024,
  /** An upload of which no byte came, or of which the relay took none, for so long is parked. */
  stalledMsMax: limits.parkedAfterMs,
  /** So long the relay may take for an answer: it may have to read a large file again first. */
  answerMsMax: 5 * 60_000,
  /** An answer of a file that is sent in one piece, and so tells its length: Bun drops it from streams. */
  wholeBytesMax: 1024 * 1024,
  /** A file that goes to a server of 2021 or comes from it. */
  legacyFileBytesMax: 256 * 1024 * 1024,
  /** All files of such a server that are kept at once; then the oldest go. */
  legacyBytesMax: 1024 * 1024 * 1024,
  /** What files of such a server leave of the disk for temporary files. */
  legacyDiskFreeMin: 128 * 1024 * 1024,
  /** A file of which such a server sends nothing for so long does not come any more: its sender has died. */
  legacyStalledMsMax: 60_000,
  /** Members of such a server who never said a word and are there all the same: nobody tells how many. */
  legacySilentMembers: 4,
  /** The index of a folder. */
  indexBytesMax: 32 * 1024 * 1024,
} as const;

/** The same limits, with other numbers where a test wants them. */
export type BridgeLimits = { readonly [L in keyof typeof bridgeLimits]: number };
