import { beforeAll, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { come, enter, line, open, say, until, visit } from "./people.ts";
import { newFolder, Program } from "./program.ts";
import { attach, card, drop, noise, picture, send, slow, take, tone, write } from "./sending.ts";

const axeSource = await Bun.file(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir)).text();

type Axe = { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };

/** What axe finds that keeps somebody from using the screen as it is now. */
async function barriers(page: Page): Promise<string[]> {
  // Not as a script element: the page's policy allows none but its own.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

let server: Program;
beforeAll(async () => {
  server = await Program.start(["--server"]);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing serious on the way in, in ${colorScheme}`, async () => {
    const start = await Program.start();
    const page = await visit(start.startAddress, { colorScheme });
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByRole("alert").waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Host here" }).click();
    await page.getByRole("button", { name: "Enter" }).click();
    await page.getByText("Enter a name").waitFor();
    expect(await barriers(page)).toEqual([]);
    await enter(page, "Ada", "Lobby");
    expect(await barriers(page)).toEqual([]);
  });

  test(`axe finds nothing serious in a room, its panels and its dialogs, in ${colorScheme}`, async () => {
    const page = await come(server.startAddress, `Bima ${colorScheme}`, `Room ${colorScheme}`, {
      colorScheme,
    });
    const other = await come(server.origin, `Citra ${colorScheme}`, `Room ${colorScheme}`);
    await say(page, "A link https://example.org and `code`\n```js\nand a fence\n```");
    await say(other, "An answer with a link: https://example.org");
    await line(page, "An answer").waitFor();
    expect(await barriers(page)).toEqual([]);

    const found: Record<string, string[]> = {};
    const check = async (name: string) => {
      await page.getByRole("dialog", { name }).waitFor();
      found[name] = await barriers(page);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name }).waitFor({ state: "hidden" });
    };
    await page.getByRole("button", { name: "people here" }).click();
    await check("People here");
    await page.getByRole("button", { name: "Invite" }).click();
    await check("Invite others");
    await page.getByRole("button", { name: "More about this room" }).click();
    await check("More about this room");
    await page.getByRole("button", { name: "Profile and settings" }).click();
    await check("Profile and settings");
    await page.getByRole("button", { name: "Join a room" }).click();
    await check("Join a room");
    for (const name of ["Change your name", "Free a name", "Keyboard shortcuts"]) {
      await page.getByRole("button", { name: "Profile and settings" }).click();
      await page.getByRole("button", { name }).click();
      await check(name);
    }
    for (const [name, barriersThere] of Object.entries(found))
      expect([name, barriersThere]).toEqual([name, []]);
  });

  test(`axe finds nothing serious among files, in ${colorScheme}`, async () => {
    const room = `Files ${colorScheme}`;
    const page = await come(server.startAddress, `Hadi ${colorScheme}`, room, { colorScheme });
    const other = await come(server.origin, `Indah ${colorScheme}`, room, { colorScheme });
    const folder = join(await newFolder(), "Arsip");
    await mkdir(join(folder, "Kosong"), { recursive: true });
    await Bun.write(join(folder, "2026", "surat.txt"), "Yth.");
    const files = [
      await picture(page, "Balai.png", { width: 400, height: 300 }),
      await write("lagu.wav", tone(1)),
      await write("catatan.txt", new TextEncoder().encode("Bawa tikar")),
    ];
    await drop(page, ...files, folder, join(folder, "Kosong"));
    await until(() => page.locator(".chip").count(), 5);
    const found: Record<string, string[]> = { chips: await barriers(page) };
    await send(page);
    for (const name of ["Balai.png", "lagu.wav", "catatan.txt", "Arsip"])
      await card(other, name).getByText("Checked").waitFor();
    await take(other, "Balai.png");
    await card(page, "Balai.png").getByText("Received by Indah").click();
    await slow(page, 4_000_000);
    await attach(page, await write("Besar.bin", noise(20_000_000)));
    await send(page);
    await card(other, "Besar.bin")
      .getByText(/ left$/)
      .waitFor();
    found.sending = await barriers(page);
    found.arriving = await barriers(other);
    await page.getByRole("button", { name: "Pause Besar.bin" }).click();
    await card(other, "Besar.bin").getByText("Waiting for Hadi").waitFor();
    found.paused = await barriers(page);
    found.parked = await barriers(other);

    const check = async (name: string) => {
      await other.getByRole("dialog", { name, exact: true }).waitFor();
      found[name] = await barriers(other);
      await other.keyboard.press("Escape");
      await other.getByRole("dialog", { name, exact: true }).waitFor({ state: "hidden" });
    };
    await other.getByRole("button", { name: "Show Balai.png large" }).click();
    await check("Balai.png");
    await other.getByRole("button", { name: "What is in it" }).click();
    await other.getByRole("link", { name: "surat.txt" }).waitFor();
    await check("In Arsip");
    await other.getByRole("button", { name: "Files", exact: true }).click();
    await check("Files");

    const context = page.context();
    await page.close();
    const back = await open(context, server.origin);
    await back.getByRole("region", { name: "1 file has not arrived yet" }).waitFor();
    found.unfinished = await barriers(back);
    await back.getByRole("button", { name: "Cancel Besar.bin" }).last().click();
    await card(other, "Besar.bin").getByText("Cancelled").waitFor();
    found.cancelled = await barriers(other);
    for (const [name, barriersThere] of Object.entries(found))
      expect([name, barriersThere]).toEqual([name, []]);
  });
}

test("axe finds nothing serious while the program is stopped and lines wait", async () => {
  const program = await Program.start(["--server"]);
  const page = await come(program.origin, "Dewi", "Lobby");
  await program.kill();
  await page.getByText("This program has stopped").waitFor();
  await say(page, "It waits");
  await line(page, "It waits").getByText("Waiting to be sent").waitFor({ state: "attached" });
  expect(await barriers(page)).toEqual([]);
});

test("The theme can be chosen, is kept, and is not the system's then", async () => {
  const page = await come(server.origin, "Eka", "Lobby", { colorScheme: "light" });
  const back = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await back(await visit(server.origin, { colorScheme: "dark" }));
  expect(await back(page)).not.toBe(dark);
  await page.getByRole("button", { name: "Profile and settings" }).click();
  await page.getByRole("radio", { name: "Dark" }).check();
  await until(() => back(page), dark);
  await page.reload();
  await page.getByRole("log").waitFor();
  expect(await back(page)).toBe(dark);
});

test("Who wants less motion is shown none", async () => {
  const page = await come(server.origin, "Fajar", "Motion", { reducedMotion: "reduce" });
  const other = await come(server.origin, "Gita", "Motion", { reducedMotion: "no-preference" });
  await other.getByLabel("Message").pressSequentially("typing");
  await page.getByText("Gita is typing").waitFor();
  await page.getByLabel("Message").pressSequentially("typing too");
  await other.getByText("Fajar is typing").waitFor();
  const moving = (page: Page) =>
    page.evaluate(() =>
      document
        .getAnimations()
        .filter((animation) => animation.playState === "running")
        .map((animation) => Number(animation.effect?.getComputedTiming().activeDuration ?? 0))
        .filter((ms) => ms > 10),
    );
  expect(await moving(page)).toEqual([]);
  expect((await moving(other)).length).toBeGreaterThan(0);
});
