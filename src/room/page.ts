import type { ClientFrames } from "../wire/client-frames.ts";
import { Refusal } from "../wire/errors.ts";
import { errorFrame } from "../wire/relay-frames.ts";
import type { Seat } from "./seat.ts";

/** How many entries a page has, and a room that is entered begins with, where nobody says how many. */
export const pageEntriesDefault = 50;

/** Gives a seat a page of older entries to read, and the `page` frame behind it. */
export function addPage(seat: Seat, frame: ClientFrames["history"]): void {
  const { room, connection } = seat;
  const until = Math.min(frame.before - 1, room.log.head);
  const after = Math.max(until - (frame.limit ?? pageEntriesDefault), room.oldest - 1);
  const isEmpty = after >= until;
  const done = () =>
    connection.send({
      type: "page",
      ...(frame.id === undefined ? {} : { id: frame.id }),
      room: room.name,
      first: isEmpty ? 0 : after + 1,
      last: isEmpty ? 0 : until,
      oldest: room.oldest,
    });
  if (isEmpty) {
    done();
    return;
  }
  const dropped = () => {
    const refusal = new Refusal(
      "not-joined",
      `Ask again once you are in "${room.name}": you left it meanwhile`,
      { room: room.name },
    );
    connection.send(errorFrame(refusal, frame.id));
  };
  seat.addPage(after, until, done, dropped);
}
