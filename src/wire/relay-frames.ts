import * as v from "valibot";
import { messageSchema, otherEntrySchema, roomEventSchema, roomMemberSchema } from "./entry.ts";
import type { ErrorCode, ErrorDetails } from "./errors.ts";
import { errorCodes } from "./errors.ts";
import { fileEntrySchemas } from "./file-entry.ts";
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
  seq,
  serverId,
  text,
  ticket,
  time,
} from "./frame.ts";
import { limits } from "./limits.ts";
import { challengeSchema } from "./prelude.ts";

/*
 * The frames that a relay sends once the prelude is done. Clients check them with these schemas; unknown
 * types and fields are to be ignored.
 */

const answer = optional(about(id, "The request that this answers"));
const room = about(text, "The room's id, spelled as its maker spelled it");
const name = about(text, "The member's name now");

const welcomeSchema = v.object({
  type: v.literal("welcome"),
  id: answer,
  member: about(member, "Your id on this server: the same whenever you come with this key"),
  name: about(text, "Your name as others see it"),
  isHost: about(v.boolean(), "Whether you are the host of this server"),
  server: about(serverId, "The server's id"),
  rate: about(v.number(), "Messages a second that you may post for long; 0: as many as you like"),
});

const joinedSchema = v.object({
  type: v.literal("joined"),
  id: answer,
  room,
  epoch: about(epoch, "The epoch of the room's log: 8 bytes in base64url"),
  head: about(position, "Seq of the newest entry now"),
  oldest: about(seq, "Seq of the oldest entry that is kept"),
  from: about(position, "Entries after this seq follow"),
  isNew: about(v.boolean(), "Whether this join made the room"),
  isClosed: optional(about(v.boolean(), "Whether the room is closed; absent for an open one")),
});

export const personSchema = v.object({ member: about(member, "The member's id"), name });

const peopleSchema = v.object({
  type: v.literal("people"),
  room,
  people: about(v.array(personSchema), `Who is in the room now: at most ${limits.peopleFrameMax} in a frame`),
  isFirst: about(v.boolean(), "Whether this frame begins the list anew"),
  isLast: about(v.boolean(), "Whether the list ends with this frame"),
});

const hereSchema = v.object({
  type: v.literal("here"),
  room,
  member: about(member, "Who came, or has a new name"),
  name,
});
const awaySchema = v.object({
  type: v.literal("away"),
  room,
  member: about(member, "Who is no longer in the room"),
});
const typingSignalSchema = v.object({
  type: v.literal("typing"),
  room,
  member: about(member, "Who is typing"),
  name,
});

const storageSchema = v.object({
  type: v.literal("storage"),
  isFull: about(v.boolean(), "Whether the server's disk is full: rooms can be read, not written"),
});

const pageSchema = v.object({
  type: v.literal("page"),
  id: answer,
  room,
  first: about(position, "Seq of the first entry of the page; 0 when the page is empty"),
  last: about(position, "Seq of the last entry of the page; 0 when the page is empty"),
  oldest: about(
    seq,
    "Seq of the oldest entry that is kept: the page is the last one when first is not above it",
  ),
});

const okSchema = v.object({
  type: v.literal("ok"),
  id: answer,
  name: optional(about(text, "The name as it was taken (answer to rename)")),
});

export const errorSchema = v.object({
  type: v.literal("error"),
  id: answer,
  code: about(text, "Stable code, see the table of errors"),
  message: about(text, "A sentence that says what to do"),
  closes: about(v.boolean(), "Whether the connection ends with this frame"),
  retryMs: about(
    v.nullable(v.number()),
    "When the same request may be sent again: null, never; else after so many ms",
  ),
  room: optional(about(text, "The room it is about")),
  device: optional(about(device, "The device of the post it is about")),
  n: optional(about(seq, "The n of the post it is about")),
  suggestion: optional(about(text, "A name that is free")),
  epoch: optional(about(epoch, "The epoch of the room's log")),
  head: optional(about(position, "Seq of the newest entry")),
  oldest: optional(about(seq, "Seq of the oldest entry that is kept")),
  mark: optional(about(position, "The highest n of this device in this room")),
  file: optional(about(fileId, "The file it is about")),
  offset: optional(
    about(bytes, "Where an upload has to go on; the file's size, where a download asked beyond it"),
  ),
  bytesMax: optional(about(bytes, "The most bytes that a file may have here")),
});

