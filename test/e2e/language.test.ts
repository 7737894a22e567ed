import { beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { come, enter, line, visit } from "./people.ts";
import { Program } from "./program.ts";
import { card, dropFiles } from "./sending.ts";

let server: Program;
beforeAll(async () => {
  server = await Program.start(["--server"]);
});

/** How many controls of the screen have a name that is exactly this, and how many have one with this in it. */
async function named(page: Page, name: string): Promise<[exact: number, loose: number]> {
  return [await page.getByLabel(name, { exact: true }).count(), await page.getByLabel(name).count()];
}

/** How many buttons have a name with this in it. */
async function buttons(page: Page, name: string): Promise<number> {
  return page.getByRole("button", { name }).count();
}

test("In English the names are Your name, Room, Enter, Message and Send, and nothing else has them", async () => {
  const page = await visit(server.origin);
  await page.getByRole("heading", { name: "Come in" }).waitFor();
  expect(await named(page, "Your name")).toEqual([1, 1]);
  expect(await named(page, "Room")).toEqual([1, 1]);
  expect(await buttons(page, "Enter")).toBe(1);
  await enter(page, "Ada", "Lobby");
  const other = await come(server.origin, "Bima", "Lobby");
  await dropFiles(page, [["a.txt", "a"]]);
  await page.locator(".chip").waitFor();
  await page.getByRole("button", { name: "2 people here" }).click();
  await page.getByRole("button", { name: "Write to Bima" }).waitFor();
  expect(await named(page, "Message")).toEqual([1, 1]);
  expect(await buttons(page, "Send")).toBe(1);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Send" }).click();
  await card(other, "a.txt").getByText("Checked").waitFor();
  expect(await named(page, "Message")).toEqual([1, 1]);
  expect(await buttons(page, "Send")).toBe(1);
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
});

test("In Indonesian they are Nama Anda, Ruang, Masuk, Pesan and Kirim", async () => {
  const page = await visit(server.origin, { locale: "id-ID" });
  await page.getByRole("heading", { name: "Silakan masuk" }).waitFor();
  expect(await named(page, "Nama Anda")).toEqual([1, 1]);
  expect(await named(page, "Ruang")).toEqual([1, 1]);
  expect(await buttons(page, "Masuk")).toBe(1);
  await page.getByLabel("Nama Anda").fill("Budi");
  await page.getByLabel("Ruang").fill("Pendapa");
  await page.getByRole("button", { name: "Masuk" }).click();
  await page.getByText("Grup baru dibuat").waitFor();
  expect(await named(page, "Pesan")).toEqual([1, 1]);
  expect(await buttons(page, "Kirim")).toBe(1);
  await page.getByLabel("Pesan").fill("Halo semua");
  await page.getByRole("button", { name: "Kirim" }).click();
  await line(page, "Halo semua").waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("id");

  const second = await visit(server.origin, { locale: "id-ID" });
  await second.getByLabel("Nama Anda").fill("Sari");
  await second.getByLabel("Ruang").fill("Pendapa");
  await second.getByRole("button", { name: "Masuk" }).click();
  await second.getByText("Selamat datang di ruang ini").waitFor();
});

test("The language can be changed at the login, and stays changed after a reload", async () => {
  const page = await visit(server.origin);
  await page.getByLabel("Your name").fill("Wayan");
  await page.getByRole("radio", { name: "Bahasa Indonesia" }).check();
  await page.getByLabel("Nama Anda").waitFor();
  expect(await page.getByLabel("Nama Anda").inputValue()).toBe("Wayan");
  await page.reload();
  await page.getByLabel("Nama Anda").waitFor();
  await page.getByRole("radio", { name: "English" }).check();
  await page.getByLabel("Your name").waitFor();
});

test("The language can be changed in the room, and what was said stays", async () => {
  const page = await come(server.origin, "Yanti", "Lobby");
  await page.getByRole("button", { name: "Profile and settings" }).click();
  await page.getByRole("radio", { name: "Bahasa Indonesia" }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Kirim" }).waitFor();
  expect(await named(page, "Pesan")).toEqual([1, 1]);
});
