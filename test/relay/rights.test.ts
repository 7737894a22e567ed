import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Files } from "../../src/room/files.ts";
import { limits } from "../../src/wire/limits.ts";
import { Document } from "../protocol/document.ts";
import { type Cell, RightsWorld, rightsOf } from "./rights-world.ts";
import { cleanUp, type Server, serve, type Wish } from "./server.ts";

/*
 * docs/PROTOCOL.md §21.14, executed: everything is asked of everybody, in random orders, between random changes of who
 * is what, and each answer is compared with the table. R-MANAGE-1, R-REMOVE-1, R-CLOSED-1, R-CLOSED-6.
 */

cleanUp();

const [english, indonesian] = [rightsOf(await Document.read("en")), rightsOf(await Document.read("id"))];

test("§21.14: both documents have the same table", () => {
  const shape = (cells: Cell[]) =>
    cells.map(({ row, kind, isClosed, expected }) => [row, kind, isClosed, expected]);
  expect(english.length).toBeGreaterThan(400);
  expect(shape(indonesian)).toEqual(shape(english));
});

const all = { minLength: english.length, maxLength: english.length };
const orders = fc.tuple(fc.shuffledSubarray(english, all), fc.array(fc.nat(), all));
/** Who is not asked for a while must not be taken for somebody who is gone. */
const patient = { ...limits, pingAfterMs: 600_000, silenceMsMax: 600_000 };
/** Set to repeat an order that failed. */
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`§21.14: everybody may do what the table says, and nothing else, in the random order of SEED=${seed}`, async () => {
  const [[order, dice] = [[], []]] = fc.sample(orders, { seed, numRuns: 1 });
  const server = serve({ timing: patient });
  expect(await wrongIn(server, order, dice)).toEqual([]);
  expect(server.errors).toEqual([]);
  expect(server.broken).toEqual([]);
}, 300_000);

/** Servers that grant a right which the table does not, and some of the cells which must say so. */
const granted: { right: string; weakness: Wish; what: RegExp; wrong: string[] }[] = [
  {
    right: "who was removed keeps the seat",
    weakness: {
      weaken(rooms) {
        const { exit } = rooms;
        const turnOut = exit.turnOut.bind(exit);
        exit.turnOut = (...who) => {
          const { leave } = rooms;
          rooms.leave = () => {};
          turnOut(...who);
          rooms.leave = leave;
        };
      },
    },
    what: /^(`post`|`history`|`typing`|`offer`|an entry that somebody posts|the signal that|the progress)/,
    wrong: [
      "`post`, open, removed: not-joined, but was ✓",
      "`history`, closed, removed: not-joined, but was ✓",
      "`offer`, open, removed: not-joined, but was ✓",
      "an entry that somebody posts, open, removed: ✗, but was ✓",
      "the signal that somebody comes, closed, removed: ✗, but was ✓",
      "the signal that somebody types, open, removed: ✗, but was ✓",
      "the progress of an upload, closed, removed: ✗, but was ✓",
    ],
  },
  {
    right: "who was removed may come back",
    weakness: {
      spoil({ rooms }) {
        rooms.standing = () => undefined;
      },
    },
    what: /^(`join`|the list of `people`|`about`)/,
    wrong: [
      "`join`, open, removed: removed, but was ✓",
      "the list of `people`, by `join` with `create: false`, open, removed: ✗, but was ✓",
      "`about`, open, removed: removed, but was ✓",
    ],
  },
  {
    right: "any key opens a closed room",
    weakness: {
      spoil({ rooms }) {
        rooms.isOpenedBy = async (_, lock) => lock !== undefined;
      },
    },
    what: /^`join`/,
    wrong: [
      "`join` with another key, closed, stranger: room-key-wrong, but was ✓",
      "`join` with another key, closed, host: room-key-wrong, but was ✓",
    ],
  },
  {
    right: "tickets outlive who had them",
    weakness: {
      weaken({ exit }) {
        exit.whenTurnedOut = () => {};
      },
    },
    what: /^transfer/,
    wrong: [
      "transfer `get` with their ticket, open, removed: ticket-invalid, but was ✓",
      "transfer `stat` with their ticket, closed, removed: ticket-invalid, but was ✓",
      "transfer `put` with their ticket, open, removed: ticket-invalid, but was ✓",
    ],
  },
  {
    right: "a file is had by its id from another room",
    weakness: {
      weaken(_, files) {
        files.permit = (_seat, id) => ({ id }) as ReturnType<Files["permit"]>;
      },
    },
    what: /^`ticket`/,
    wrong: [
      "`ticket` to `get` a file of the room, asked in another room, closed, elsewhere: file-unknown, but was ✓",
      "`ticket` to `put` somebody else's file, open, member: owner-only, but was ✓",
    ],
  },
  {
    right: "everybody is a host",
    weakness: {
      spoil({ members }) {
        const claim = members.claim.bind(members);
        members.claim = async (...who) => ({ ...(await claim(...who)), isHost: true });
      },
    },
    what: /^(`about`|`rekey`|`free` a name|its line)/,
    wrong: [
      "`about`, closed, stranger: room-unknown, but was ✓",
      "`rekey`, open, member: maker-only, but was ✓",
      "`rekey`, closed, elsewhere: room-unknown, but was ✓",
      "its line in `lobby` with `all`, closed, stranger: ✗, but was ✓",
    ],
  },
  {
    right: "closed rooms are listed to everybody",
    weakness: {
      spoil({ rooms }) {
        const openRooms = rooms.openRooms.bind(rooms);
        rooms.openRooms = () => [...openRooms(), ...rooms.closedRooms()];
      },
    },
    what: /^its line/,
    wrong: ["its line in `lobby`, closed, stranger: ✗, but was ✓"],
  },
];

for (const { right, weakness, what, wrong } of granted) {
  test(`§21.14: A right that is wrongly granted is found: ${right}`, async () => {
    const cells = english.filter((cell) => what.test(cell.what));
    expect(await wrongIn(serve({ timing: patient, ...weakness }), cells, [])).toEqual(
      expect.arrayContaining(wrong),
    );
  }, 300_000);
}

/** Asks all cells in this order. @returns Those that are otherwise than the table says. */
async function wrongIn(server: Server, order: readonly Cell[], dice: readonly number[]): Promise<string[]> {
  const world = await RightsWorld.open(server);
  const wrong: string[] = [];
  for (const [i, cell] of order.entries()) {
    const moved = dice[i];
    if (moved !== undefined) await world.move(moved, cell.isClosed);
    const answer = await world.ask(cell).catch((error) => String(error));
    if (answer !== cell.expected) wrong.push(`${describe(cell)}: ${cell.expected}, but was ${answer}`);
  }
  world.close();
  return wrong;
}

function describe({ what, kind, isClosed }: Cell): string {
  return `${what}, ${isClosed ? "closed" : "open"}, ${kind}`;
}
