import { limits } from "./limits.ts";
import { charCount } from "./utf8.ts";

/** Why something cannot be the key of a room. */
export type RoomKeyProblem = "too-short" | "too-long" | "characters";

const forbidden = /[\p{Cc}\p{Cs}]/u;

/**
 * Checks the key of a closed room, and brings it into the form in which it is compared: NFC, without white space
 * around it, for two keyboards write the same word in different bytes. Case counts.
 *
 * @see docs/PROTOCOL.md §21.3
 */
export function checkRoomKey(
  raw: string,
): { ok: true; key: string } | { ok: false; problem: RoomKeyProblem } {
  const key = raw.normalize("NFC").trim();
  const count = charCount(key);
  if (count < limits.roomKeyCharsMin) return { ok: false, problem: "too-short" };
  if (count > limits.roomKeyCharsMax) return { ok: false, problem: "too-long" };
  return forbidden.test(key) ? { ok: false, problem: "characters" } : { ok: true, key };
}
