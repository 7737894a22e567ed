import { expect, test } from "bun:test";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { come, line, say, visit } from "./people.ts";
import { Program } from "./program.ts";

/** What stands behind the lock. */
async function letters(page: Page, lock: string): Promise<string> {
  await page.getByRole("button", { name: new RegExp(`^${lock} `) }).click();
  const panel = page.locator("#security");
  await panel.waitFor();
  const text = await panel.locator(".fingerprint").textContent();
  await page.keyboard.press("Escape");
  return text ?? "";
}

test("R-TLS-6: Whoever joined sees a lock, and the same letters as the host, in both languages", async () => {
  const server = await Program.start(["--server"]);
  const client = await Program.start(["--connect", server.address]);
  const { fingerprint } = server;
  expect(fingerprint).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){4}$/);

  const ada = await come(server.startAddress, "Ada", "lobby");
  expect(await letters(ada, "On this computer")).toBe(fingerprint);
  const budi = await come(client.origin, "Budi", "lobby");
  expect(await letters(budi, "Encrypted")).toBe(fingerprint);
  await say(budi, "Nobody reads along");
  await line(ada, "Nobody reads along").waitFor();

  const citra = await visit(client.origin, { locale: "id-ID" });
  await citra.getByLabel("Nama Anda").fill("Citra");
  await citra.getByLabel("Ruang").fill("lobby");
  await citra.getByLabel("Ruang").press("Enter");
  expect(await letters(citra, "Terenkripsi")).toBe(fingerprint);
});

test("R-TLS-10: A server with another certificate is a warning, and nothing is said until somebody accepts it", async () => {
  const server = await Program.start(["--server"]);
  const client = await Program.start(["--connect", server.bareAddress]);
  const ada = await come(client.origin, "Ada", "lobby");
  await say(ada, "Before");
  await line(ada, "Before").waitFor();
  const before = server.fingerprint;

  await server.stop();
  await unlink(join(server.data, "certificate.pem"));
  const other = await Program.start(["--server", ...server.samePorts], server.data);
  expect(other.fingerprint).not.toBe(before);

  const warning = ada.getByRole("dialog", { name: "This may be somebody else's server" });
  await warning.waitFor();
  expect(await warning.getByRole("alert").textContent()).toContain(server.bareAddress);
  expect(await warning.locator(".fingerprint").allTextContents()).toEqual([before, other.fingerprint]);
  const accept = warning.getByRole("button", { name: "Trust this server" });
  expect(await accept.isDisabled()).toBe(true);

  // Closed, it is still said, and trying again warns again.
  await ada.keyboard.press("Escape");
  await warning.waitFor({ state: "hidden" });
  await ada.getByText("not the one that was seen at this address before").waitFor();
  await say(ada, "Only when it is safe");
  await ada.getByRole("button", { name: "Try now" }).click();
  await warning.waitFor();
  expect(await line(ada, "Only when it is safe").getAttribute("data-state")).toBe("waiting");

  await warning.getByLabel("The host has told me the new letters").check();
  await accept.click();
  await warning.waitFor({ state: "hidden" });
  await line(ada, "Only when it is safe").and(ada.locator(':not([data-state="waiting"])')).waitFor();
  expect(await letters(ada, "Encrypted")).toBe(other.fingerprint);
});

test("R-TLS-8: An invite of another server cannot be argued with", async () => {
  const server = await Program.start(["--server"]);
  const client = await Program.start(["--connect", `${server.bareAddress}/${"abcd-".repeat(4)}abcd`]);
  const page = await visit(client.origin);
  const warning = page.getByRole("dialog", { name: "This may be somebody else's server" });
  await warning.waitFor();
  await warning.getByText("Ask the host for a new invite").waitFor();
  expect(await warning.locator(".fingerprint").allTextContents()).toEqual([
    "abcd-abcd-abcd-abcd-abcd",
    server.fingerprint,
  ]);
  expect(await warning.getByRole("checkbox").count()).toBe(0);
});
