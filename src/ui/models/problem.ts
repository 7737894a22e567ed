import type { ErrorCode } from "../../wire/errors.ts";
import { limits } from "../../wire/limits.ts";
import type { NameCheck, NameProblem } from "../../wire/names.ts";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import type { Key, Values } from "./i18n.ts";
import { formatBytes } from "./i18n.ts";

/** Why something was not done, to be told by `t(key, values)`. */
export type Problem = {
  key: Key;
  values?: Values;
  /** A name that is free. */
  suggestion?: string;
};

export const offline: Problem = { key: "problem.offline" };

const keys: { [C in ErrorCode]?: Key } = {
  "name-taken": "problem.name-taken",
  "name-invalid": "problem.name-invalid",
  "name-unknown": "problem.name-unknown",
  "name-in-use": "problem.name-in-use",
  "room-invalid": "problem.room-invalid",
  "room-unknown": "problem.room-unknown",
  "room-taken": "problem.room-taken",
  "room-closed": "problem.room-closed",
  "room-key-wrong": "problem.room-key-wrong",
  "key-tries": "problem.key-tries",
  removed: "problem.removed",
  "maker-only": "problem.maker-only",
  "room-full": "problem.room-full",
  "rooms-too-many": "problem.rooms-too-many",
  "text-empty": "problem.text-empty",
  "text-too-long": "problem.text-too-long",
  "host-only": "problem.host-only",
  "carries-full": "problem.carries-full",
  "member-unknown": "problem.member-unknown",
  "file-name-invalid": "problem.file-name-invalid",
  "file-too-large": "problem.file-too-large",
  "file-unknown": "problem.file-gone",
  "file-over": "problem.file-over",
  "file-gone": "problem.file-gone",
  "disk-low": "problem.disk-low",
};

/** The problem that a refusal of the relay is; a code that is not known here shows the relay's own sentence. */
export function problemOf(error: RelayFrames["error"], values: Values = {}): Problem {
  return {
    key: keys[error.code as ErrorCode] ?? "problem.other",
    values: {
      message: error.message,
      seconds: Math.ceil((error.retryMs ?? 0) / 1000),
      ...(error.bytesMax === undefined ? {} : { max: formatBytes(error.bytesMax) }),
      ...values,
    },
    ...(error.suggestion === undefined ? {} : { suggestion: error.suggestion }),
  };
}

const aboutKey = new Set<Key>([
  "problem.room-closed",
  "problem.room-key-wrong",
  "problem.key-too-short",
  "problem.key-too-long",
  "problem.key-characters",
  "problem.key-tries",
]);

/** Whether a problem of a join is to be mended in the field of the room key. */
export function isAboutKey(problem: Problem | null): boolean {
  return problem !== null && aboutKey.has(problem.key);
}

const nameKeys = {
  name: { empty: "problem.name-empty", "too-long": "problem.name-too-long", other: "problem.name-invalid" },
  room: { empty: "problem.room-empty", "too-long": "problem.room-too-long", other: "problem.room-invalid" },
} as const;

/** The problem that a name or a room has before it is sent; null when it has none. */
export function nameProblem(what: "name" | "room", checked: NameCheck): Problem | null {
  if (checked.ok) return null;
  const known: NameProblem = checked.problem;
  const max = what === "name" ? limits.nameCharsMax : limits.roomCharsMax;
  return {
    key: nameKeys[what][known === "empty" || known === "too-long" ? known : "other"],
    values: { max },
  };
}
