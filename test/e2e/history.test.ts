import { beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { come, line, reads, say, texts, until } from "./people.ts";
import { Program } from "./program.ts";
import { write } from "./wire.ts";

// More than a page of history, which is 200, beside the last ones that a join brings.
const said = Array.from({ length: 260 }, (_, i) => {
  const number = String(i + 1).padStart(3, "0");
  // Of different heights, or a jump by whole lines could not be told from none.
  return `This is line ${number}${" and it goes on and on".repeat(i % 7 === 0 ? 8 : 0)}`;
});

let server: Program;
beforeAll(async () => {
  server = await Program.start(["--server", "--rate", "0"]);
  await write(server.relayPort, { name: "Ada", room: "Arsip", lines: said });
});

test("Who comes late is at the last line at once, and more is fetched only on the way up", async () => {
  const page = await come(server.origin, "Bima", "Arsip");
  await line(page, said.at(-1)).waitFor();
  await until(() => distanceToEnd(page), 0);
  const there = await texts(page);
  expect(there).toEqual(said.slice(-there.length));
  expect(there.length).toBeLessThan(said.length);
});

test("Older lines come as one scrolls up, in order, to the beginning", async () => {
  const page = await come(server.origin, "Citra", "Arsip");
  await line(page, said.at(-1)).waitFor();
  await page.getByRole("log").hover();
  while ((await page.getByText("This is where Arsip begins").count()) === 0) await page.mouse.wheel(0, -1500);
  await reads(page, said);
  await page.getByText("Ada made this room").waitFor();

  // Back again by the button that says what has been said meanwhile.
  await page.getByRole("log").evaluate((log) => log.scrollTo(0, 0));
  const other = await come(server.origin, "Dewi", "Arsip");
  await say(other, "Said while one reads far above");
  await page.getByRole("button", { name: "1 new message" }).click();
  await until(() => distanceToEnd(page), 0);
  await line(page, "Said while one reads far above").waitFor();
});

test("What one reads keeps its place while older lines are put above it", async () => {
  const page = await come(server.origin, "Eka", "Arsip");
  await line(page, said.at(-1)).waitFor();
  const log = page.getByRole("log");
  let pages = 0;
  while ((await page.getByText("This is where Arsip begins").count()) === 0) {
    const before = (await texts(page)).length;
    // Older lines are asked for now, and come when what one sees has come to rest.
    process.kill(server.pid, "SIGSTOP");
    await log.evaluate((element) => element.scrollTo(0, 150));
    await log.evaluate(settled);
    const [key, top] = await log.evaluate(firstRow);
    process.kill(server.pid, "SIGCONT");
    await until(async () => (await texts(page)).length > before, true);
    await log.evaluate(settled);
    expect(await log.evaluate(topOf, key)).toBeWithin(top - 2, top + 2);
    pages++;
  }
  expect(pages).toBeGreaterThan(0);
});

test("A line that arrives does not move who reads above", async () => {
  const page = await come(server.origin, "Fajar", "Arsip");
  await line(page, said.at(-1)).waitFor();
  const log = page.getByRole("log");
  await log.evaluate((element) => element.scrollBy(0, -600));
  await page.getByRole("button", { name: "Jump to the latest" }).waitFor();
  await log.evaluate(settled);
  const [key, top] = await log.evaluate(firstRow);
  const other = await come(server.origin, "Gita", "Arsip");
  await say(other, "Meanwhile, below");
  await line(page, "Meanwhile, below").waitFor();
  await log.evaluate(settled);
  expect(await log.evaluate(topOf, key)).toBeWithin(top - 2, top + 2);
});

function distanceToEnd(page: Page): Promise<number> {
  return page
    .getByRole("log")
    .evaluate((log) => Math.max(0, Math.round(log.scrollHeight - log.clientHeight - log.scrollTop) - 1));
}

/** The first row in sight, and how far it is below the top of the log. */
function firstRow(log: Element): [key: string, top: number] {
  const edge = log.getBoundingClientRect().top;
  for (const row of log.querySelectorAll(".line[data-key]")) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > edge) return [row.getAttribute("data-key") ?? "", top - edge];
  }
  return ["", 0];
}

/** Two frames later everything that was drawn has been laid out, and what follows from that has been done. */
function settled(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}

/** How far a row is below the top of the log now. */
function topOf(log: Element, key: string): number {
  const row = log.querySelector(`[data-key="${key}"]`);
  return (row?.getBoundingClientRect().top ?? Number.NaN) - log.getBoundingClientRect().top;
}
