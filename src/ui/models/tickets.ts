import type { ReadonlySignal } from "@preact/signals";
import { signal } from "@preact/signals";
import type { ClientFrames } from "../../wire/client-frames.ts";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import type { Link } from "./connection.ts";
import type { Deps } from "./deps.ts";
import type { Problem } from "./problem.ts";
import { offline, problemOf } from "./problem.ts";

/** A permit for one file and one action, kept for as long as the relay takes it. */
export type Ticket = {
  /** Null when there is none. One that has expired stays, so that what is shown with it is not fetched anew. */
  value: ReadonlySignal<string | null>;
  /** Whether the relay would take it now, as far as can be known here. */
  isGood(): boolean;
  /** Asks for one unless there is a good one. */
  ask(): Promise<Problem | null>;
};

export type Tickets = {
  of(room: string, file: string, action: "get" | "view"): Ticket;
  /** The relay may be another by now, which knows none of them. */
  forget(): void;
};

type Asked = Omit<ClientFrames["ticket"], "type" | "id">;

/** The relay counts from the moment in which it made the ticket, and what begins must also be let end. */
const earlierMs = 60_000;

export function createTickets(deps: Deps, link: Link): Tickets {
  const made = new Map<string, Ticket & { forget(): void }>();

  function create(asked: Asked): Ticket & { forget(): void } {
    const value = signal<string | null>(null);
    let goodUntil = 0;
    let asking: Promise<Problem | null> | null = null;
    const isGood = () => value.peek() !== null && deps.now() < goodUntil;
    return {
      value,
      isGood,
      async ask() {
        if (isGood()) return null;
        asking ??= askTicket(link, asked).then((answer) => {
          asking = null;
          if (answer?.type !== "ticket") return answer ? problemOf(answer) : offline;
          goodUntil = deps.now() + answer.expiresMs - earlierMs;
          value.value = answer.ticket;
          return null;
        });
        return asking;
      },
      forget() {
        goodUntil = 0;
      },
    };
  }

  return {
    of(room, file, action) {
      const name = `${action}/${file}`;
      const ticket = made.get(name) ?? create({ room, file, action });
      made.set(name, ticket);
      return ticket;
    },
    forget() {
      for (const ticket of made.values()) ticket.forget();
    },
  };
}

/** Asks for a ticket; null when the connection broke before the answer. */
export function askTicket(link: Link, asked: Asked): Promise<RelayFrames["ticket" | "error"] | null> {
  return new Promise((resolve) => {
    link.request({ type: "ticket", ...asked }, (answer) => {
      resolve(answer?.type === "ticket" || answer?.type === "error" ? answer : null);
    });
  });
}
