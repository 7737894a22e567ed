import { beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { come, line, peopleHere, reads, say, until } from "./people.ts";
import { Program } from "./program.ts";

let server: Program;
beforeAll(async () => {
  server = await Program.start(["--server"]);
});

async function joinRoom(page: Page, room: string): Promise<void> {
  await page.getByRole("button", { name: "Join a room" }).click();
  const dialog = page.getByRole("dialog", { name: "Join a room" });
  await dialog.getByLabel("Room").fill(room);
  await dialog.getByRole("button", { name: "Join" }).click();
  // While it is open, keys are the dialog's.
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("heading", { level: 1, name: room }).waitFor();
}

function inList(page: Page, room: string) {
  return page.getByRole("navigation", { name: "Rooms" }).getByRole("button", { name: room });
}

async function leaveRoom(page: Page): Promise<void> {
  await page.getByRole("button", { name: "More about this room" }).click();
  await page.getByRole("button", { name: "Leave this room" }).click();
}

test("What is said in another room is counted in the list and in the title until one looks", async () => {
  const ada = await come(server.startAddress, "Ada", "Lobby");
  const bima = await come(server.origin, "Bima", "Lobby");
  await joinRoom(ada, "Kitchen");
  await ada.getByText("New group created").waitFor();
  expect(await ada.title()).toBe("Kitchen · Pendopo");

  await say(bima, "First for the Lobby");
  await until(() => ada.title(), "(1) Kitchen · Pendopo");
  await say(bima, "Second for the Lobby");
  await until(() => ada.title(), "(2) Kitchen · Pendopo");
  await inList(ada, "Lobby").getByText("2 unread messages").waitFor({ state: "attached" });

  await inList(ada, "Lobby").click();
  await reads(ada, ["First for the Lobby", "Second for the Lobby"]);
  expect(await ada.getByLabel("Message").getAttribute("placeholder")).toBe("Write to Lobby");
  await until(() => ada.title(), "Lobby · Pendopo");
  expect(await ada.getByText("unread message").count()).toBe(0);
  await ada.getByRole("log").getByText("New", { exact: true }).waitFor();
});

test("Lines stay in their room, and so does what is not finished", async () => {
  const page = await come(server.origin, "Citra", "North");
  await joinRoom(page, "South");
  await say(page, "For the south");
  await page.getByLabel("Message").fill("Half a line for the south");
  await inList(page, "North").click();
  await reads(page, []);
  expect(await page.getByLabel("Message").inputValue()).toBe("");
  await say(page, "For the north");
  await inList(page, "South").click();
  await reads(page, ["For the south"]);
  expect(await page.getByLabel("Message").inputValue()).toBe("Half a line for the south");
  await page.reload();
  await reads(page, ["For the south"]);
  await inList(page, "North").click();
  await reads(page, ["For the north"]);
});

test("Alt with the arrows goes through the rooms", async () => {
  const page = await come(server.origin, "Dewi", "A-room");
  await joinRoom(page, "B-room");
  await joinRoom(page, "C-room");
  for (const [key, room] of [
    ["Alt+ArrowUp", "B-room"],
    ["Alt+ArrowUp", "A-room"],
    ["Alt+ArrowDown", "B-room"],
    ["Alt+ArrowDown", "C-room"],
    ["Alt+ArrowDown", "A-room"],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByRole("heading", { level: 1, name: room }).waitFor();
    expect(await inList(page, room).getAttribute("aria-current")).toBe("true");
  }
  // What one types next goes where one is.
  await page.keyboard.type("Said in A");
  await page.keyboard.press("Enter");
  await reads(page, ["Said in A"]);
});

test("Who leaves a room is gone from it, and comes back when they join it again", async () => {
  const ada = await come(server.origin, "Eka", "Terrace");
  const bima = await come(server.origin, "Fajar", "Terrace");
  await say(bima, "Stay a little");
  await line(ada, "Stay a little").waitFor();
  await joinRoom(ada, "Garden");
  await inList(ada, "Terrace").click();
  await leaveRoom(ada);
  await ada.getByRole("heading", { level: 1, name: "Garden" }).waitFor();
  expect(await inList(ada, "Terrace").count()).toBe(0);
  await until(() => peopleHere(bima), ["Fajar"]);
  await ada.reload();
  await ada.getByRole("heading", { level: 1, name: "Garden" }).waitFor();
  expect(await inList(ada, "Terrace").count()).toBe(0);

  await joinRoom(ada, "Terrace");
  await reads(ada, ["Stay a little"]);
  await ada.getByText("Welcome to the room").waitFor();
  await leaveRoom(ada);
  await ada.getByRole("heading", { level: 1, name: "Garden" }).waitFor();
  await leaveRoom(ada);
  // Nowhere any more: back at the login, with the name that one has.
  await ada.getByRole("heading", { name: "Come in" }).waitFor();
  expect(await ada.getByLabel("Your name").inputValue()).toBe("Eka");
});

test("A room that cannot be is refused with a sentence", async () => {
  const page = await come(server.origin, "Gita", "Lobby");
  await page.getByRole("button", { name: "Join a room" }).click();
  const dialog = page.getByRole("dialog", { name: "Join a room" });
  await dialog.getByRole("button", { name: "Join" }).click();
  await dialog.getByText("Enter a room").waitFor();
  await dialog.getByLabel("Room").fill("x".repeat(65));
  await dialog.getByRole("button", { name: "Join" }).click();
  await dialog.getByText("Use at most 64 characters for the room").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
});
