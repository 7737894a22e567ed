import { type ErrorCode, errorCodes } from "../wire/errors.ts";
import type { LinkEnd } from "./relay-link.ts";

/** What stands in the way of a transfer, beside what the relay says. */
type OwnReason =
  | LinkEnd
  /** This program has no relay. */
  | "no-target"
  /** As many transfers are under way as may be. */
  | "transfers-full"
  /** Nothing came, or nothing was taken, for too long. */
  | "stalled"
  /** The relay answered with something else than asked for. */
  | "answer-unexpected"
  /** The browser, or the program itself, let go. */
  | "cut";

/** Why a transfer cannot be, or cannot go on. */
export class TransferProblem extends Error {
  override readonly name = "TransferProblem";

  /**
   * @param sentence  Says what to do; shown to whoever asked.
   * @param offset    Where an upload has to go on, where the relay said so.
   */
  constructor(
    readonly reason: ErrorCode | OwnReason,
    sentence: string,
    readonly offset?: number,
  ) {
    super(sentence);
  }

  /** The status with which HTTP says it. */
  get status(): number {
    // A relay may name any code at all.
    return (Object.hasOwn(statuses, this.reason) && statuses[this.reason]) || 502;
  }

  /** After how many seconds it may be tried again; undefined where trying alone does not help. */
  get retrySeconds(): number | undefined {
    if (this.reason === "transfers-full") return 5;
    if (!Object.hasOwn(errorCodes, this.reason)) return undefined;
    const { retryMs } = errorCodes[this.reason as ErrorCode];
    return retryMs === null || retryMs === 0 ? undefined : Math.ceil(retryMs / 1000);
  }
}

/** What is not here is 502: the relay, or the way to it, is not as it should be, and trying again may help. */
const statuses: { readonly [R in TransferProblem["reason"]]?: number } = {
  "bad-frame": 400,
  "ticket-invalid": 403,
  "owner-only": 403,
  "file-unknown": 404,
  stalled: 408,
  silence: 408,
  "offset-wrong": 409,
  "file-over": 410,
  "file-gone": 410,
  "upload-failed": 410,
  "too-many-bytes": 413,
  "taken-over": 423,
  busy: 503,
  "shutting-down": 503,
  "no-target": 503,
  "transfers-full": 503,
  "disk-low": 507,
  "disk-full": 507,
  "storage-full": 507,
};
