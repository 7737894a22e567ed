// People before real browsers: each has a context of their own, as if each had a computer.

import { afterAll, afterEach, expect, setDefaultTimeout } from "bun:test";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";

// Longer than the patience below, so that a test that waits in vain says for what.
setDefaultTimeout(60_000);
const patienceMs = 20_000;

let browser: Promise<Browser> | undefined;
const contexts = new Set<BrowserContext>();
const complaints: string[] = [];

afterEach(async () => {
  const left = [...contexts];
  contexts.clear();
  await Promise.all(left.map((context) => context.close()));
  expect(complaints.splice(0)).toEqual([]);
});
afterAll(async () => (await browser)?.close());

function theBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: process.env.CHROMIUM || "chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  return browser;
}

/** What is different about somebody's browser. */
export type Wish = Pick<
  BrowserContextOptions,
  "locale" | "viewport" | "colorScheme" | "reducedMotion" | "permissions" | "hasTouch" | "isMobile"
>;

/**
 * Opens an address in a browser that nobody has used before; it is closed after the test.
 *
 * What a page complains of (exceptions, the Content-Security-Policy) fails the test; that nobody answers while a
 * program is stopped does not.
 */
export async function visit(address: string, wish: Wish = {}): Promise<Page> {
  const context = await (await theBrowser()).newContext({
    locale: "en-US",
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    ...wish,
  });
  contexts.add(context);
  context.setDefaultTimeout(patienceMs);
  context.on("weberror", (error) => complaints.push(error.error().message));
  context.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(message.text()))
      complaints.push(message.text());
  });
  return open(context, address);
}

/** Opens an address in one more tab of the same browser. */
export async function open(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

/** Fills in the login and waits for the room. */
export async function enter(page: Page, name: string, room: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Room").fill(room);
  await page.getByLabel("Room").press("Enter");
  await page.getByRole("log").waitFor();
}

/** Opens an address as somebody new, and enters a room. */
export async function come(address: string, name: string, room: string, wish: Wish = {}): Promise<Page> {
  const page = await visit(address, wish);
  await enter(page, name, room);
  return page;
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.getByLabel("Message").press("Enter");
}

/** The lines of the room that is shown, whole bubbles, which a text picks out. */
export function line(page: Page, text?: string | RegExp): Locator {
  const lines = page.getByRole("log").locator(".line");
  return text === undefined ? lines : lines.filter({ hasText: text });
}

/** The texts of the lines that are shown, oldest first; one that waits to be sent ends in " ...". */
export function texts(page: Page): Promise<string[]> {
  return line(page).evaluateAll((lines) =>
    lines.map((line) => {
      const text = line.querySelector(".text")?.cloneNode(true) as HTMLElement;
      text.querySelector(".line-end")?.remove();
      return `${text.textContent?.trim()}${line.getAttribute("data-state") === "waiting" ? " ..." : ""}`;
    }),
  );
}

/** Waits until the room that is shown consists of exactly these lines. */
export async function reads(page: Page, expected: readonly string[]): Promise<void> {
  await until(() => texts(page), [...expected]);
}

/** Who is in the room that is shown, by its people list. */
export async function peopleHere(page: Page): Promise<string[]> {
  await page.getByRole("button", { name: /\d+ (people|person) here/ }).click();
  const list = page.getByRole("dialog", { name: "People here" });
  await list.waitFor();
  const names = await list.locator(".people:not(.away) .people-name").allTextContents();
  await page.keyboard.press("Escape");
  return names;
}

/** Waits until something is as expected; when it does not become so, the difference is shown. */
export async function until<T>(look: () => Promise<T>, expected: NoInfer<T>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (Bun.deepEquals(found, expected)) return;
    if (performance.now() > deadline) expect<unknown>(found).toEqual(expected);
    await Bun.sleep(20);
  }
}
