import * as v from "valibot";
import { about, member, seq, text, time } from "./frame.ts";

/** The fields that every entry has. */
export const common = {
  type: v.literal("entry"),
  room: about(text, "The room's id"),
  seq: about(seq, "Place in the room's log: 1, 2, 3 ... without gaps"),
  at: about(time, "When the relay took it, in ms since 1970 (UTC); for showing, never for ordering"),
  member: about(member, "Who: the author's id on this server"),
  name: about(text, "The author's name at that time"),
};
