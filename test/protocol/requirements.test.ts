import { expect, test } from "bun:test";
import { Document, isPlayed } from "./document.ts";

/**
 * How many requirements a test cites. It only rises: whoever adds tests raises it, and whoever removes the last
 * test of a requirement is told here. A requirement for other people's clients may stay uncited for ever.
 */
const citedMin = 277;

const { requirements, fences } = await Document.read("en");

test("A citation is of a requirement that exists", async () => {
  const cited = await citations();
  expect([...cited].filter((id) => !requirements.includes(id))).toEqual([]);
});

test(`At least ${citedMin} requirements are cited by tests`, async () => {
  const cited = await citations();
  const without = requirements.filter((id) => !cited.has(id));
  const count = requirements.length - without.length;
  console.log(
    `${count} of ${requirements.length} requirements are cited by tests; not yet: ${without.join(", ")}`,
  );
  expect(count).toBeGreaterThanOrEqual(citedMin);
});

/** Ids in the tests' sources, and behind the marks of the examples that the player plays. */
async function citations(): Promise<Set<string>> {
  const texts = fences.filter(isPlayed).map(({ info }) => info);
  for await (const path of new Bun.Glob("test/**/*.test.ts").scan(".")) {
    texts.push(await Bun.file(path).text());
  }
  return new Set(texts.flatMap((text) => text.match(/\bR-[A-Z0-9]+-\d+\b/g) ?? []));
}
