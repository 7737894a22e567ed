import { beforeAll, describe, expect, test } from "bun:test";
import jsQR from "jsqr";
import type { Locator, Page } from "playwright-core";
import { come, enter, line, open, peopleHere, reads, say, until, visit } from "./people.ts";
import { Program } from "./program.ts";

/** One server, and two programs on two machines that have joined it. */
let server: Program;
let laptop: Program;
let phone: Program;
beforeAll(async () => {
  server = await Program.start(["--server"]);
  laptop = await Program.start(["--connect", server.address]);
  phone = await Program.start(["--connect", server.address]);
});

const carryTitle = "Use your name on another device";

async function openCarry(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Profile and settings" }).click();
  await page.getByRole("button", { name: carryTitle }).click();
  const dialog = page.getByRole("dialog", { name: carryTitle });
  await dialog.getByRole("img", { name: "The link, for a camera" }).waitFor();
  return dialog;
}

async function linkOf(page: Page): Promise<string> {
  return (await (await openCarry(page)).locator("code").textContent()) ?? "";
}

/** The same link at another device, whose page has another port in these tests. */
function at(program: Program, link: string): string {
  expect(link).toMatch(/^http:\/\/localhost:12380\/#carry=[\w-]{8}\.[\w-]{22}\.[\w-]{43}$/);
  return `${program.origin}/${link.slice(link.indexOf("#"))}`;
}

/** What a camera reads from what is on the screen. */
async function scan(code: Locator): Promise<string | undefined> {
  const shot = (await code.screenshot()).toString("base64");
  const { width, height, pixels } = await code.page().evaluate(async (png) => {
    const bitmap = await createImageBitmap(
      new Blob([Uint8Array.from(atob(png), (char) => char.charCodeAt(0))], { type: "image/png" }),
    );
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context?.drawImage(bitmap, 0, 0);
    const image = context?.getImageData(0, 0, bitmap.width, bitmap.height);
    return { width: bitmap.width, height: bitmap.height, pixels: Array.from(image?.data ?? []) };
  }, shot);
  return jsQR(Uint8ClampedArray.from(pixels), width, height)?.data;
}

const keyOf = (page: Page) =>
  page.evaluate(() => Object.entries(localStorage).find(([key]) => /^pendopo\/[^/]+\/key$/.test(key))?.[1]);

describe("A name goes to another device", () => {
  test("by its link: the same name in both, once in the list of people, in the same rooms", async () => {
    const ada = await come(laptop.origin, "Ada", "Carried");
    const budi = await come(server.origin, "Budi", "Carried");
    await say(ada, "From the laptop");
    const link = await linkOf(ada);

    const other = await visit(at(phone, link));
    const asked = other.getByRole("dialog", { name: "Go on as Ada?" });
    await asked.waitFor();
    // Gone from the address, and nothing is kept before the person has said yes.
    expect(new URL(other.url()).hash).toBe("");
    expect(await keyOf(other)).toBeUndefined();
    await ada
      .getByText("The link was opened. Once that is confirmed there, the other device is Ada, too.")
      .waitFor();
    await asked.getByRole("button", { name: "Go on as Ada" }).click();
    await reads(other, ["From the laptop"]);
    expect(await keyOf(other)).toBe((await keyOf(ada))!);
    await ada.getByRole("button", { name: "Done" }).click();

    await say(other, "From the phone");
    await say(ada, "From the laptop again");
    for (const page of [ada, other, budi])
      await until(async () => (await line(page).allTextContents()).length, 3);
    await until(() => peopleHere(budi), ["Ada", "Budi"]);
    await until(() => peopleHere(other), ["Ada", "Budi"]);
    // One stays when the other goes.
    await ada.context().close();
    await say(other, "Still here");
    await line(budi, "Still here").waitFor();
    expect(await peopleHere(budi)).toEqual(["Ada", "Budi"]);
  });

  test("which is good once: opened again it says so, and that device is nobody", async () => {
    const page = await come(laptop.origin, "Citra", "Once");
    const link = await linkOf(page);
    const first = await visit(at(phone, link));
    await first.getByRole("dialog", { name: "Go on as Citra?" }).waitFor();
    for (const program of [phone, server]) {
      const late = await visit(at(program, link));
      await late.getByText("This link was used already, or its ten minutes are over").waitFor();
      expect(await keyOf(late)).toBeUndefined();
      await late.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
      await late.getByRole("dialog").waitFor({ state: "detached" });
    }
  });

  test("or by its QR code, in light and dark: a camera reads the very link", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await come(laptop.origin, `Dewi ${colorScheme}`, "Scanned", { colorScheme });
      const dialog = await openCarry(page);
      const read = await scan(dialog.getByRole("img", { name: "The link, for a camera" }));
      expect(read).toBe((await dialog.locator("code").textContent())!);
      expect(read).toStartWith("http://localhost:12380/#carry=");
    }
  });

  test("pasted at the login, with a slip first; both pages are in the browser's own language", async () => {
    const page = await come(laptop.origin, "Eka", "Pasted");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const dialog = await openCarry(page);
    await dialog.getByRole("button", { name: "Copy the link" }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());

    const other = await visit(phone.origin, { locale: "id-ID" });
    await other.getByRole("button", { name: "Saya punya tautan dari perangkat lain" }).click();
    const paste = other.getByRole("dialog", { name: "Lanjutkan dengan nama dari perangkat lain" });
    await paste.getByLabel("Tautan").fill(link.slice(0, -5));
    await paste.getByLabel("Tautan").press("Enter");
    await paste.getByText("Sebagian tautan hilang atau salah").waitFor();
    await paste.getByLabel("Tautan").fill(link);
    await paste.getByLabel("Tautan").press("Enter");
    await other.getByRole("button", { name: "Lanjutkan sebagai Eka" }).click();
    await other.getByRole("heading", { name: "Pasted" }).waitFor();
  });

  test("and needs no room key there for a closed room in which it is", async () => {
    const page = await come(laptop.origin, "Lestari", "Porch");
    await page.getByRole("button", { name: "Join a room" }).click();
    await page.getByRole("button", { name: "Make a closed room" }).click();
    const made = page.getByRole("dialog", { name: "Make a closed room" });
    await made.getByLabel("Room", { exact: true }).fill("Cellar");
    await made.getByLabel("Room key").fill("seven blue lamps");
    await made.getByRole("button", { name: "Make the room" }).click();
    await page.getByRole("heading", { level: 1, name: "Cellar" }).waitFor();
    await say(page, "Behind the door");
    await line(page, "Behind the door").waitFor();
    const other = await visit(at(phone, await linkOf(page)));
    await other.getByRole("button", { name: "Go on as Lestari" }).click();
    await other.getByRole("button", { name: "Cellar Closed room" }).click();
    await reads(other, ["Behind the door"]);
  });

  test("but not to another server, where the link is not used up", async () => {
    const page = await come(laptop.origin, "Fajar", "Elsewhere");
    const link = await linkOf(page);
    const otherServer = await Program.start(["--server"]);
    const wrong = await visit(at(otherServer, link));
    await wrong.getByText("This link is for another server").waitFor();
    const right = await visit(at(phone, link));
    await right.getByRole("dialog", { name: "Go on as Fajar?" }).waitFor();
  });

  test("whose browser has a name already: it says which, and asks", async () => {
    const page = await come(laptop.origin, "Gita", "Replaced");
    const other = await come(phone.origin, "Gita 2", "Other");
    const tab = await open(other.context(), phone.origin);
    await tab.getByRole("log").waitFor();
    // A link that is opened where the page is open already.
    await other.goto(at(phone, await linkOf(page)));
    const asked = other.getByRole("dialog", { name: "Go on as Gita?" });
    await asked.getByText("Until now you are Gita 2 here").waitFor();
    await asked.getByRole("button", { name: "Cancel" }).click();
    await say(other, "Still Gita 2");
    await line(other, "Still Gita 2").waitFor();

    await page.getByRole("button", { name: "Done" }).click();
    await other.goto(at(phone, await linkOf(page)));
    await asked.getByRole("button", { name: "Become Gita" }).click();
    for (const each of [other, tab]) await each.getByRole("heading", { name: "Replaced" }).waitFor();
    expect(await keyOf(other)).toBe((await keyOf(page))!);
    await page.getByRole("button", { name: "Done" }).click();
    await until(() => peopleHere(page), ["Gita"]);
  });
});

