import { beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { come, line, peopleHere, reads, say, until, visit } from "./people.ts";
import { Program } from "./program.ts";

let server: Program;
beforeAll(async () => {
  server = await Program.start(["--server"]);
});

async function openProfile(page: Page, item: string) {
  await page.getByRole("button", { name: "Profile and settings" }).click();
  await page.getByRole("button", { name: item }).click();
  const dialog = page.getByRole("dialog", { name: item });
  await dialog.waitFor();
  return dialog;
}

test("A new name is seen by the others at once, also beside what was said before", async () => {
  const ada = await come(server.origin, "Ani", "Lobby");
  const bima = await come(server.origin, "Bayu", "Lobby");
  await say(ada, "Said as Ani");
  await line(bima, "Said as Ani").waitFor();
  const dialog = await openProfile(ada, "Change your name");
  await dialog.getByLabel("Your name").fill("Anita");
  await dialog.getByRole("button", { name: "Change name" }).click();
  await dialog.waitFor({ state: "detached" });
  await until(() => bima.getByRole("log").locator(".person-name").allTextContents(), ["Anita"]);
  await until(() => peopleHere(bima), ["Anita", "Bayu"]);
  await ada.reload();
  await reads(ada, ["Said as Ani"]);
  expect(await peopleHere(ada)).toEqual(["Anita", "Bayu"]);
});

test("A taken name is refused at the login, and the suggestion takes one press", async () => {
  await come(server.origin, "Citra", "Lobby");
  const page = await visit(server.origin);
  await page.getByLabel("Your name").fill("citra");
  await page.getByLabel("Room").fill("Lobby");
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByText("The name citra is taken here").waitFor();
  await page.getByRole("button", { name: "Use citra 2" }).click();
  await page.getByRole("log").waitFor();
  await until(async () => (await peopleHere(page)).includes("citra 2"), true);
});

test("A taken name is refused when one changes to it, and the suggestion takes one press", async () => {
  await come(server.origin, "Dewi", "Lobby");
  const page = await come(server.origin, "Eka", "Lobby");
  const dialog = await openProfile(page, "Change your name");
  await dialog.getByLabel("Your name").fill("Dewi");
  await dialog.getByRole("button", { name: "Change name" }).click();
  await dialog.getByText("The name Dewi is taken here").waitFor();
  await dialog.getByRole("button", { name: "Use Dewi 2" }).click();
  await dialog.waitFor({ state: "detached" });
  await until(async () => (await peopleHere(page)).includes("Dewi 2"), true);
});

test("The host frees a name, and whoever enters with it next owns it", async () => {
  const host = await come(server.startAddress, "Tuan", "Lobby");
  const notice = host.getByText("You are the host of this server now");
  await notice.waitFor();
  const [noticeBox, fieldBox] = [await notice.boundingBox(), await host.getByLabel("Message").boundingBox()];
  const isAbove = noticeBox!.y + noticeBox!.height <= fieldBox!.y;
  expect(isAbove || noticeBox!.y >= fieldBox!.y + fieldBox!.height).toBe(true);
  expect(new URL(host.url()).hash).toBe("");
  const first = await come(server.origin, "Fajar", "Lobby");
  await say(first, "This is the first one");
  await line(host, "This is the first one").waitFor();

  const dialog = await openProfile(host, "Free a name");
  await dialog.getByLabel("Name").fill("Fajar");
  await dialog.getByRole("button", { name: "Free name" }).click();
  await dialog.getByText("Fajar is connected now").waitFor();
  await first.context().close();
  await until(() => host.getByRole("button", { name: "1 person here", includeHidden: true }).count(), 1);
  await dialog.getByRole("button", { name: "Free name" }).click();
  await dialog.getByText("The name Fajar is free now").waitFor();
  await dialog.getByLabel("Name").fill("Nobody at all");
  await dialog.getByRole("button", { name: "Free name" }).click();
  await dialog.getByText("Nobody has the name Nobody at all").waitFor();

  const second = await come(server.origin, "Fajar", "Lobby");
  await notice.waitFor({ state: "detached" });
  await until(async () => (await peopleHere(second)).includes("Fajar"), true);
});

test("Who is not the host cannot free names", async () => {
  const page = await come(server.origin, "Gita", "Lobby");
  await page.getByRole("button", { name: "Profile and settings" }).click();
  await page.getByRole("button", { name: "Change your name" }).waitFor();
  expect(await page.getByRole("button", { name: "Free a name" }).count()).toBe(0);
});
