import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { come, enter, line, say, until } from "./people.ts";
import { newFolder, Program } from "./program.ts";

test("A file goes from one person to another: offered, taken, checked, and both see who has it", async () => {
  const { ada, bima } = await two();
  const bytes = noise(300_000);
  await attach(ada, await write("Peta desa.bin", bytes));
  await page(ada).send();
  await card(bima, "Peta desa.bin").getByText("Checked").waitFor();
  expect(await take(bima, "Peta desa.bin")).toEqual({ name: "Peta desa.bin", sha256: hash(bytes) });
  for (const one of [ada, bima]) await card(one, "Peta desa.bin").getByText("Received by Bima").waitFor();
  await card(bima, "Peta desa.bin").getByText("Checked").click();
  await card(bima, "Peta desa.bin").getByText(hash(bytes)).waitFor();
});

async function two(): Promise<{ server: Program; ada: Page; bima: Page }> {
  const server = await Program.start(["--server"]);
  const ada = await come(server.startAddress, "Ada", "Lobby");
  const bima = await come(server.origin, "Bima", "Lobby");
  return { server, ada, bima };
}

/** Chooses files by the input that browsers without handles have. */
async function attach(on: Page, ...paths: string[]): Promise<void> {
  await on.evaluate(() =>
    Object.assign(window, { showOpenFilePicker: undefined, showDirectoryPicker: undefined }),
  );
  await on.getByRole("button", { name: "Attach" }).click();
  const chooser = on.waitForEvent("filechooser");
  await on.getByRole("button", { name: "Files", exact: true }).last().click();
  await (await chooser).setFiles(paths);
  await on.getByRole("list", { name: "To be sent" }).waitFor();
}

function page(on: Page) {
  return { send: () => on.getByRole("button", { name: "Send", exact: true }).click() };
}

function card(on: Page, name: string): Locator {
  return line(on, name);
}

/** Takes a file by its link, as a press does. */
async function take(on: Page, name: string): Promise<{ name: string; sha256: string }> {
  const download = on.waitForEvent("download");
  await card(on, name).getByRole("link", { name, exact: true }).click();
  const taken = await download;
  return { name: taken.suggestedFilename(), sha256: hash(await Bun.file(await taken.path()).bytes()) };
}

async function write(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(await newFolder(), name);
  await Bun.write(path, bytes);
  return path;
}

function noise(bytes: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(made.subarray(at, at + 65_536));
  return made;
}

function hash(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
