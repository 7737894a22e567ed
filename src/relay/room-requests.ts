import type { Member } from "../room/member.ts";
import type { Rooms } from "../room/rooms.ts";
import type { Connection } from "../room/seat.ts";
import type { ClientFrame, ClientFrames } from "../wire/client-frames.ts";
import { Refusal } from "../wire/errors.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";

/** What a session asks of rooms in which it need not be. */
type RoomRequest = ClientFrames["lobby" | "about" | "rekey" | "remove" | "admit" | "delete"];

export function isRoomRequest(frame: ClientFrame): frame is RoomRequest {
  return ["lobby", "about", "rekey", "remove", "admit", "delete"].includes(frame.type);
}

/**
 * Does what a frame asks, and answers it.
 *
 * @throws {Refusal} what the rooms and their stewards say, with the room.
 * @throws {StorageFull}
 */
export async function handleRoomRequest(
  rooms: Rooms,
  member: Member,
  connection: Connection,
  frame: RoomRequest,
): Promise<void> {
  const id = frame.id === undefined ? {} : { id: frame.id };
  if (frame.type === "lobby") {
    const answer: RelayFrames["lobby"] = { type: "lobby", ...id, ...rooms.lobby.listFor(member, frame) };
    connection.send(answer);
    return;
  }
  try {
    if (frame.type === "about") {
      const about = await rooms.stewards.about(member, frame.room);
      const answer: RelayFrames["about"] = { type: "about", ...id, ...about };
      connection.send(answer);
      return;
    }
    await manage(rooms, member, frame);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(error.code, error.message, { room: frame.room, ...error.details });
  }
  connection.send({ type: "ok", ...id });
}

function manage(
  { stewards }: Rooms,
  member: Member,
  frame: Exclude<RoomRequest, { type: "lobby" | "about" }>,
): Promise<void> {
  switch (frame.type) {
    case "rekey":
      return stewards.rekey(member, frame);
    case "remove":
      return stewards.remove(member, frame);
    case "admit":
      return stewards.admit(member, frame);
    case "delete":
      return stewards.delete(member, frame.room);
  }
}
