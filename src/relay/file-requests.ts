import type { Files } from "../room/files.ts";
import type { Seat } from "../room/seat.ts";
import type { ClientFrames } from "../wire/client-frames.ts";
import { Refusal } from "../wire/errors.ts";
import { limits } from "../wire/limits.ts";
import type { RelayFrames } from "../wire/relay-frames.ts";
import type { Tickets } from "./tickets.ts";

/** What a session asks for files: the bytes go over connections of their own. */
export class FileRequests {
  constructor(
    private readonly files: Files,
    private readonly tickets: Tickets,
  ) {}

  /** @throws {Refusal} that names room, device and n, as for a post. */
  offer(seat: Seat, frame: ClientFrames["offer"]): void {
    try {
      this.files.offer(seat, frame);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { device, n } = frame;
      throw new Refusal(error.code, error.message, { room: seat.room.name, device, n, ...error.details });
    }
  }

  /** @throws {Refusal} "file-unknown", "file-over", "file-gone" or "owner-only". */
  ticket(seat: Seat, { id, file, action }: ClientFrames["ticket"]): void {
    this.files.permit(seat, file, action);
    const ticket = this.tickets.issue({ file, action, memberId: seat.member.id, roomId: seat.room.id });
    const answer: RelayFrames["ticket"] = {
      type: "ticket",
      ...(id === undefined ? {} : { id }),
      file,
      action,
      ticket,
      expiresMs: limits.ticketMsMax,
    };
    seat.connection.send(answer);
  }

  /** @throws {Refusal} "file-unknown", "file-over", "file-gone", "owner-only" or "storage-full". */
  async cancel(seat: Seat, { id, file, reason }: ClientFrames["cancel"]): Promise<void> {
    await this.files.cancel(seat, file, reason ?? "cancelled");
    seat.connection.send({ type: "ok", ...(id === undefined ? {} : { id }) });
  }

  /** Tells somebody who has come into a room how far its uploads are. */
  tellProgress({ room, connection }: Seat): void {
    for (const progress of this.files.progressOf(room.id)) {
      const frame: RelayFrames["progress"] = { type: "progress", room: room.name, ...progress };
      connection.send(frame);
    }
  }
}
