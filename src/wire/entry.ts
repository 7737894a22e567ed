import * as v from "valibot";
import { common } from "./entry-fields.ts";
import type { FileDraft } from "./file-entry.ts";
import { about, device, seq, text } from "./frame.ts";

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
  action: about(v.picklist(["created"]), "What was done: created"),
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

/** What is known of an entry before the log gives it a seq and the relay a time. */
export type Draft =
  | { kind: "message"; member: string; name: string; device: string; n: number; text: string }
  | { kind: "room"; member: string; name: string; action: RoomEvent["action"] }
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
      return `${head},"kind":"room","action":"${draft.action}"}\n`;
    case "file":
      return `${head},"kind":"file",${JSON.stringify(draft.event).slice(1)}\n`;
  }
}
