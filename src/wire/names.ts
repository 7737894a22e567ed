import { limits } from "./limits.ts";
import { charCount } from "./utf8.ts";

/** Why a name or a room id cannot be used. */
export type NameProblem = "empty" | "too-long" | "characters" | "reserved";

/** A name as it is shown, and the form in which it is compared with others; or why it cannot be one. */
export type NameCheck = { ok: true; name: string; fold: string } | { ok: false; problem: NameProblem };

// Controls, lone surrogates, private use, and the invisible characters that reorder or hide text (Cf), but for
// the two joiners that Persian, Indic scripts and emoji need.
const forbidden = /[\p{Cc}\p{Cs}\p{Co}]|(?![\u200c\u200d])\p{Cf}/u;
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Checks a person's name.
 *
 * White space around it is dropped and inside it becomes one blank; the letters are put into NFC.
 *
 * @see docs/PROTOCOL.md "Names"
 */
export function checkName(raw: string): NameCheck {
  return check(raw, limits.nameCharsMax);
}

/**
 * Checks the id of a room, by the rules of names; "@" in front is kept for conversations of two.
 *
 * @see docs/PROTOCOL.md "Names"
 */
export function checkRoom(raw: string): NameCheck {
  const checked = check(raw, limits.roomCharsMax);
  // By the fold, or a wide "@" would take the place of such a conversation.
  return checked.ok && checked.fold.startsWith("@") ? { ok: false, problem: "reserved" } : checked;
}

/**
 * Suggests a name like one that is taken.
 *
 * @param name     A valid name.
 * @param attempt  2, 3, 4 ...: which suggestion this is.
 * @returns        A valid name: the name, cut where it must be, a blank and the attempt.
 */
export function suggestName(name: string, attempt: number): string {
  const suffix = ` ${attempt}`;
  const kept = [...name].slice(0, limits.nameCharsMax - suffix.length).join("");
  return kept.trimEnd() + suffix;
}

function check(raw: string, charsMax: number): NameCheck {
  const name = raw
    .normalize("NFC")
    .trim()
    .replace(/[\s\p{Zs}]+/gu, " ");
  if (name === "") return { ok: false, problem: "empty" };
  if (charCount(name) > charsMax) return { ok: false, problem: "too-long" };
  if (forbidden.test(name)) return { ok: false, problem: "characters" };
  const fold = foldName(name);
  // Only joiners, fillers and the like: a name that nobody could see.
  if (fold === "") return { ok: false, problem: "empty" };
  return { ok: true, name, fold };
}

/** Two names are the same when their folds are: compatibility forms, case and invisible characters do not count. */
function foldName(name: string): string {
  const visible = name.normalize("NFKC").replace(invisible, "");
  // By way of upper case, which unites letters whose lower cases differ, as with the final sigma and the long s;
  // and to it from lower case, for the capital sharp s is not the upper case of the small one, which is "SS".
  return visible.toLowerCase().toUpperCase().toLowerCase().normalize("NFKC").trim();
}
