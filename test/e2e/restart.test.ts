import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { come, line, reads, say, until, visit } from "./people.ts";
import { Program } from "./program.ts";

test("A server killed under open pages comes back with every line, and sends what waited once", async () => {
  const server = await Program.start(["--server"]);
  const ada = await come(server.startAddress, "Ada", "Lobby");
  const bima = await come(server.origin, "Bima", "Lobby");
  await say(ada, "One, before");
  await say(bima, "Two, before");
  for (const page of [ada, bima]) await reads(page, ["One, before", "Two, before"]);

  await server.kill();
  for (const page of [ada, bima]) await banner(page, "This program has stopped").waitFor();
  await say(ada, "Three, meanwhile");
  await say(ada, "Four, meanwhile");
  await reads(ada, ["One, before", "Two, before", "Three, meanwhile ...", "Four, meanwhile ..."]);
  await isVisiblyWaiting(ada, "Three, meanwhile");

  await Program.start(["--server", ...server.samePorts], server.data);
  const all = ["One, before", "Two, before", "Three, meanwhile", "Four, meanwhile"];
  // Nobody presses anything: the pages come back by themselves.
  for (const page of [ada, bima]) await reads(page, all);
  for (const page of [ada, bima])
    await banner(page, "This program has stopped").waitFor({ state: "detached" });
  await say(bima, "Five, after");
  for (const page of [ada, bima]) await reads(page, [...all, "Five, after"]);

  const citra = await come(server.origin, "Citra", "Lobby");
  await reads(citra, [...all, "Five, after"]);
});

test("A server that cannot be reached is told from a program that has stopped", async () => {
  const server = await Program.start(["--server"]);
  const bridge = await Program.start(["--connect", server.address]);
  const ada = await come(server.origin, "Ada", "Lobby");
  const bima = await come(bridge.origin, "Bima", "Lobby");
  await say(ada, "Before");
  await reads(bima, ["Before"]);

  await server.kill();
  await banner(bima, "The server cannot be reached").waitFor();
  await banner(ada, "This program has stopped").waitFor();
  expect(await bima.getByText(/Next try in \d+ s|Trying now/).count()).toBe(1);
  await say(bima, "Meanwhile");

  await Program.start(["--server", ...server.samePorts], server.data);
  for (const page of [ada, bima]) await reads(page, ["Before", "Meanwhile"]);
  await banner(bima, "The server cannot be reached").waitFor({ state: "detached" });

  await bridge.kill();
  await banner(bima, "This program has stopped").waitFor();
});

test("What is written while the server is away survives a reload of the page, and is sent once", async () => {
  const server = await Program.start(["--server"]);
  const bridge = await Program.start(["--connect", server.address]);
  const page = await come(bridge.origin, "Dewi", "Lobby");
  await say(page, "Before");
  await until(() => line(page, "Before").getAttribute("data-state"), "sent");

  await server.stop();
  await banner(page, "The server cannot be reached").waitFor();
  await say(page, "Written offline");
  await page.getByLabel("Message").fill("Not finished yet");
  await page.reload();
  await reads(page, ["Written offline ..."]);
  await isVisiblyWaiting(page, "Written offline");
  expect(await page.getByLabel("Message").inputValue()).toBe("Not finished yet");
  await say(page, "Written after the reload");
  await reads(page, ["Written offline ...", "Written after the reload ..."]);

  const again = await Program.start(["--server", ...server.samePorts], server.data);
  const all = ["Before", "Written offline", "Written after the reload"];
  await reads(page, all);
  const other = await come(again.origin, "Eka", "Lobby");
  await reads(other, all);
});

test("Who enters while the server is away is let in when it comes", async () => {
  const server = await Program.start(["--server"]);
  const bridge = await Program.start(["--connect", server.address]);
  await server.stop();
  const page = await visit(bridge.origin);
  await banner(page, "The server cannot be reached").waitFor();
  await page.getByLabel("Your name").fill("Gita");
  await page.getByLabel("Room").fill("Lobby");
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("button", { name: "Entering" }).waitFor();
  await Program.start(["--server", ...server.samePorts], server.data);
  await page.getByText("New group created").waitFor();
});

test("Try now does not wait for the next try", async () => {
  const server = await Program.start(["--server"]);
  const page = await come(server.origin, "Fajar", "Lobby");
  await server.kill();
  // Tries come ever less often, up to every 15 seconds: there is time now for one that was asked for.
  await page.getByText(/Next try in ([3-9]|1\d) s/).waitFor();
  await Program.start(["--server", ...server.samePorts], server.data);
  await page.getByRole("button", { name: "Try now" }).click();
  await banner(page, "This program has stopped").waitFor({ state: "detached" });
  await say(page, "Here again");
  await until(() => line(page, "Here again").getAttribute("data-state"), "sent");
});

function banner(page: Page, text: string) {
  return page.getByRole("status").getByText(text);
}

/** A waiting line says so, to readers at once, to eyes after a second in which it would have been sent. */
async function isVisiblyWaiting(page: Page, text: string): Promise<void> {
  const mark = line(page, text).getByText("Waiting to be sent");
  await mark.waitFor({ state: "attached" });
  const opacity = () =>
    mark.evaluate((element) => Number(getComputedStyle(element.parentElement as Element).opacity));
  await until(opacity, 1);
  const outlined = () =>
    line(page, text)
      .locator(".bubble")
      .evaluate((bubble) => getComputedStyle(bubble).outlineStyle);
  await until(outlined, "dashed");
}
