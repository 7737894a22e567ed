import * as v from "valibot";
import { common } from "./entry-fields.ts";
import type { FileDraft } from "./file-entry.ts";
import { about, device, member, seq, text } from "./frame.ts";

/*
 * An entry of a room's log. Its line is made once, kept as it is, and sent to everybody as it is.
 */

export const messageSchema = v.object({
  ...common,
  kind: v.literal("message"),
  device: about(device, "The device that posted it"),
  n: about(seq, "The device's number for it: device and n tell a client which of its posts this is"),
  text: about(text, "The message"),
});

export const roomEventSchema = v.object({
  ...common,
  kind: v.literal("room"),
  action: about(
    v.picklist(["created", "closed", "rekeyed", "opened"]),
    "What was done: made, given a key, given another key, opened to everybody",
  ),
});

export const roomMemberSchema = v.object({
  ...common,
  kind: v.literal("room"),
  action: about(v.picklist(["removed", "admitted"]), "What was done to somebody: removed, let in again"),
  who: about(member, "To whom"),
  whoName: about(text, "Their name at that time"),
});

/**
 * An entry of a kind that this version does not know (`amend`, `retract`, `react` are reserved):
 * it takes its place in the log, and is not shown.
 */
export const otherEntrySchema = v.object({
  ...common,
  kind: v.pipe(
    v.string(),
    v.notValues(["message", "room", "file"]),
    v.transform(() => "other" as const),
  ),
});

type RoomEvent = v.InferOutput<typeof roomEventSchema>;
type RoomMemberEvent = v.InferOutput<typeof roomMemberSchema>;

/** What is known of an entry before the log gives it a seq and the relay a time. */
export type Draft =
  | { kind: "message"; member: string; name: string; device: string; n: number; text: string }
  | { kind: "room"; member: string; name: string; action: RoomEvent["action"] }
  | ({ kind: "room"; member: string; name: string } & Pick<RoomMemberEvent, "action" | "who" | "whoName">)
  | FileDraft;

/**
 * Makes the line of an entry, LF included.
 *
 * By hand, because this is the relay's hottest path: JSON.stringify over the whole object takes twice as long.
 *
 * @param room  The room's id as JSON, quotes included: encoded once for the room.
 */
export function encodeEntry(room: string, seq: number, at: number, draft: Draft): string {
  const head = `{"type":"entry","room":${room},"seq":${seq},"at":${at},"member":"${draft.member}","name":${JSON.stringify(draft.name)}`;
  switch (draft.kind) {
    case "message":
      return `${head},"kind":"message","device":"${draft.device}","n":${draft.n},"text":${JSON.stringify(draft.text)}}\n`;
    case "room":
      return `${head},"kind":"room",${JSON.stringify(roomPart(draft)).slice(1)}\n`;
    case "file":
      return `${head},"kind":"file",${JSON.stringify(draft.event).slice(1)}\n`;
  }
}

function roomPart(draft: Extract<Draft, { kind: "room" }>): object {
  if (!("who" in draft)) return { action: draft.action };
  return { action: draft.action, who: draft.who, whoName: draft.whoName };
}
