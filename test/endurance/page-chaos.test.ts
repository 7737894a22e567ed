// People at pages whose bridge has a bad network to the server: nothing is lost or shown twice, and nobody presses anything.

import { expect, test } from "bun:test";
import type { BrowserContext, Page } from "playwright-core";
import { open, say, texts, until, visit } from "../e2e/people.ts";
import { Program } from "../e2e/program.ts";
import { ChaosProxy } from "./chaos-proxy.ts";
import { check } from "./checker.ts";
import { byLength, patienceMs, report } from "./length.ts";
import { Server, type Wish } from "./server.ts";
import { findings, Speaker } from "./speaker.ts";

const room = "lobby";
const pagesCount = 3;
/** Of the pages and the neighbour; a page holds no more than 2,000 entries together. */
const linesEach = byLength({ fast: 6, short: 30, long: 400 });
const linesControl = 10;
/** Bytes after which a connection breaks, at most: a few times what an encrypted hello and a join take. */
const lifeBytes = 32_000;

/** Long enough that a connection breaks after a few of them. */
const lineOf = (who: string, n: number) => `${who} says ${n} ${"x".repeat(700)}`;

/** A server, a bad network, a bridge that reaches the one through the other. */
async function start(own?: Wish["own"]) {
  const server = await Server.start(own === undefined ? {} : { own });
  const proxy = new ChaosProxy(server.port, lifeBytes);
  proxy.isCalm = true;
  // Longer than a page that has just lost its connection waits.
  proxy.lateMs = 1_500;
  const bridge = await Program.start(["--connect", `127.0.0.1:${proxy.port}`]);
  const stop = async () => {
    await bridge.kill();
    proxy.stop();
    await server.kill();
  };
  return { server, proxy, bridge, stop };
}

/** Enters by the login, or finds itself in the room already, as a further tab does. */
async function enterAs(page: Page, name: string): Promise<void> {
  const field = page.getByLabel("Your name");
  await field.or(page.getByRole("log")).first().waitFor();
  if (await field.isVisible()) {
    await field.fill(name);
    await page.getByLabel("Room").fill(room);
    await page.getByLabel("Room").press("Enter");
  }
  await page.getByRole("log").waitFor();
}

async function talk(count: number, own?: Wish["own"]): Promise<string[]> {
  const { server, proxy, bridge, stop } = await start(own);
  const pages = await Promise.all(
    Array.from({ length: pagesCount }, async (_, i) => {
      const page = await visit(bridge.origin);
      await enterAs(page, `Page ${i}`);
      return page;
    }),
  );
  // One who stands at the server itself: what the pages are shown comes from elsewhere, too.
  const neighbour = new Speaker("Neighbour", { port: server.port });
  await neighbour.inRoom();
  if (own !== undefined) proxy.fates = ["late"];
  proxy.isCalm = false;
  await Promise.all([
    ...pages.map(async (page, i) => {
      for (let n = 1; n <= count; n++) {
        await say(page, lineOf(`Page ${i}`, n));
        // One at a time, so that the talk goes on through many connections.
        await shows(page, lineOf(`Page ${i}`, n));
      }
    }),
    (async () => {
      for (let n = 1; n <= count; n++) {
        neighbour.post(lineOf("Neighbour", n));
        await neighbour.settled();
        await shows(pages[n % pagesCount]!, lineOf("Neighbour", n));
      }
    })(),
  ]);
  proxy.isCalm = true;
  await Promise.all(
    pages.map((page) => page.locator('.line[data-state="waiting"]').first().waitFor({ state: "detached" })),
  );
  const found = await findings([neighbour], { port: server.port });
  const log = found.log.flatMap(({ text }) => text ?? []);
  const expected = [
    ...neighbour.posts.map(({ text }) => text),
    ...pages.flatMap((_, i) => Array.from({ length: count }, (_, n) => lineOf(`Page ${i}`, n + 1))),
  ];
  const violations = differences("the log", log.toSorted(), expected.toSorted());
  for (const [i, page] of pages.entries()) {
    await until(async () => (await texts(page)).length >= log.length, true);
    violations.push(...differences(`page ${i}`, await texts(page), log));
  }
  neighbour.stop();
  await stop();
  const { connections, cuts, resets, swallowed, late } = proxy.counts;
  report(
    `page chaos: ${log.length} lines at ${pagesCount} pages, ${connections} connections, ${cuts} cut, ${resets} reset, ${swallowed} with answers swallowed, ${late} with a late end`,
  );
  // Else nothing has been tested.
  if (own === undefined) expect(connections).toBeGreaterThan(2 * pagesCount);
  // The pages' posts are not a speaker's.
  return [...violations, ...check(found).filter((each) => !each.startsWith("invented: "))];
}

