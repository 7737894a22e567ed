import * as v from "valibot";
import { about, device, member, seq, text, time } from "./frame.ts";

/*
 * An entry of a room's log. Its line is made once, kept as it is, and sent to everybody as it is.
 */

const common = {
  type: v.literal("entry"),
  room: about(text, "The room's id"),
  seq: about(seq, "Place in the room's log: 1, 2, 3 ... without gaps"),
  at: about(time, "When the relay took it, in ms since 1970 (UTC); for showing, never for ordering"),
  member: about(member, "Who: the author's id on this server"),
  name: about(text, "The author's name at that time"),
};

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
 * An entry of a kind that this version does not know (`file`, `amend`, `retract`, `react` are reserved):
 * it takes its place in the log, and is not shown.
 */
export const otherEntrySchema = v.object({
  ...common,
  kind: v.pipe(
    v.string(),
    v.notValues(["message", "room"]),
    v.transform(() => "other" as const),
  ),
});

export type Message = v.InferOutput<typeof messageSchema>;
type RoomEvent = v.InferOutput<typeof roomEventSchema>;

/** What is known of an entry before the log gives it a seq and the relay a time. */
export type Draft =
  | { kind: "message"; member: string; name: string; device: string; n: number; text: string }
  | { kind: "room"; member: string; name: string; action: RoomEvent["action"] };

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
  }
}
