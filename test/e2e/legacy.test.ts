import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { OldClient } from "../dialect-2021/old-client.ts";
import { OldServer } from "../dialect-2021/old-server.ts";
import { come, line, say } from "./people.ts";
import { newFolder, Program } from "./program.ts";

let server: OldServer | undefined;
afterEach(() => server?.stop());

test("A page joins an original server of 2021, and texts and files go both ways", async () => {
  server = new OldServer();
  const budi = await OldClient.inRoom(server.port, "budi");
  const program = await Program.start(["--connect", `127.0.0.1:${server.port}`, "--legacy"]);
  const ada = await come(program.startAddress, "Ada", "room1");
  await line(ada, "Welcome to chat room").waitFor();
  await ada.getByText("This is a server of the 2021 assignment").waitFor();
  expect(await ada.getByRole("button", { name: /people? here/ }).count()).toBe(0);
  expect(await ada.getByText("created the room").count()).toBe(0);

  await say(ada, "halo dari halaman");
  await budi.shows("[Ada] halo dari halaman");
  budi.text("halo dari 2021");
  await line(ada, "halo dari 2021").waitFor();

  const notes = Buffer.from("catatan rapat ✓\n".repeat(2_000));
  await attach(ada, "Catatan 漢字.txt", notes);
  await ada.getByRole("button", { name: "Send", exact: true }).click();
  await budi.shows("[Ada] client_Catatan 漢字.txt Received");
  await say(ada, "di belakangnya");
  await budi.shows("[Ada] di belakangnya");
  expect(budi.files.get("client_Catatan 漢字.txt")?.equals(notes)).toBe(true);

  const plan = Buffer.from("rencana acara\n".repeat(500));
  await budi.file("rencana.txt", plan);
  const card = line(ada).filter({ has: ada.getByRole("link", { name: "rencana.txt" }) });
  await card.getByText("Checked").waitFor();
  await card.getByText("rencana acara").first().waitFor();
  const [download] = await Promise.all([
    ada.waitForEvent("download"),
    card.getByRole("link", { name: "rencana.txt" }).click(),
  ]);
  expect(Buffer.from(await Bun.file(await download.path()).bytes()).equals(plan)).toBe(true);
  await ada.getByRole("button", { name: "Files" }).click();
  const list = ada.getByRole("dialog", { name: "Files" });
  for (const name of ["rencana.txt", "Catatan 漢字.txt"]) await list.getByRole("link", { name }).waitFor();
  expect(budi.state).toBe("well");
});

/** Puts a file to what is going to be sent. */
async function attach(page: Page, name: string, bytes: Buffer): Promise<void> {
  const path = join(await newFolder(), name);
  await Bun.write(path, bytes);
  // As in browsers that have no handles.
  await page.evaluate(() => Object.assign(window, { showOpenFilePicker: undefined }));
  await page.getByRole("button", { name: "Attach" }).click();
  const chooser = page.waitForEvent("filechooser");
  await page.locator("#attach-menu").getByRole("button", { name: "Files" }).click();
  await (await chooser).setFiles(path);
  await page.getByRole("list", { name: "To be sent" }).waitFor();
}
