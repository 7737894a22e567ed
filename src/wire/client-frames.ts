import * as v from "valibot";
import { folderSchema } from "./file-entry.ts";
import {
  about,
  box,
  bytes,
  carryCode,
  device,
  epoch,
  fileId,
  id,
  member,
  optional,
  position,
  publicKey,
  secret,
  seq,
  signature,
  text,
} from "./frame.ts";
import { limits } from "./limits.ts";

/*
 * The frames that a client may send once the prelude is done: one schema each, which is the type, the check
 * and, through its descriptions, the document. `post`, the hottest, is checked by hand in post.ts.
 */

const request = optional(about(id, "Number of the request, repeated by its answer"));
const room = about(text, "The room's id");

const helloSchema = v.object({
  type: v.literal("hello"),
  id: request,
  key: about(publicKey, "The member's public key (Ed25519): 32 bytes in base64url"),
  signature: about(signature, "Signature of the challenge by that key: 64 bytes in base64url"),
  name: about(text, `The name wished for: 1 to ${limits.nameCharsMax} characters`),
  keepsName: optional(
    about(v.boolean(), "Whether a key that has a name already stays with it; false when absent"),
  ),
});

const joinSchema = v.object({
  type: v.literal("join"),
  id: request,
  room: about(text, `The room's id: 1 to ${limits.roomCharsMax} characters`),
  after: optional(about(position, "Send every entry after this seq; needs epoch")),
  epoch: optional(about(epoch, "The epoch to which `after` belongs")),
  last: optional(
    about(
      v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(limits.pageEntriesMax)),
      `Without after: how many of the newest entries to send, 0 to ${limits.pageEntriesMax}; 50 when absent`,
    ),
  ),
  key: optional(about(text, "The room key of a closed room")),
  create: optional(
    about(
      v.boolean(),
      "Whether to make the room where there is none; true when absent, false when absent beside a key",
    ),
  ),
});

const leaveSchema = v.object({ type: v.literal("leave"), id: request, room });

const historySchema = v.object({
  type: v.literal("history"),
  id: request,
  room,
  before: about(seq, "Send entries before this seq"),
  limit: optional(
    about(
      v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(limits.pageEntriesMax)),
      `How many at most, 1 to ${limits.pageEntriesMax}; 50 when absent`,
    ),
  ),
});

export const postSchema = v.object({
  type: v.literal("post"),
  id: request,
  room,
  device: about(device, `The sending device, chosen by it: 1 to ${limits.deviceCharsMax} of A-Z a-z 0-9 _ -`),
  n: about(seq, "Number of the message, rising for each device and room"),
  text: about(text, `The message: 1 to ${limits.textBytesMax} bytes`),
});

const typingSchema = v.object({ type: v.literal("typing"), id: request, room });

const renameSchema = v.object({
  type: v.literal("rename"),
  id: request,
  name: about(text, `The new name: 1 to ${limits.nameCharsMax} characters`),
});

const hostSchema = v.object({
  type: v.literal("host"),
  id: request,
  secret: about(secret, "The secret of the server's host, from its start address: 32 bytes in base64url"),
});

const freeSchema = v.object({
  type: v.literal("free"),
  id: request,
  name: about(text, "The name that anybody may claim again"),
});

const carrySchema = v.object({
  type: v.literal("carry"),
  id: request,
  box: about(box, `The encrypted key: 1 to ${limits.boxCharsMax} characters of base64url`),
});

const takeSchema = v.object({
  type: v.literal("take"),
  id: request,
  code: about(carryCode, "The box's code: 16 bytes in base64url"),
});

const offerSchema = v.object({
  type: v.literal("offer"),
  id: request,
  room,
  device: about(device, `The sending device, chosen by it: 1 to ${limits.deviceCharsMax} of A-Z a-z 0-9 _ -`),
  n: about(seq, "Number of the offer, from the same row as those of messages"),
  name: about(text, "The file's name; the relay makes it safe"),
  size: about(bytes, "How many bytes will be put"),
  folder: optional(about(folderSchema, "For a folder, sent as one file: what is in it")),
});

const ticketRequestSchema = v.object({
  type: v.literal("ticket"),
  id: request,
  room,
  file: about(fileId, "The file"),
  action: about(
    v.picklist(["put", "get", "view"]),
    "put: to send its bytes, for the offering member; get: to receive them; view: to look at them, which does not count as received",
  ),
});

const cancelSchema = v.object({
  type: v.literal("cancel"),
  id: request,
  room,
  file: about(fileId, "The file whose upload ends"),
  reason: optional(
    about(
      v.picklist(["cancelled", "changed"]),
      "Why; cancelled when absent. changed: the file is another one now",
    ),
  ),
});

const directRequestSchema = v.object({
  type: v.literal("direct"),
  id: request,
  member: about(member, "The other one"),
});

const lobbyRequestSchema = v.object({
  type: v.literal("lobby"),
  id: request,
  all: optional(about(v.boolean(), "For hosts: closed rooms as well into which one could not come")),
  from: optional(about(position, "How many rooms to leave out, of those that come first; 0 when absent")),
});

const aboutRequestSchema = v.object({ type: v.literal("about"), id: request, room });

const rekeySchema = v.object({
  type: v.literal("rekey"),
  id: request,
  room,
  key: about(
    v.nullable(text),
    `The new room key: ${limits.roomKeyCharsMin} to ${limits.roomKeyCharsMax} characters; null opens the room`,
  ),
});

const removeSchema = v.object({
  type: v.literal("remove"),
  id: request,
  room,
  member: about(member, "Who has to go"),
});

const admitSchema = v.object({
  type: v.literal("admit"),
  id: request,
  room,
  member: about(member, "Who was removed, and may come in again"),
});

const deleteSchema = v.object({ type: v.literal("delete"), id: request, room });

const pingSchema = v.object({ type: v.literal("ping") });
const pongSchema = v.object({ type: v.literal("pong") });

/** Every frame that a client may send after the prelude, by its type. */
export const clientFrames = {
  hello: helloSchema,
  join: joinSchema,
  leave: leaveSchema,
  history: historySchema,
  post: postSchema,
  typing: typingSchema,
  rename: renameSchema,
  host: hostSchema,
  free: freeSchema,
  carry: carrySchema,
  take: takeSchema,
  offer: offerSchema,
  ticket: ticketRequestSchema,
  cancel: cancelSchema,
  direct: directRequestSchema,
  lobby: lobbyRequestSchema,
  about: aboutRequestSchema,
  rekey: rekeySchema,
  remove: removeSchema,
  admit: admitSchema,
  delete: deleteSchema,
  ping: pingSchema,
  pong: pongSchema,
} as const;

export type ClientFrames = { [T in keyof typeof clientFrames]: v.InferOutput<(typeof clientFrames)[T]> };
export type ClientFrame = ClientFrames[keyof ClientFrames];
