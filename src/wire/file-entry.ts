import * as v from "valibot";
import { common } from "./entry-fields.ts";
import { about, bytes, device, fileId, optional, seq, sha256, text } from "./frame.ts";
import { limits } from "./limits.ts";

/*
 * The entries of a file: offered as soon as its upload begins, then complete or failed, and received by those who
 * took all of it. They name it by its id.
 */

const file = about(fileId, "The file's id, made by the server: 16 bytes in base64url");
const kind = v.literal("file");

export const folderSchema = v.object({
  files: about(
    v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(limits.folderFilesMax)),
    `How many files are in it, 1 to ${limits.folderFilesMax}`,
  ),
  indexBytes: about(bytes, "Size of the index, which is the archive's first member"),
});

const fileOfferedSchema = v.object({
  ...common,
  kind,
  action: about(v.literal("offered"), "What happened: offered, its bytes are going to come"),
  device: about(device, "The device that offered it"),
  n: about(seq, "The device's number for it, as for messages"),
  file,
  fileName: about(text, "The file's name, made safe"),
  size: about(bytes, "How many bytes it has"),
  folder: optional(about(folderSchema, "For a folder: what is in it")),
});

const fileCompleteSchema = v.object({
  ...common,
  kind,
  action: about(v.literal("complete"), "What happened: complete, all of its bytes are kept"),
  file,
  sha256: about(sha256, "SHA-256 of the bytes: 64 hexadecimal digits"),
  mediaType: about(text, "The media type, told from the bytes and never from the name"),
});

const fileFailedSchema = v.object({
  ...common,
  kind,
  action: about(v.literal("failed"), "What happened: failed, it will never be complete"),
  file,
  reason: about(
    v.picklist(["cancelled", "changed", "expired", "storage"]),
    "Why: cancelled by a person; changed while it was being read; expired, parked for too long; storage, the server's disk failed",
  ),
});

const fileReceivedSchema = v.object({
  ...common,
  kind,
  action: about(v.literal("received"), "What happened: received, the entry's member took all of its bytes"),
  file,
});

/** What may happen to a file, each an entry. */
export const fileEntrySchemas = [
  fileOfferedSchema,
  fileCompleteSchema,
  fileFailedSchema,
  fileReceivedSchema,
] as const;

export type Folder = v.InferOutput<typeof folderSchema>;
export type FileEntry = v.InferOutput<(typeof fileEntrySchemas)[number]>;
export type FailReason = v.InferOutput<typeof fileFailedSchema>["reason"];

/** What an entry says of a file, in the order in which it stands in the line. */
export type FileEvent =
  | {
      action: "offered";
      device: string;
      n: number;
      file: string;
      fileName: string;
      size: number;
      folder?: Folder;
    }
  | { action: "complete"; file: string; sha256: string; mediaType: string }
  | { action: "failed"; file: string; reason: FailReason }
  | { action: "received"; file: string };

/** An entry of a file before the log gives it a seq. */
export type FileDraft = { kind: "file"; member: string; name: string; event: FileEvent };