/** Waits until a page shows a line that waits no more: a network may be bad for longer than others have patience. */
async function shows(page: Page, text: string): Promise<void> {
  while (!(await texts(page)).includes(text)) await Bun.sleep(50);
}

/** What is there too often, too rarely, or in another place. */
function differences(who: string, found: readonly string[], expected: readonly string[]): string[] {
  const twice = found.filter((text, i) => found.indexOf(text) !== i);
  const lost = expected.filter((text) => !found.includes(text));
  const all = [
    ...twice.map((text) => `twice: ${who} has "${text}"`),
    ...lost.map((text) => `lost: ${who} lacks "${text}"`),
  ];
  if (all.length === 0 && !Bun.deepEquals(found, expected))
    all.push(`disorder: ${who} has ${found.join("; ")}`);
  return all;
}

test(
  "Pages behind a network that cuts, resets and swallows show every line once, in one order",
  async () => {
    expect(await talk(linesEach)).toEqual([]);
  },
  patienceMs,
);

test(
  "Control: a relay that does not remember what a device has posted is found out by the pages",
  async () => {
    const violations: string[] = [];
    // Whether a late end has a post in it is an accident.
    for (let i = 0; i < 5 && violations.length === 0; i++)
      violations.push(...(await talk(linesControl, { weakness: "no-marks" })));
    expect(violations.join("\n")).toMatch(/twice: /);
  },
  patienceMs,
);

const tabsCount = 8;
/** Tabs that have tried in vain so often wait up to eight seconds. */
const triesInVain = 4;
const togetherMs = 1_500;

/** Takes the network away from many tabs, and gives it back. @returns Milliseconds between the first and the last to come. */
async function returnOf(prepare: (context: BrowserContext) => Promise<unknown>): Promise<number> {
  const { proxy, bridge, stop } = await start();
  const first = await visit("about:blank");
  await prepare(first.context());
  await first.goto(bridge.origin);
  await enterAs(first, "Ada");
  const tabs = [first];
  while (tabs.length < tabsCount) {
    const tab = await open(first.context(), bridge.origin);
    await enterAs(tab, "Ada");
    tabs.push(tab);
  }
  proxy.isDown = true;
  proxy.sever();
  const before = proxy.comings.length;
  await until(async () => proxy.comings.length - before >= tabsCount * triesInVain, true);
  proxy.isDown = false;
  const from = proxy.comings.length;
  // Nobody presses anything.
  await Promise.all(
    tabs.map((tab) => tab.getByText("The server cannot be reached").waitFor({ state: "detached" })),
  );
  const last = proxy.comings.slice(from);
  const spreadMs = Math.max(...last) - Math.min(...last);
  report(`return of tabs: ${last.length} within ${spreadMs.toFixed(0)} ms`);
  expect(last.length).toBe(tabsCount);
  await stop();
  return spreadMs;
}

test(
  "Tabs whose network comes back do so by themselves, and not all at the same instant",
  async () => {
    expect(await returnOf(async () => {})).toBeGreaterThan(togetherMs);
  },
  patienceMs,
);

test(
  "Control: tabs that all wait equally long are found out",
  async () => {
    const spreadMs = await returnOf((context) =>
      context.addInitScript(() => {
        const random = crypto.getRandomValues.bind(crypto);
        // The page takes two bytes for the share of its pause.
        crypto.getRandomValues = <T extends ArrayBufferView | null>(bytes: T): T => {
          if (!(bytes instanceof Uint8Array) || bytes.length !== 2) return random(bytes as never);
          bytes.fill(0x80);
          return bytes;
        };
      }),
    );
    expect(spreadMs).toBeLessThan(togetherMs);
  },
  patienceMs,
);
