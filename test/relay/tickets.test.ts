import { expect, test } from "bun:test";
import { Tickets } from "../../src/relay/tickets.ts";
import { Refusal } from "../../src/wire/errors.ts";
import { limits } from "../../src/wire/limits.ts";

let now = 0;
let today = Date.UTC(2026, 10, 23);
const dayMs = 24 * 60 * 60_000;
const tickets = (secret = "S".repeat(43)) =>
  new Tickets(
    secret,
    () => now,
    () => today,
  );
const permit = { file: "a", action: "get", memberId: 1, roomId: 1 } as const;

/** Why a ticket is refused; undefined when it is good. Asking begins its time anew. */
function refusalOf(all: Tickets, ticket: string): string | undefined {
  try {
    all.use(ticket).done();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

test("R-TICKET-4: A ticket is good until ten minutes have gone by since its issue or its last use", () => {
  const all = tickets();
  const ticket = all.issue(permit);
  for (let use = 0; use < 3; use++) {
    now += limits.ticketMsMax - 1;
    expect(refusalOf(all, ticket)).toBeUndefined();
  }
  now += limits.ticketMsMax;
  expect(refusalOf(all, ticket)).toBe("ticket-invalid");
});

test("R-TICKET-4: A ticket that is in use is good however long that takes", () => {
  const all = tickets();
  const ticket = all.issue(permit);
  const use = all.use(ticket);
  now += 100 * limits.ticketMsMax;
  all.sweep();
  expect(refusalOf(all, ticket)).toBeUndefined();
  use.done();
  now += limits.ticketMsMax;
  expect(refusalOf(all, ticket)).toBe("ticket-invalid");
});

test("R-TICKET-5: Asking again gives the ticket that there is, and begins its time anew", () => {
  const all = tickets();
  const ticket = all.issue(permit);
  now += limits.ticketMsMax - 1;
  expect(all.issue(permit)).toBe(ticket);
  now += limits.ticketMsMax - 1;
  expect(refusalOf(all, ticket)).toBeUndefined();
});

test("R-TICKET-7: A restart voids all, and whoever asks again on the same day gets the same ones", () => {
  const ticket = tickets().issue(permit);
  const restarted = tickets();
  expect(refusalOf(restarted, ticket)).toBe("ticket-invalid");
  expect(restarted.issue(permit)).toBe(ticket);
  expect(refusalOf(restarted, ticket)).toBeUndefined();
  expect(tickets("another server's").issue(permit)).not.toBe(ticket);
  today += dayMs;
  expect(tickets().issue(permit)).not.toBe(ticket);
});

test("R-TICKET-6: Each ticket is 32 bytes of its own, for other actions and members too", () => {
  const all = tickets();
  const issued = [
    all.issue(permit),
    all.issue({ ...permit, action: "view" }),
    all.issue({ ...permit, memberId: 2 }),
    all.issue({ ...permit, file: "b" }),
  ];
  expect(new Set(issued).size).toBe(4);
  for (const ticket of issued) expect(Buffer.from(ticket, "base64url")).toHaveLength(32);
});

test("One ticket more than a member may have makes the oldest void, and nobody else's", () => {
  const all = tickets();
  const others = all.issue({ ...permit, memberId: 2 });
  const issued = Array.from({ length: limits.ticketsMax + 1 }, (_, i) =>
    all.issue({ ...permit, file: `${i}` }),
  );
  expect(issued.map((ticket) => refusalOf(all, ticket))).toEqual([
    "ticket-invalid",
    ...issued.slice(1).map(() => undefined),
  ]);
  expect(refusalOf(all, others)).toBeUndefined();
});
