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
  /** Null before the first one. One that has expired stays: what is shown with it need not be fetched anew. */
  value: ReadonlySignal<string | null>;
  /** Whether the relay would take it now, as far as can be known here. */
  isGood(): boolean;
  /** Asks for one unless there is a good one. */
  ask(): Promise<Problem | null>;
  /** Keeps a good one at hand until the answer is called. */
  watch(): () => void;
};

export type Tickets = {
  of(room: string, file: string, action: "get" | "view"): Ticket;
  /** A room's tickets can be asked for: those that are watched are. */
  ready(room: string): void;
  /** The relay may be another by now, which knows none of them. */
  forget(): void;
};

type Asked = Omit<ClientFrames["ticket"], "type" | "id">;
type KeptTicket = Ticket & { room: string; forget(): void; renew(): void };

/** The relay counts from the moment in which it made the ticket, and what begins must also be let end. */
const earlierMs = 60_000;

export function createTickets(deps: Deps, link: Link): Tickets {
  const made = new Map<string, KeptTicket>();

  function create(asked: Asked): KeptTicket {
    const value = signal<string | null>(null);
    let goodUntil = 0;
    let watchers = 0;
    let asking: Promise<Problem | null> | null = null;
    let cancelRenewal = () => {};
    const isGood = () => value.peek() !== null && deps.now() < goodUntil;

    async function fetch(): Promise<Problem | null> {
      const answer = await askTicket(link, asked);
      asking = null;
      if (answer?.type !== "ticket") return answer ? problemOf(answer) : offline;
      const goodMs = answer.expiresMs - earlierMs;
      goodUntil = deps.now() + goodMs;
      value.value = answer.ticket;
      cancelRenewal();
      cancelRenewal = deps.setTimer(goodMs, renew);
      return null;
    }

    async function ask(): Promise<Problem | null> {
      if (isGood()) return null;
      asking ??= fetch();
      return asking;
    }

    function renew(): void {
      if (watchers > 0) void ask();
    }

    return {
      room: asked.room,
      value,
      isGood,
      ask,
      renew,
      watch() {
        watchers += 1;
        renew();
        return () => {
          watchers -= 1;
        };
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
    ready(room) {
      for (const ticket of made.values()) if (ticket.room === room) ticket.renew();
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
