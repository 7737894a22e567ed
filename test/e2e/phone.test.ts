import { beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { come, enter, line, reads, say, until, visit, type Wish } from "./people.ts";
import { Program } from "./program.ts";
import { attach, card, noise, paste, picture, send, slow, tone, write } from "./sending.ts";

const phone: Wish = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

let server: Program;
beforeAll(async () => {
  server = await Program.start(["--server"]);
});

/** What hangs out of the window to the side, or can be scrolled there. */
function sticksOut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth || innerWidth > 360) found.push(`the page: ${root.scrollWidth} px`);
    for (const element of document.querySelectorAll("button, input, textarea, h1, h2, p, .bubble")) {
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const { left, right, width } = element.getBoundingClientRect();
      // What only readers hear is a pixel wide.
      if (width > 1 && (left < -0.5 || right > innerWidth + 0.5)) found.push(element.outerHTML.slice(0, 200));
    }
    return found;
  });
}

test("On a phone nothing sticks out to the side, whatever is said", async () => {
  const start = await Program.start();
  const page = await visit(start.startAddress, phone);
  await page.getByRole("button", { name: "Host here" }).waitFor();
  expect(await sticksOut(page)).toEqual([]);
  await page.getByRole("button", { name: "Host here" }).tap();
  await page.getByLabel("Your name").waitFor();
  expect(await sticksOut(page)).toEqual([]);
  await enter(
    page,
    "Raden Mas Soewardi Soerjaningrat",
    "A room whose name goes on and on, as far as a name may go",
  );
  await say(page, "w".repeat(300));
  await say(page, `https://example.org/${"long/".repeat(60)}`);
  await say(page, `\`\`\`\n${"0123456789 ".repeat(30)}\n\`\`\``);
  await line(page, "0123456789").waitFor();
  expect(await sticksOut(page)).toEqual([]);
  // Code is the one thing that scrolls sideways, in its own box.
  const scrolls = await page.locator("pre").evaluate((pre) => pre.scrollWidth > pre.clientWidth);
  const wraps = await page.locator("pre").evaluate((pre) => getComputedStyle(pre).whiteSpace);
  expect(scrolls || wraps === "pre-wrap").toBe(true);
});

test("On a phone everything can be reached by touch", async () => {
  const page = await come(server.origin, "Ada", "Lobby", phone);
  await page.getByLabel("Message").tap();
  await page.getByLabel("Message").fill("From a phone");
  await page.getByRole("button", { name: "Send" }).tap();
  await reads(page, ["From a phone"]);

  await page.getByRole("button", { name: "1 person here" }).tap();
  await page.getByRole("dialog", { name: "People here" }).getByText("Ada").waitFor();
  expect(await sticksOut(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Invite" }).tap();
  await page.getByRole("dialog", { name: "Invite others" }).getByText(server.address).waitFor();
  expect(await sticksOut(page)).toEqual([]);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "All rooms" }).tap();
  expect(await sticksOut(page)).toEqual([]);
  await page.getByRole("button", { name: "Profile and settings" }).tap();
  await page.getByRole("radio", { name: "Dark" }).waitFor();
  expect(await sticksOut(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Join a room" }).tap();
  const dialog = page.getByRole("dialog", { name: "Join a room" });
  await dialog.getByLabel("Room").fill("Kitchen");
  expect(await sticksOut(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Join" }).tap();
  await page.getByRole("heading", { level: 1, name: "Kitchen" }).waitFor();

  const bima = await come(server.origin, "Bima", "Lobby");
  await say(bima, "Is anybody there?");
  await until(() => page.title(), "(1) Kitchen · Pendopo");
  await page.getByRole("button", { name: "All rooms" }).tap();
  await page.getByRole("navigation", { name: "Rooms" }).getByRole("button", { name: "Lobby" }).tap();
  await reads(page, ["From a phone", "Is anybody there?"]);
  await page.getByRole("button", { name: "More about this room" }).tap();
  await page.getByRole("button", { name: "Leave this room" }).tap();
  await page.getByRole("heading", { level: 1, name: "Kitchen" }).waitFor();
});

/** Buttons that a finger would miss. WCAG 2.2 asks for 24 px (§2.5.8); links in a text are exempt. */
function tooSmall(page: Page): Promise<string[]> {
  return page.locator("button:visible, summary:visible").evaluateAll((buttons) =>
    buttons
      .map((button) => ({ box: button.getBoundingClientRect(), name: button.outerHTML.slice(0, 120) }))
      .filter(({ box }) => box.width < 24 || box.height < 24)
      .map(({ name }) => name),
  );
}

test("On a phone buttons are large enough for a finger", async () => {
  const page = await come(server.origin, "Citra", "Thumbs", phone);
  expect(await tooSmall(page)).toEqual([]);
});

test("On a phone files are sent, watched, looked at and taken by touch", async () => {
  const page = await come(server.origin, "Eka", "Berkas", phone);
  const name = `${"nama yang panjang sekali ".repeat(6)}.bin`;
  const whole = async () => {
    expect(await sticksOut(page)).toEqual([]);
    expect(await tooSmall(page)).toEqual([]);
  };
  await attach(
    page,
    await picture(page, "Balai.png", { width: 1600, height: 500 }),
    await write("lagu.wav", tone(1)),
    await write(`${"w".repeat(200)}.txt`, new TextEncoder().encode("0123456789 ".repeat(300))),
  );
  await paste(page);
  await until(() => page.locator(".chip").count(), 4);
  await whole();
  await page.getByRole("button", { name: /^Take Pasted/ }).tap();
  await page.getByRole("button", { name: "Send" }).tap();
  await card(page, "wwww").getByText("Checked").waitFor();
  await slow(page, 3_000_000);
  await attach(page, await write(name, noise(15_000_000)));
  await send(page);
  await card(page, "nama yang")
    .getByText(/ left$/)
    .waitFor();
  await whole();
  await page.getByRole("button", { name: /^Pause nama/ }).tap();
  await card(page, "nama yang").getByText("Paused").waitFor();
  await whole();
  await page.getByRole("button", { name: "Show Balai.png large" }).tap();
  const large = page.getByRole("dialog", { name: "Balai.png" });
  await until(() => large.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth), 1600);
  await whole();
  await large.getByRole("button", { name: "Close" }).tap();
  await page.getByRole("button", { name: "Files", exact: true }).tap();
  const panel = page.getByRole("dialog", { name: "Files" });
  const taken = page.waitForEvent("download");
  await panel.getByRole("link", { name: "Balai.png" }).tap();
  expect((await taken).suggestedFilename()).toBe("Balai.png");
  await whole();
});

test("The composer stays above the keyboard of a phone", async () => {
  const page = await come(server.origin, "Dewi", "Keyboard", phone);
  for (let i = 1; i <= 15; i++) await say(page, `Line ${i}`);
  await line(page, "Line 15").waitFor();
  await page.setViewportSize({ width: 360, height: 400 });
  await until(async () => {
    const field = await page.getByLabel("Message").boundingBox();
    const last = await line(page, "Line 15").boundingBox();
    return field!.y + field!.height <= 400 && last!.y + last!.height <= field!.y;
  }, true);
});
