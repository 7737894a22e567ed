import { describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { useGallery } from "./page.ts";

const { on, calls } = useGallery();

describe("The timeline", () => {
  test("It stays at the end when it was there", async () => {
    await on("long", async (page) => {
      await page.getByText(/^599:/).waitFor();
      await page.evaluate(() => gallery.say("the newest"));
      await page.getByText("the newest").waitFor();
      await expectAtEnd(page);
      await page.setViewportSize({ width: 700, height: 500 });
      await expectAtEnd(page);
      await page.evaluate(() => gallery.beginning());
      await expectAtEnd(page);
    });
  });

  test("It stays where its reader is when something is said, and tells how much", async () => {
    await on("long", async (page) => {
      await page.getByText(/^599:/).waitFor();
      await log(page).evaluate((log) => log.scrollBy(0, -3000));
      await page.getByRole("button", { name: "Jump to the latest" }).waitFor();
      const line = await firstVisible(page);
      const before = await topOf(page, line);
      await page.evaluate(() => {
        gallery.say("one more");
        gallery.say("and another");
      });
      await page.getByRole("button", { name: "2 new messages" }).waitFor();
      expect(Math.abs((await topOf(page, line)) - before)).toBeLessThanOrEqual(1);
      await page.getByRole("button", { name: "2 new messages" }).click();
      await expectAtEnd(page);
      expect(await page.getByRole("button", { name: "Jump to the latest" }).count()).toBe(0);
    });
  });

  test("Older pages that are put in front move nothing, not even at the very top", async () => {
    await on("long", async (page) => {
      await page.getByText(/^599:/).waitFor();
      for (const top of [400, 0, 0]) {
        await log(page).evaluate((log, top) => log.scrollTo(0, top), top);
        await settled(page);
        const line = await firstVisible(page);
        const before = await topOf(page, line);
        await page.evaluate(() => gallery.prependPage());
        await settled(page);
        expect(Math.abs((await topOf(page, line)) - before)).toBeLessThanOrEqual(1);
      }
      expect((await calls()).includes("loadOlder Balai Desa")).toBe(true);
    });
  });

  test("One arrives at the first unread line", async () => {
    await on("unread", async (page) => {
      await settled(page);
      const box = await page.getByText("New", { exact: true }).boundingBox();
      expect(box?.y).toBeGreaterThan(60);
      expect(box?.y).toBeLessThan(500);
    });
  });

  test("One finds the place again at which one left a room", async () => {
    await on("long", async (page) => {
      await page.getByText(/^599:/).waitFor();
      await log(page).evaluate((log) => log.scrollBy(0, -2500));
      await settled(page);
      const line = await firstVisible(page);
      const before = await topOf(page, line);
      await page.keyboard.press("Alt+ArrowDown");
      await page.getByRole("heading", { name: "Rapat panitia" }).waitFor();
      await page.keyboard.press("Alt+ArrowUp");
      await page.getByRole("heading", { name: "Balai Desa" }).waitFor();
      await settled(page);
      expect(Math.abs((await topOf(page, line)) - before)).toBeLessThanOrEqual(1);
    });
  });

  test("A line that waits and one that failed say so, and can be tried again or removed", async () => {
    await on("waiting", async (page) => {
      await page.getByText("Waiting to be sent").waitFor({ state: "attached" });
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("button", { name: "Remove" }).click();
      expect(await calls()).toEqual(["retry", "remove"]);
    });
  });

  test("R-ENTRY-6: What looks like markup is text, and links open without a way back", async () => {
    await on("texts", async (page) => {
      await page.getByText("<img src=x onerror=alert(1)> & <b>not bold</b>").waitFor();
      expect(await page.locator("log img, .timeline b").count()).toBe(0);
    });
    await on("room", async (page) => {
      const link = page.getByRole("link", { name: /notes.example/ });
      expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
      expect(await link.getAttribute("target")).toBe("_blank");
    });
  });
});

const log = (page: Page) => page.getByRole("log");

/** Two frames: one in which a change is laid out, one in which what follows from it is. */
function settled(page: Page): Promise<unknown> {
  return page.evaluate(
    () =>
      new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))),
  );
}

async function expectAtEnd(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const log = document.querySelector('[role="log"]');
    return log !== null && log.scrollHeight - log.scrollTop - log.clientHeight <= 1;
  });
}

function firstVisible(page: Page): Promise<string> {
  return log(page).evaluate((log) => {
    const top = log.getBoundingClientRect().top;
    const lines = [...log.querySelectorAll(".line")];
    return lines.find((line) => line.getBoundingClientRect().top > top)?.getAttribute("data-key") ?? "";
  });
}

function topOf(page: Page, key: string): Promise<number> {
  return page.locator(`[data-key="${key}"]`).evaluate((line) => line.getBoundingClientRect().top);
}
