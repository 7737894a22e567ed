import * as v from "valibot";
import { acceptSchema, bridgeStateSchema, joinAddressSchema } from "../../src/wire/bridge-state.ts";
import { clientFrames } from "../../src/wire/client-frames.ts";
import { messageSchema, otherEntrySchema, roomEventSchema, roomMemberSchema } from "../../src/wire/entry.ts";
import { fileEntrySchemas, folderSchema } from "../../src/wire/file-entry.ts";
import { transferAnswers, transferFrames } from "../../src/wire/file-frames.ts";
import { preludeAnswerSchema, preludeSchema } from "../../src/wire/prelude.ts";
import { personSchema, relayFrames } from "../../src/wire/relay-frames.ts";

type Schema = v.GenericSchema;

/** A field as the tables of the document show it; `meaning` is undefined where the schema has no sentence. */
export type Field = { name: string; form: string; isRequired: boolean; meaning: string | undefined };

/** Every kind of entry, by its name in the document; "other" has no table, but must have one when it gets fields. */
const entries = {
  message: messageSchema,
  room: roomEventSchema,
  "room-member": roomMemberSchema,
  ...Object.fromEntries(
    fileEntrySchemas.map((schema) => [`file-${schema.entries.action.literal}`, schema] as const),
  ),
};

/**
 * Every object that the document has a table for, by the name that stands in the comment above the table.
 * A frame that somebody adds to the wire is here at once, and the document's test fails until it is described.
 */
export const schemas: ReadonlyMap<string, Schema> = new Map<string, Schema>([
  ["opening/prelude", preludeSchema],
  ["opening/prelude-answer", preludeAnswerSchema],
  ...named("client", clientFrames),
  ...named("relay", relayFrames).filter(([name]) => name !== "relay/entry"),
  ...named("entry", entries),
  ...named("transfer", { ...transferFrames, ...transferAnswers }),
  ["part/person", personSchema],
  ["part/folder", folderSchema],
  ["bridge/state", bridgeStateSchema],
  ["bridge/join", joinAddressSchema],
  ["bridge/accept", acceptSchema],
]);

/** The schemas of the kinds of entry, to be compared with those that have a table. */
export const entryKinds: readonly Schema[] = relayFrames.entry.options.filter(
  (kind) => kind !== otherEntrySchema,
);
export const entryTables: readonly Schema[] = Object.values(entries);

/** The fields of an object but for `type`, in their order. */
export function fieldsOf(schema: Schema): Field[] {
  const { entries: fields } = schema as unknown as { entries: Record<string, Schema> };
  return Object.entries(fields)
    .filter(([name]) => name !== "type")
    .map(([name, field]) => {
      const isRequired = field.type !== "exact_optional";
      const inner = isRequired ? field : wrapped(field);
      return { name, form: formOf(inner), isRequired, meaning: v.getDescription(inner as never) };
    });
}

/** Objects that have a name and a table of their own, by their fields: a sentence makes another schema of the same ones. */
const parts = new Map<object, string>([
  [personSchema.entries, "person"],
  [folderSchema.entries, "folder"],
]);

/** How the document writes a form: see its §1.2. */
function formOf(schema: Schema): string {
  const pipe = pipeOf(schema);
  const find = (type: string) =>
    pipe.find((part) => part.type === type) as { requirement?: unknown } | undefined;
  switch (schema.type) {
    case "string": {
      const regex = find("regex")?.requirement;
      return regex === undefined ? "text" : formOfRegex(regex as RegExp);
    }
    case "number": {
      if (find("safe_integer") === undefined) return "number";
      const least = find("min_value")?.requirement;
      const most = find("max_value")?.requirement;
      if (least === undefined) return "int";
      return most === undefined ? `int ≥ ${least}` : `int ${least}–${most}`;
    }
    case "boolean":
      return "bool";
    case "literal":
      return JSON.stringify((schema as unknown as { literal: unknown }).literal);
    case "picklist":
      return (schema as unknown as { options: unknown[] }).options
        .map((option) => JSON.stringify(option))
        .join(" or ");
    case "nullable":
      return `${formOf(wrapped(schema))} or null`;
    case "array": {
      const item = formOf((schema as unknown as { item: Schema }).item);
      const most = find("max_length")?.requirement;
      return most === undefined
        ? `list of ${item}`
        : `list of ${item}, ${find("min_length")?.requirement ?? 0}–${most}`;
    }
    case "object":
      return parts.get((schema as unknown as { entries: object }).entries) ?? formOfObject(schema);
    default:
      throw new Error(`Cannot write the form of a ${schema.type}: §1.2 has no word for it`);
  }
}

function formOfObject(schema: Schema): string {
  return `{${fieldsOf(schema)
    .map(({ name, form }) => `${name}: ${form}`)
    .join(", ")}}`;
}

function formOfRegex({ source }: RegExp): string {
  // All characters but the last one, and a class of its own for that one.
  const base64url = /^\^\[A-Za-z0-9_-\]\{(\d+)\}\[[A-Za-z0-9]+\]\$$/.exec(source)?.[1];
  if (base64url !== undefined) return `base64url(${Math.floor(((Number(base64url) + 1) * 6) / 8)})`;
  if (source.startsWith("^m[1-9]")) return "member";
  if (source === "^[A-Za-z0-9_-]+$") return "device";
  if (source === "^[\\w-]+$") return "box";
  if (source.startsWith("^[a-z2-7]{4}")) return "short";
  const digits = /^\^\[0-9a-f\]\{(\d+)\}\$$/.exec(source)?.[1];
  if (digits !== undefined) return `hex(${Number(digits) / 2})`;
  throw new Error(`Cannot write the form of /${source}/: §1.2 has no word for it`);
}

/** All parts of a pipe of pipes, from the outside in. */
function pipeOf(schema: Schema): { type: string }[] {
  const { pipe } = schema as unknown as { pipe?: { kind: string; type: string }[] };
  if (pipe === undefined) return [];
  return pipe.flatMap((part) => (part.kind === "schema" ? pipeOf(part as unknown as Schema) : [part]));
}

function wrapped(schema: Schema): Schema {
  return (schema as unknown as { wrapped: Schema }).wrapped;
}

function named(group: string, frames: Record<string, Schema>): [string, Schema][] {
  return Object.entries(frames).map(([name, schema]) => [`${group}/${name}`, schema]);
}
