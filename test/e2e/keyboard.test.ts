import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { reads, until, visit } from "./people.ts";
import { Program } from "./program.ts";

/** The name of what has the focus, as readers hear it. */
async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    if (element === document.body) return "the page";
    const label = (element as HTMLInputElement).labels?.[0]?.textContent;
    return (element.ariaLabel ?? label ?? element.textContent).replace(/\s+/g, " ").trim();
  });
}

/** Presses Tab until the focus is on something of this name. */
async function tabTo(page: Page, name: RegExp, key = "Tab"): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press(key);
    const now = await focused(page);
    if (name.test(now)) return isMarked(page);
    passed.push(now);
  }
  throw new Error(`Tab does not lead to ${name}, but to: ${passed.join(" | ")}`);
}

/** Where the focus is can be seen. */
async function isMarked(page: Page): Promise<void> {
  const mark = await page.evaluate(() => {
    const marked = (element: Element | null) => {
      if (!element) return false;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
    };
    const element = document.activeElement as Element;
    // A field may be marked by the box around it, a hidden radio button by what it chooses.
    return marked(element) || marked(element.parentElement) || marked(element.nextElementSibling);
  });
  if (!mark) throw new Error(`The focus cannot be seen on "${await focused(page)}"`);
}

test("From an empty page to a message and to another room with the keyboard alone", async () => {
  const program = await Program.start();
  const page = await visit(program.startAddress);
  await page.getByRole("button", { name: "Host here" }).waitFor();
  await tabTo(page, /^Host here$/);
  await page.keyboard.press("Enter");

  // The login puts the focus where one begins.
  await page.getByLabel("Your name").waitFor();
  await until(() => focused(page), "Your name");
  await page.keyboard.type("Ada");
  await page.keyboard.press("Tab");
  expect(await focused(page)).toBe("Room");
  await page.keyboard.type("Lobby");
  await page.keyboard.press("Enter");

  // And the room puts it where one writes.
  await page.getByRole("log").waitFor();
  await until(() => focused(page), "Message");
  await page.keyboard.type("Without a mouse");
  await page.keyboard.press("Enter");
  await reads(page, ["Without a mouse"]);

  await tabTo(page, /^Join a room$/);
  await page.keyboard.press("Enter");
  await until(() => focused(page), "Room");
  await page.keyboard.type("Kitchen");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Kitchen" }).waitFor();
  await until(() => focused(page), "Message");
  await page.keyboard.type("In another room");
  await page.keyboard.press("Enter");
  await reads(page, ["In another room"]);
  await page.keyboard.press("Alt+ArrowUp");
  await reads(page, ["Without a mouse"]);

  // By the list as well.
  await tabTo(page, /^Kitchen/, "Shift+Tab");
  await page.keyboard.press("Space");
  await reads(page, ["In another room"]);
});

test("Menus and dialogs are opened, used and closed by keys, and give the focus back", async () => {
  const server = await Program.start(["--server"]);
  const page = await visit(server.startAddress);
  await page.getByLabel("Your name").fill("Bima");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Lobby");
  await page.keyboard.press("Enter");
  await page.getByRole("log").waitFor();

  for (const [button, panel] of [
    [/^Invite$/, "Invite others"],
    [/person here/, "People here"],
    [/^More about this room$/, "More about this room"],
    [/Profile and settings$/, "Profile and settings"],
  ] as const) {
    await tabTo(page, button);
    const before = await focused(page);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: panel }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: panel }).waitFor({ state: "hidden" });
    expect(await focused(page)).toBe(before);
  }

  // From the profile, where the focus is now, to a dialog.
  await page.keyboard.press("Enter");
  await tabTo(page, /^Change your name$/);
  await page.keyboard.press("Enter");
  await until(() => focused(page), "Your name");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("Bima Sakti");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Bima Sakti" }).waitFor();
  await until(async () => /Profile and settings$/.test(await focused(page)), true);
});

test("The log can be scrolled by keys", async () => {
  const server = await Program.start(["--server"]);
  const page = await visit(server.origin);
  await page.getByLabel("Your name").fill("Citra");
  await page.getByLabel("Room").fill("Long");
  await page.keyboard.press("Enter");
  await page.getByRole("log").waitFor();
  await page.getByLabel("Message").fill(Array.from({ length: 80 }, (_, i) => `Row ${i}`).join("\n"));
  await page.keyboard.press("Enter");
  await page.getByText("Row 79").waitFor();
  const log = page.getByRole("log");
  await until(async () => (await log.evaluate((element) => element.scrollTop)) > 100, true);
  await tabTo(page, /Conversation|Row/, "Shift+Tab");
  await page.keyboard.press("Home");
  await until(() => log.evaluate((element) => element.scrollTop), 0);
  await page.keyboard.press("End");
  await until(async () => (await log.evaluate((element) => element.scrollTop)) > 100, true);
});
