import { expect, test } from "bun:test";
import fc from "fast-check";
import { Document } from "../protocol/document.ts";
import { type Cell, RightsWorld, rightsOf } from "./rights-world.ts";
import { cleanUp, serve } from "./server.ts";

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
/** Set to repeat an order that failed. */
const first = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

for (const seed of [first, first + 1]) {
  test(`§21.14: everybody may do what the table says, and nothing else, in the random order of SEED=${seed}`, async () => {
    const [[order, dice] = [[], []]] = fc.sample(orders, { seed, numRuns: 1 });
    const server = serve();
    const world = await RightsWorld.open(server);
    const wrong: string[] = [];
    for (const [i, cell] of order.entries()) {
      await world.move(dice[i] ?? 0, cell.isClosed);
      const answer = await world.ask(cell).catch((error) => String(error));
      if (answer !== cell.expected) wrong.push(`${describe(cell)}: ${cell.expected}, but was ${answer}`);
    }
    world.close();
    expect(wrong).toEqual([]);
    expect(server.errors).toEqual([]);
    expect(server.broken).toEqual([]);
  }, 300_000);
}

function describe({ what, kind, isClosed }: Cell): string {
  return `${what}, ${isClosed ? "closed" : "open"}, ${kind}`;
}
