import * as v from "valibot";
import { folderSchema } from "./file-entry.ts";
import { about, bytes, fileId, optional, sha256, text, ticket } from "./frame.ts";

/*
 * The frames of a transfer connection: after the challenge, in place of the hello. A ticket says who and what.
 */

const permit = about(ticket, "A ticket of the session's: 32 bytes in base64url");

const putSchema = v.object({
  type: v.literal("put"),
  ticket: permit,
  offset: about(bytes, "How many bytes the server has: those that follow begin here"),
});

const getSchema = v.object({
  type: v.literal("get"),
  ticket: permit,
  offset: about(bytes, "The first byte wanted"),
  length: optional(about(bytes, "How many bytes are wanted; all to the end when absent")),
});

const statSchema = v.object({ type: v.literal("stat"), ticket: permit });

const cancelPutSchema = v.object({ type: v.literal("cancel"), ticket: permit });

/** Every frame that a client may send on a transfer connection, by its type. */
export const transferFrames = {
  put: putSchema,
  get: getSchema,
  stat: statSchema,
  cancel: cancelPutSchema,
} as const;

const readySchema = v.object({
  type: v.literal("ready"),
  file: about(fileId, "The file"),
  action: about(v.picklist(["put", "get", "view"]), "What the ticket allows"),
  state: about(
    v.picklist(["arriving", "complete", "failed"]),
    "arriving: not all of it is there; complete: all of it; failed: it will never be there",
  ),
  offset: about(bytes, "put and stat: how many bytes the server has; get: the first byte that follows"),
  length: optional(about(bytes, "get: how many bytes follow")),
  size: about(bytes, "How many bytes the file has"),
  fileName: about(text, "The file's name, made safe"),
  mediaType: about(text, "The media type, told from the bytes that are there"),
  sha256: optional(about(sha256, "SHA-256 of a complete file: 64 hexadecimal digits")),
  folder: optional(about(folderSchema, "For a folder: what is in it")),
});

const storedSchema = v.object({
  type: v.literal("stored"),
  file: about(fileId, "The file"),
  sha256: about(sha256, "SHA-256 of all of its bytes: 64 hexadecimal digits"),
  mediaType: about(text, "The media type, told from the bytes"),
});

const cancelledSchema = v.object({
  type: v.literal("cancelled"),
  file: about(fileId, "The file whose upload has ended"),
});

/** Every frame that a relay sends on a transfer connection beside `error`, by its type. */
export const transferAnswers = {
  ready: readySchema,
  stored: storedSchema,
  cancelled: cancelledSchema,
} as const;

export type TransferFrames = {
  [T in keyof typeof transferFrames]: v.InferOutput<(typeof transferFrames)[T]>;
};
export type TransferFrame = TransferFrames[keyof TransferFrames];
export type Ready = v.InferOutput<typeof readySchema>;
export type Stored = v.InferOutput<typeof storedSchema>;
export type FileAction = Ready["action"];