const ticketSchema = v.object({
  type: v.literal("ticket"),
  id: answer,
  file: about(fileId, "The file that it is for"),
  action: about(v.picklist(["put", "get", "view"]), "What it allows, see the request"),
  ticket: about(ticket, "The ticket: 32 random bytes in base64url"),
  expiresMs: about(v.number(), "How long it is good for when it is not used: each use begins this time anew"),
});

const progressSchema = v.object({
  type: v.literal("progress"),
  room,
  file: about(fileId, "The file"),
  bytes: about(bytes, "How many of its bytes the server has"),
  state: about(
    v.picklist(["arriving", "parked"]),
    "arriving: bytes are coming; parked: none for a while, and what came is kept",
  ),
});

const directSchema = v.object({
  type: v.literal("direct"),
  room: about(text, "The id of the conversation: join it by this"),
  member: about(member, "The other one"),
  name: about(text, "The other one's name now"),
  head: about(position, "Seq of the newest entry"),
});

const lobbySchema = v.object({
  type: v.literal("lobby"),
  id: answer,
  rooms: about(
    v.array(v.object({ room: text, people: position, at: time, isClosed: v.boolean() })),
    "The rooms, the one in which something was said last first",
  ),
  isLast: about(v.boolean(), "Whether no room comes after these"),
});

const aboutSchema = v.object({
  type: v.literal("about"),
  id: answer,
  room,
  isClosed: about(v.boolean(), "Whether one needs its key to enter"),
  maker: about(v.nullable(personSchema), "Who made it; null where nobody with a key did"),
  mayManage: about(v.boolean(), "Whether you may change its key, remove people, delete it"),
  removed: about(
    v.array(personSchema),
    `Who was removed, for those who may let them in again: at most ${limits.peopleFrameMax}, the newest first`,
  ),
});

const outSchema = v.object({
  type: v.literal("out"),
  room,
  reason: about(
    v.picklist(["removed", "deleted"]),
    "removed: you have to stay out; deleted: the room is no more",
  ),
  member: about(member, "Who did it"),
  name,
});

const carriedSchema = v.object({
  type: v.literal("carried"),
  id: answer,
  code: about(carryCode, "Whoever shows it first gets the box: 16 random bytes in base64url"),
  expiresMs: about(v.number(), "How long the box is kept"),
});

const boxSchema = v.object({
  type: v.literal("box"),
  id: answer,
  box: about(box, "What was deposited with `carry`; nobody gets it again"),
});

const takenSchema = v.object({
  type: v.literal("taken"),
  code: about(carryCode, "The code of your box that somebody has taken just now"),
});

const relayPingSchema = v.object({ type: v.literal("ping") });
const relayPongSchema = v.object({ type: v.literal("pong") });

/** Every frame that a relay sends after the prelude, by its type. Entries have a kind as well. */
export const relayFrames = {
  challenge: challengeSchema,
  welcome: welcomeSchema,
  joined: joinedSchema,
  people: peopleSchema,
  here: hereSchema,
  away: awaySchema,
  typing: typingSignalSchema,
  storage: storageSchema,
  page: pageSchema,
  ticket: ticketSchema,
  progress: progressSchema,
  direct: directSchema,
  lobby: lobbySchema,
  about: aboutSchema,
  out: outSchema,
  carried: carriedSchema,
  box: boxSchema,
  taken: takenSchema,
  ok: okSchema,
  error: errorSchema,
  ping: relayPingSchema,
  pong: relayPongSchema,
  entry: v.union([messageSchema, roomEventSchema, roomMemberSchema, ...fileEntrySchemas, otherEntrySchema]),
} as const;

export type RelayFrames = { [T in keyof typeof relayFrames]: v.InferOutput<(typeof relayFrames)[T]> };
export type RelayFrame = RelayFrames[keyof RelayFrames];

/** Makes the line of a frame, LF included. */
export function encodeFrame(frame: object): string {
  return `${JSON.stringify(frame)}\n`;
}

/** The frame for a refusal or a fault, answering request `id` where there was one. */
export function errorFrame(
  error: { code: ErrorCode; message: string; details: ErrorDetails },
  id?: number,
): RelayFrames["error"] {
  const { closes, retryMs } = errorCodes[error.code];
  return {
    type: "error",
    ...(id === undefined ? {} : { id }),
    code: error.code,
    message: error.message,
    closes,
    retryMs,
    ...error.details,
  };
}
