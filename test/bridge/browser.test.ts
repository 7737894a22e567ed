import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { type FileWorld, noise, offer, openWorld, patch, pathOf, sha256, upload } from "./file-world.ts";

let world: FileWorld;
let browser: Browser;
let page: Page;
const alerts: string[] = [];

beforeAll(async () => {
  world = await openWorld();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || Bun.spawnSync(["tools/chromium.sh"]).stdout.toString().trim(),
    args: ["--no-sandbox", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required"],
  });
  page = await browser.newPage();
  page.on("dialog", (dialog) => {
    alerts.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto(world.door.origin);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await world[Symbol.asyncDispose]();
});

/** Follows a link as a person does, to an address that is downloaded. @returns What has come, and its name. */
async function follow(path: string): Promise<{ name: string; bytes: () => Promise<Uint8Array> }> {
  const coming = page.waitForEvent("download");
  await page.evaluate((href) => {
    const link = document.createElement("a");
    link.href = href;
    link.click();
  }, path);
  const download = await coming;
  const bytes = async () => Bun.file(await download.path()).bytes();
  return { name: download.suggestedFilename(), bytes };
}

describe("R-HTTP-9: what a peer sent never runs", () => {
  test("though what runs would be seen", async () => {
    await page.evaluate(() => window.alert("seen"));
    expect(alerts.splice(0)).toEqual(["seen"]);
  });

  const kinds: [string, string][] = [
    ["page.html", "<!doctype html><script>alert(1)</script>"],
    ["drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(2)</script></svg>'],
    [
      "page.xhtml",
      '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(3)</script></html>',
    ],
  ];
  for (const [name, text] of kinds) {
    test(`${name} is downloaded wherever it is opened`, async () => {
      const path = await pathOf(
        world,
        await upload(world, name, new TextEncoder().encode(text)),
        "view",
        name,
      );
      const downloaded = await follow(path);
      expect([downloaded.name, Buffer.from(await downloaded.bytes()).toString()]).toEqual([name, text]);
      const shown = await page.evaluate((src) => {
        const image = new Image();
        image.src = src;
        return new Promise<string>((resolve) => {
          image.onload = () => resolve("loaded");
          image.onerror = () => resolve("refused");
        });
      }, path);
      expect(shown).toBe("refused");
      expect(alerts).toEqual([]);
    });
  }

  test("Text that is a script is shown as text", async () => {
    const text = new TextEncoder().encode("alert(4)\n");
    const path = await pathOf(world, await upload(world, "x.js", text), "view");
    const other = await browser.newPage();
    other.on("dialog", (dialog) => alerts.push(dialog.message()));
    await other.goto(`${world.door.origin}${path}`);
    expect(await other.textContent("body")).toBe("alert(4)\n");
    expect(alerts).toEqual([]);
    await other.close();
  });
});

test("A download arrives whole, under its name, also while it is still being sent", async () => {
  const bytes = noise(8_000_000);
  const name = "Übung – 文件.bin";
  const path = await pathOf(world, await upload(world, name, bytes), "get", name);
  const whole = await follow(path);
  expect([whole.name, sha256(await whole.bytes())]).toEqual([name, sha256(bytes)]);
  const offered = await offer(world, "beam.bin", bytes.length);
  await patch(world.door, offered, 0, bytes.subarray(0, 2_000_000));
  const arriving = await follow(await pathOf(world, offered));
  await patch(world.door, offered, 2_000_000, bytes.subarray(2_000_000));
  expect([arriving.name, sha256(await arriving.bytes())]).toEqual(["beam.bin", sha256(bytes)]);
});

test("Sound plays from where one jumps to, without all of it coming", async () => {
  const seconds = 120;
  const bytesPerSecond = 176_400;
  const wav = new Uint8Array(44 + seconds * bytesPerSecond);
  const view = new DataView(wav.buffer);
  wav.set(new TextEncoder().encode("RIFF    WAVEfmt "));
  wav.set(new TextEncoder().encode("data"), 36);
  view.setUint32(4, wav.length - 8, true);
  view.setUint32(16, 16, true);
  view.setUint32(20, 1 | (2 << 16), true);
  view.setUint32(24, bytesPerSecond / 4, true);
  view.setUint32(28, bytesPerSecond, true);
  view.setUint32(32, 4 | (16 << 16), true);
  view.setUint32(40, wav.length - 44, true);
  const path = await pathOf(world, await upload(world, "tone.wav", wav), "view");
  const ranges: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith(path)) ranges.push(request.headers().range ?? "none");
  });
  const played = await page.evaluate(async (src) => {
    const audio = new Audio(src);
    audio.muted = true;
    const happened = (event: string) => new Promise((resolve) => audio.addEventListener(event, resolve));
    await happened("loadedmetadata");
    audio.currentTime = 110;
    await happened("seeked");
    await audio.play();
    await happened("timeupdate");
    return [audio.duration, audio.currentTime >= 110, audio.error];
  }, path);
  expect(played).toEqual([seconds, true, null]);
  expect(ranges.length).toBeGreaterThan(1);
});
