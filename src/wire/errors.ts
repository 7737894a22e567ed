/**
 * Every error code of the wire: whether it closes the connection, and when the same request may be tried again.
 *
 * `retryMs`: null, never as it stands; 0, at once after what the message says; n, after n milliseconds.
 * A single error frame may carry another time than the table's, where the relay knows better.
 *
 * @see docs/PROTOCOL.md "Errors"
 */
export const errorCodes = {
  // Faults: the peer broke the protocol, or the relay cannot go on; one error frame, then the end.
  "line-too-long": { closes: true, retryMs: null },
  "not-utf8": { closes: true, retryMs: null },
  "not-json": { closes: true, retryMs: null },
  "handshake-expected": { closes: true, retryMs: null },
  "version-unsupported": { closes: true, retryMs: null },
  "signature-wrong": { closes: true, retryMs: null },
  "hello-late": { closes: true, retryMs: 0 },
  silence: { closes: true, retryMs: 0 },
  busy: { closes: true, retryMs: 5_000 },
  "shutting-down": { closes: true, retryMs: 1_000 },
  "too-many-bytes": { closes: true, retryMs: null },
  "taken-over": { closes: true, retryMs: null },
  "ticket-void": { closes: true, retryMs: null },
  "disk-full": { closes: true, retryMs: 5_000 },
  "upload-failed": { closes: true, retryMs: null },
  "take-tries": { closes: true, retryMs: 0 },
  "hello-tries": { closes: true, retryMs: 0 },
  "ticket-tries": { closes: true, retryMs: 0 },
  internal: { closes: true, retryMs: 1_000 },
  // Refusals: this request is not granted; the connection goes on.
  "unknown-type": { closes: false, retryMs: null },
  "bad-frame": { closes: false, retryMs: null },
  "name-invalid": { closes: false, retryMs: null },
  "name-taken": { closes: false, retryMs: null },
  "name-in-use": { closes: false, retryMs: null },
  "name-unknown": { closes: false, retryMs: null },
  "room-invalid": { closes: false, retryMs: null },
  "room-unknown": { closes: false, retryMs: null },
  "room-taken": { closes: false, retryMs: null },
  "room-closed": { closes: false, retryMs: null },
  "room-key-invalid": { closes: false, retryMs: null },
  "room-key-wrong": { closes: false, retryMs: null },
  "key-tries": { closes: false, retryMs: 1_000 },
  removed: { closes: false, retryMs: null },
  "maker-only": { closes: false, retryMs: null },
  "room-full": { closes: false, retryMs: 30_000 },
  "rooms-too-many": { closes: false, retryMs: null },
  "not-joined": { closes: false, retryMs: null },
  afresh: { closes: false, retryMs: null },
  gone: { closes: false, retryMs: null },
  "text-empty": { closes: false, retryMs: null },
  "text-too-long": { closes: false, retryMs: null },
  "number-used": { closes: false, retryMs: null },
  rate: { closes: false, retryMs: 200 },
  held: { closes: false, retryMs: 200 },
  "storage-full": { closes: false, retryMs: 5_000 },
  "host-only": { closes: false, retryMs: null },
  "secret-wrong": { closes: false, retryMs: null },
  "carry-gone": { closes: false, retryMs: null },
  "carries-full": { closes: false, retryMs: 60_000 },
  "member-unknown": { closes: false, retryMs: null },
  "file-name-invalid": { closes: false, retryMs: null },
  "file-too-large": { closes: false, retryMs: null },
  "disk-low": { closes: false, retryMs: 5_000 },
  "file-unknown": { closes: false, retryMs: null },
  "file-over": { closes: false, retryMs: null },
  "file-gone": { closes: false, retryMs: null },
  "owner-only": { closes: false, retryMs: null },
  "ticket-invalid": { closes: false, retryMs: 0 },
  "offset-wrong": { closes: false, retryMs: 0 },
} as const satisfies Record<string, { closes: boolean; retryMs: number | null }>;

export type ErrorCode = keyof typeof errorCodes;
export type FaultCode = {
  [C in ErrorCode]: (typeof errorCodes)[C]["closes"] extends true ? C : never;
}[ErrorCode];
export type RefusalCode = Exclude<ErrorCode, FaultCode>;

/** What an error frame may carry beside code and sentence, so that a program can act on it. */
export type ErrorDetails = {
  /** Milliseconds, in place of the table's. */
  retryMs?: number;
  room?: string;
  device?: string;
  n?: number;
  /** A name that is free now. */
  suggestion?: string;
  epoch?: string;
  head?: number;
  oldest?: number;
  /** The highest n of this device in this room. */
  mark?: number;
  file?: string;
  /** Where the upload has to go on, or the size that a download asked beyond. */
  offset?: number;
  /** The most bytes that a file may have. */
  bytesMax?: number;
};

/** The peer may not do this: one error frame, and the connection stays. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
  }
}

/** The peer broke the protocol, or the relay must let go: one error frame, and the connection ends. */
export class Fault extends Error {
  override readonly name = "Fault";
  constructor(
    readonly code: FaultCode,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
  }
}
