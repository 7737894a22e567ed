import * as v from "valibot";
import { ticket } from "../wire/frame.ts";
import { TransferProblem } from "./transfer-problem.ts";

/** The header in which a request carries its ticket; no page of another site can send it without asking first. */
export const ticketHeader = "Pendopo-Ticket";

/**
 * Checks a ticket as it came.
 *
 * @throws {TransferProblem} "ticket-invalid" when it cannot be one; whether it is good, only the relay knows.
 */
export function checkTicket(raw: string | null): string {
  if (v.is(ticket, raw)) return raw;
  throw new TransferProblem(
    "ticket-invalid",
    `Ask the server for a ticket, and send it in the header ${ticketHeader}: this is none`,
  );
}