describe("A program that has joined no server yet", () => {
  test("keeps the link until it has, and then asks", async () => {
    const page = await come(laptop.origin, "Hana", "Later");
    const link = await linkOf(page);
    const fresh = await Program.startByDefaults(["--no-open", "--web-port", "0"]);
    const other = await visit(at(fresh, link));
    await other.getByText("Your link is kept").waitFor();
    await other.getByLabel("Address").fill(server.address);
    await other.getByLabel("Address").press("Enter");
    await other.getByRole("button", { name: "Go on as Hana" }).click();
    await other.getByRole("heading", { name: "Later" }).waitFor();
  });
});

test("The host frees a name from the list of people, and is told what that means", async () => {
  const host = await come(server.startAddress, "Tuan", "Freed");
  await host.getByText("You are the host of this server now").waitFor();
  const lost = await come(laptop.origin, "Indra", "Freed");
  await say(lost, "Before the key was lost");
  await line(host, "Before the key was lost").waitFor();
  await lost.context().close();

  const people = host.getByRole("button", { name: /\d+ (people|person) here/ });
  await until(() => host.getByRole("button", { name: "1 person here", includeHidden: true }).count(), 1);
  await people.click();
  await host.getByRole("button", { name: "Free the name Indra" }).click();
  const dialog = host.getByRole("dialog", { name: "Free the name Indra?" });
  await dialog.getByText("Whoever enters as Indra next owns the name").waitFor();
  // To cancel frees nothing.
  await dialog.getByRole("button", { name: "Cancel" }).click();
  const refused = await visit(phone.origin);
  await refused.getByLabel("Your name").fill("Indra");
  await refused.getByLabel("Room").fill("Freed");
  await refused.getByRole("button", { name: "Enter" }).click();
  await refused.getByText("The name Indra is taken here").waitFor();

  await people.click();
  await host.getByRole("button", { name: "Free the name Indra" }).click();
  await dialog.getByRole("button", { name: "Free name" }).click();
  await host.getByText("The name Indra is free now").waitFor();
  await enter(refused, "Indra", "Freed");
  await until(async () => (await peopleHere(refused)).includes("Indra"), true);
});

test("Others than the host are offered no name to free", async () => {
  const page = await come(laptop.origin, "Joko", "Not freed");
  const away = await come(phone.origin, "Kartika", "Not freed");
  await say(away, "I was here");
  await line(page, "I was here").waitFor();
  await away.context().close();
  await until(() => page.getByRole("button", { name: "1 person here", includeHidden: true }).count(), 1);
  await page.getByRole("button", { name: /1 person here/ }).click();
  await page.getByRole("button", { name: "Write to Kartika" }).waitFor();
  expect(await page.getByRole("button", { name: "Free the name Kartika" }).count()).toBe(0);
});
