import { expect, test } from "bun:test";
import { come, enter, peopleHere, reads, say, until, visit } from "./people.ts";
import { Program } from "./program.ts";

test("One hosts and another joins, both without options and without a terminal", async () => {
  const here = await Program.start();
  const ada = await visit(here.startAddress);
  await ada.getByRole("button", { name: "Host here" }).click();
  await enter(ada, "Ada", "Lobby");
  await ada.getByText("New group created").waitFor();
  await ada.getByText("You are the host of this server now").waitFor();

  await ada.getByRole("button", { name: "Invite" }).click();
  const invite = ada.getByRole("dialog", { name: "Invite others" });
  const [command = ""] = await invite.getByText(/^pendopo --connect /).allTextContents();
  const address = command.replace("pendopo --connect ", "");

  const there = await Program.start();
  const bima = await visit(there.startAddress);
  await bima.getByLabel("Address").fill(address);
  await bima.getByRole("button", { name: "Join" }).click();
  await bima.getByText(address.split("/")[0] ?? "").waitFor();
  await enter(bima, "Bima", "Lobby");
  await bima.getByText("Welcome to the room").waitFor();
  await say(ada, "You found it");
  await reads(bima, ["You found it"]);
  await say(bima, "I did");
  await reads(ada, ["You found it", "I did"]);
  await ada.keyboard.press("Escape");
  await until(() => peopleHere(ada), ["Ada", "Bima"]);

  // Back to the start page, where the address is remembered, and a press is enough.
  await bima.getByRole("button", { name: "Profile and settings" }).click();
  await bima.getByRole("button", { name: "Switch server" }).click();
  await bima.getByRole("dialog").getByRole("button", { name: "Switch", exact: true }).click();
  await bima
    .getByRole("list", { name: "Joined before" })
    .getByRole("button", { name: address, exact: true })
    .click();
  await reads(bima, ["You found it", "I did"]);
});

test("An address where nobody is gives a sentence, and the page stays usable", async () => {
  const program = await Program.start();
  const page = await visit(program.startAddress);
  const alert = page.getByRole("alert");
  await page.getByRole("button", { name: "Join" }).click();
  await alert.getByText("Enter an address").waitFor();
  for (const [address, sentence] of [
    ["not an address", /not an address/],
    ["127.0.0.1:99999", /99999/],
    // Nobody listens on port 1, and whoever serves this page is no relay.
    ["127.0.0.1:1", /127\.0\.0\.1:1/],
    [`127.0.0.1:${program.webPort}`, new RegExp(`127\\.0\\.0\\.1:${program.webPort}`)],
  ] as const) {
    await page.getByLabel("Address").fill(address);
    await page.getByRole("button", { name: "Join" }).click();
    await alert.getByText(sentence).waitFor();
  }
  // What the program found, the page says in its own language.
  await alert.getByText("is no Pendopo server").waitFor();
  await page.getByRole("radio", { name: "Bahasa Indonesia" }).check();
  await alert.getByText("bukan server Pendopo").waitFor();
  await page.getByRole("radio", { name: "English" }).check();
  await page.reload();
  await page.getByRole("button", { name: "Host here" }).waitFor();
  // Only where one has been is remembered.
  expect(await page.getByRole("list", { name: "Joined before" }).count()).toBe(0);
  expect(await page.getByLabel("Address").inputValue()).toBe("");
});

test("The invitation is the line that others type, for each address, with a button that copies it", async () => {
  const server = await Program.start(["--server", "--host", "0.0.0.0"]);
  const page = await come(server.startAddress, "Citra", "Lobby", {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.getByRole("button", { name: "Invite" }).click();
  const invite = page.getByRole("dialog", { name: "Invite others" });
  const printed = [...server.greeting.matchAll(/pendopo --connect \S+/g)].map(([line]) => line);
  expect(await invite.getByRole("listitem").locator("code").allTextContents()).toEqual(printed);
  if (printed.length === 0) {
    await invite.getByText("This computer has no network address now").waitFor();
    return;
  }
  await invite.getByRole("button", { name: `Copy ${printed[0]}`, exact: true }).click();
  await invite.getByText("Copied").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(String(printed[0]));
});

test("The page of a bridge that was told where to go has no way back to a start page", async () => {
  const server = await Program.start(["--server"]);
  const bridge = await Program.start(["--connect", server.address]);
  const page = await visit(bridge.origin);
  await page.getByText(server.bareAddress).waitFor();
  expect(await page.getByRole("button", { name: "Choose another server" }).count()).toBe(0);
});
