import { beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { come, enter, reads, say, until, visit } from "./people.ts";
import { Program } from "./program.ts";

let server: Program;
beforeAll(async () => {
  server = await Program.start(["--server"]);
});

async function makeClosed(page: Page, room: string, key: string): Promise<void> {
  await page.getByRole("button", { name: "Join a room" }).click();
  await page.getByRole("button", { name: "Make a closed room" }).click();
  const dialog = page.getByRole("dialog", { name: "Make a closed room" });
  await dialog.getByLabel("Room", { exact: true }).fill(room);
  await dialog.getByLabel("Room key").fill(key);
  await dialog.getByRole("button", { name: "Make the room" }).click();
  await page.getByRole("heading", { level: 1, name: room }).waitFor();
}

async function joinClosed(page: Page, room: string, key: string): Promise<void> {
  await page.getByRole("button", { name: "Join a room" }).click();
  const dialog = page.getByRole("dialog", { name: "Join a room" });
  await dialog.getByRole("button", { name: "I have a room key" }).click();
  await dialog.getByLabel("Room", { exact: true }).fill(room);
  await dialog.getByLabel("Room key").fill(key);
  await dialog.getByRole("button", { name: "Join" }).click();
}

async function choose(page: Page, item: string): Promise<void> {
  await page.getByRole("button", { name: "More about this room" }).click();
  await page.getByRole("button", { name: item }).click();
}

test("A closed room is entered with its key, once, and not found without it", async () => {
  const ada = await come(server.startAddress, "Ada", "Lobby");
  await makeClosed(ada, "Attic", "three green cats");
  await ada
    .getByRole("navigation", { name: "Rooms" })
    .getByRole("button", { name: "Attic Closed room" })
    .waitFor();
  await say(ada, "Just between us");

  const bima = await come(server.origin, "Bima", "Kitchen");
  await bima.getByRole("button", { name: "Join a room" }).click();
  const dialog = bima.getByRole("dialog", { name: "Join a room" });
  await dialog.getByRole("button", { name: /Lobby/ }).waitFor();
  expect(await dialog.getByRole("button", { name: /Attic/ }).count()).toBe(0);
  // Who only knows its name is asked for the key.
  await dialog.getByLabel("Room", { exact: true }).fill("attic");
  await dialog.getByRole("button", { name: "Join" }).click();
  await dialog.getByText("attic is closed. Enter its key").waitFor();
  await dialog.getByLabel("Room key").fill("three green hats");
  await dialog.getByRole("button", { name: "Join" }).click();
  await dialog.getByText("There is no closed room attic with this key. Check both").waitFor();
  await dialog.getByLabel("Room key").fill("three green cats");
  await dialog.getByRole("button", { name: "Join" }).click();
  await reads(bima, ["Just between us"]);

  await bima.reload();
  await reads(bima, ["Just between us"]);
});

test("An open room is found in the lobby, with how many are there", async () => {
  await come(server.origin, "Citra", "Garden");
  const dewi = await come(server.origin, "Dewi", "Terrace");
  await dewi.getByRole("button", { name: "Join a room" }).click();
  await dewi.getByRole("button", { name: /Garden 1 person/ }).click();
  await dewi.getByRole("heading", { level: 1, name: "Garden" }).waitFor();
});

test("Its maker changes the key, removes somebody, lets them in again, and deletes it", async () => {
  const eka = await come(server.origin, "Eka", "Hall");
  const fajar = await come(server.origin, "Fajar", "Yard");
  await makeClosed(eka, "Cellar", "three green cats");
  await joinClosed(fajar, "Cellar", "three green cats");
  await fajar.getByRole("heading", { level: 1, name: "Cellar" }).waitFor();
  // Nothing to manage for who has not made it.
  await fajar.getByRole("button", { name: "More about this room" }).click();
  await fajar.getByRole("button", { name: "Leave this room" }).waitFor();
  expect(await fajar.getByRole("button", { name: "Delete this room" }).count()).toBe(0);
  await fajar.keyboard.press("Escape");

  await choose(eka, "Change the key");
  const change = eka.getByRole("dialog", { name: "Change the key" });
  await change.getByLabel("Room key").fill("short");
  await change.getByRole("button", { name: "Change key" }).click();
  await change.getByText("Use at least 8 characters for the key").waitFor();
  await change.getByLabel("Room key").fill("three blue cats");
  await change.getByRole("button", { name: "Change key" }).click();
  await fajar.getByText("Eka changed the key of this room").waitFor();

  await fajar.reload();
  await fajar.getByText("Cellar is closed. Enter its key").waitFor();
  expect(await fajar.getByText("Nothing has been said yet").count()).toBe(0);
  expect(await fajar.getByLabel("Message").count()).toBe(0);
  await fajar.getByRole("button", { name: "Enter the key" }).click();
  const unlock = fajar.getByRole("dialog", { name: "The key of Cellar" });
  await unlock.getByLabel("Room key").fill("three blue cats");
  await unlock.getByRole("button", { name: "Join" }).click();
  await unlock.waitFor({ state: "hidden" });
  await say(fajar, "Back again");
  await reads(eka, ["Back again"]);

  await eka.getByRole("button", { name: /people here/ }).click();
  await eka.getByRole("button", { name: "Remove Fajar" }).click();
  const remove = eka.getByRole("dialog", { name: "Remove Fajar from Cellar?" });
  await remove.getByRole("button", { name: "Remove", exact: true }).click();
  await fajar.getByText("You were removed from Cellar").waitFor();
  await eka.getByText("Eka removed Fajar").waitFor();

  await eka.getByRole("button", { name: /here/ }).first().click();
  await eka.getByRole("button", { name: "Let in again" }).click();
  await eka.getByText("Eka let Fajar in again").waitFor();
  await eka.keyboard.press("Escape");
  await fajar.reload();
  await reads(fajar, ["Back again"]);

  await choose(eka, "Delete this room");
  const erase = eka.getByRole("dialog", { name: "Delete Cellar?" });
  await erase.getByRole("button", { name: "Delete", exact: true }).click();
  await fajar.getByText("Eka deleted Cellar").waitFor();
  // It is no news to whoever did it.
  await eka.getByRole("heading", { level: 1, name: "Hall" }).waitFor();
  await erase.waitFor({ state: "detached" });
  expect(await eka.getByText("Cellar").count()).toBe(0);
  // A reload makes no new room of the old name.
  await fajar.reload();
  await fajar.getByText("Cellar is closed. Enter its key").waitFor();
});

test("The host of the server manages closed rooms from a list, without being in them", async () => {
  const host = await come(server.startAddress, "Host", "Lobby");
  const indra = await come(server.origin, "Indra", "Shed");
  await makeClosed(indra, "Vault", "three green cats");
  await say(indra, "Nobody else is here");

  const listOf = async (page: Page) => {
    await page.locator(".me-button").click();
    await page.getByRole("button", { name: "All rooms" }).click();
    return page.getByRole("dialog", { name: "All rooms" });
  };
  const list = await listOf(host);
  await list.getByRole("button", { name: "Change the key of Vault" }).click();
  await host.getByLabel("Room key").fill("three blue cats");
  await host.getByRole("button", { name: "Change key" }).click();
  await indra.getByText("Host changed the key of this room").waitFor();

  const joko = await come(server.origin, "Joko", "Shed");
  await joinClosed(joko, "Vault", "three green cats");
  await joko.getByText("There is no closed room Vault with this key. Check both").waitFor();
  await joko.getByLabel("Room key").fill("three blue cats");
  await joko.getByRole("dialog").getByRole("button", { name: "Join" }).click();
  await reads(joko, ["Nobody else is here"]);
  // Who is not the host has no such list.
  await joko.locator(".me-button").click();
  await joko.getByRole("button", { name: "Change your name" }).waitFor();
  expect(await joko.getByRole("button", { name: "All rooms" }).count()).toBe(0);

  await list.getByRole("button", { name: "Delete Vault" }).click();
  await host.getByRole("dialog", { name: "Delete Vault?" }).getByRole("button", { name: "Delete" }).click();
  await indra.getByText("Host deleted Vault").waitFor();
  await list.getByRole("button", { name: "Delete Shed" }).waitFor();
  expect(await list.getByRole("button", { name: "Delete Vault" }).count()).toBe(0);
  // The host was never in it, and read nothing.
  expect(await host.getByText("Nobody else is here").count()).toBe(0);
});

test("Who enters a closed room first of all is asked for its key at the door", async () => {
  const gita = await come(server.origin, "Gita", "Barn");
  await makeClosed(gita, "Loft", "three green cats");
  const hadi = await visit(server.origin);
  await hadi.getByLabel("Your name").fill("Hadi");
  await hadi.getByLabel("Room", { exact: true }).fill("Loft");
  await hadi.getByRole("button", { name: "Enter" }).click();
  await hadi.getByText("Loft is closed. Enter its key").waitFor();
  await hadi.getByLabel("Room key").and(hadi.locator(":focus")).waitFor();
  await hadi.keyboard.type("three green cats");
  await hadi.getByRole("button", { name: "Enter" }).click();
  await hadi.getByRole("heading", { level: 1, name: "Loft" }).waitFor();
  await until(() => hadi.title(), "Loft · Pendopo");
});

test("Who deletes their only room stands at the login, and the question does not follow them", async () => {
  const kiki = await come(server.origin, "Kiki", "Porch");
  await choose(kiki, "Delete this room");
  await kiki
    .getByRole("dialog", { name: "Delete Porch?" })
    .getByRole("button", { name: "Delete", exact: true })
    .click();
  await kiki.getByRole("heading", { name: "Come in" }).waitFor();
  await enter(kiki, "Kiki", "Shelter");
  await say(kiki, "Dry here");
  await reads(kiki, ["Dry here"]);
  expect(await kiki.getByRole("dialog").count()).toBe(0);
});
