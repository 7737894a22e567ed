// make screenshot: the README's pictures, of people who talk in the built program.
//
//     CHROMIUM=/usr/bin/chromium bun tools/screenshot.ts

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const FOLDER = "docs/images";
const BYTES_MAX = 200_000;
const DESKTOP = { width: 1200, height: 780 };
const PHONE = { width: 390, height: 780 };

const data = await mkdtemp(join(tmpdir(), "pendopo-screenshot-"));
const program = Bun.spawn(
  ["dist/pendopo", "--server", "--no-open", "--data", data, "--host", "127.0.0.1"].concat([
    "--port",
    "0",
    "--web-port",
    "0",
  ]),
  { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  await mkdir(FOLDER, { recursive: true });
  await takeAll(browser, await originOf(program.stdout));
} finally {
  await browser.close();
  program.kill();
  await program.exited;
  await rm(data, { recursive: true });
}

async function takeAll(browser: Browser, origin: string): Promise<void> {
  const visit = async (viewport = DESKTOP): Promise<Page> => {
    const page = await browser.newPage({
      viewport,
      locale: "en-GB",
      timezoneId: "Asia/Jakarta",
      colorScheme: "light",
      reducedMotion: "reduce",
      deviceScaleFactor: 1.5,
    });
    await page.goto(origin);
    await page.getByLabel("Your name").waitFor();
    return page;
  };

  const sari = await visit();
  await sari.getByLabel("Your name").fill("Sari");
  await sari.getByLabel("Room").fill("Lobby");
  await take(sari, "login");
  await sari.getByRole("button", { name: "Enter" }).click();
  await sari.getByLabel("Message").waitFor();
  await joinRoom(sari, "Registration");
  await joinRoom(sari, "Kitchen");
  await showRoom(sari, "Lobby");

  const budi = await visit(PHONE);
  await enter(budi, "Budi", "Lobby");
  const wayan = await visit();
  await enter(wayan, "Wayan Sudana", "Lobby");

  await say(sari, "Morning! The hall has a network now, but no internet before noon.");
  await say(budi, "Then we meet here until then.");
  await say(wayan, "Good idea. How do the volunteers get in?");
  await say(
    budi,
    "They start Pendopo on their own machine, and type our address:\n```sh\npendopo --connect 192.168.1.5\n```",
  );
  await say(sari, "The list of tables is at http://192.168.1.5/tables");
  await say(wayan, "Thanks, I will send them here.");
  await say(sari, "The projector is in the small hall, its name is `pendopo-2`.");

  await joinRoom(wayan, "Kitchen");
  await say(wayan, "Coffee is ready.");
  await sari.getByText("1 unread message").waitFor({ state: "attached" });
  await budi.getByLabel("Message").pressSequentially("Great, I am on my way", { delay: 150 });
  await sari.getByText("Budi is typing").waitFor();
  await take(sari, "room-light");
  await sari.emulateMedia({ colorScheme: "dark" });
  await budi.getByLabel("Message").pressSequentially(" with the cables", { delay: 150 });
  await take(sari, "room-dark");
  await take(budi, "phone");

  await sari.emulateMedia({ colorScheme: "light" });
  await showRoom(wayan, "Lobby");
  await say(wayan, "The stage is up. The film of the rehearsal follows.");
  await send(wayan, "pendopo.png", await drawing(wayan));
  await slowUploads(wayan, 4_000_000);
  await send(wayan, "rehearsal.mp4", Buffer.alloc(45_000_000));
  await sari
    .getByText(/% .* left$/)
    .last()
    .waitFor();
  await take(sari, "files");
}

async function enter(page: Page, name: string, room: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Room").fill(room);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByLabel("Message").waitFor();
}

async function joinRoom(page: Page, room: string): Promise<void> {
  await page.getByRole("button", { name: "Join a room" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Room").fill(room);
  await dialog.getByRole("button", { name: "Join" }).click();
  await page.getByRole("heading", { level: 1, name: room }).waitFor();
}

async function showRoom(page: Page, room: string): Promise<void> {
  await page.getByRole("navigation").getByRole("button", { name: room }).click();
  await page.getByRole("heading", { level: 1, name: room }).waitFor();
}

/** Says something, and waits until everybody in the room could have seen it. */
async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.getByLabel("Message").press("Enter");
  await page.locator('.line[data-state="sent"]').last().waitFor();
  await page.locator('.line[data-state="waiting"]').waitFor({ state: "detached" });
}

/** Sends a file, and waits until the others see its beginning. */
async function send(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.locator(".composer input[type=file]").setInputFiles({ name, mimeType: "", buffer });
  await page.getByRole("list", { name: "To be sent" }).getByText(name).waitFor();
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("log").getByRole("link", { name, exact: true }).waitFor();
}

/** A picture of the pavilion, in flat colours. */
async function drawing(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 800, height: 600 });
    const context = canvas.getContext("2d");
    if (!context) return "";
    const shape = (colour: string, ...path: [number, number][]) => {
      context.fillStyle = colour;
      context.beginPath();
      for (const [x, y] of path) context.lineTo(x, y);
      context.fill();
    };
    shape("#f4d7a6", [0, 0], [800, 0], [800, 600], [0, 600]);
    shape("#e3a86a", [0, 400], [260, 300], [520, 390], [800, 280], [800, 600], [0, 600]);
    shape("#b06a3a", [0, 480], [800, 480], [800, 600], [0, 600]);
    shape("#4a2412", [310, 110], [490, 110], [550, 230], [250, 230]);
    shape("#5c2e17", [235, 240], [565, 240], [740, 330], [60, 330]);
    for (const x of [130, 290, 490, 650]) shape("#4a2412", [x, 330], [x + 20, 330], [x + 20, 500], [x, 500]);
    shape("#4a2412", [90, 500], [710, 500], [710, 520], [90, 520]);
    return canvas.toDataURL("image/png").split(",")[1] ?? "";
  });
  return Buffer.from(base64, "base64");
}

async function slowUploads(page: Page, uploadThroughput: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const rest = { offline: false, latency: 0, downloadThroughput: -1 };
  await session.send("Network.emulateNetworkConditions", { ...rest, uploadThroughput });
}

async function take(page: Page, name: string): Promise<void> {
  const path = `${FOLDER}/${name}.png`;
  const { byteLength } = await page.screenshot({ path, animations: "disabled" });
  console.log(`${path}: ${Math.round(byteLength / 1000)} KB`);
  if (byteLength > BYTES_MAX) throw new Error(`Cannot keep ${path}: it has more than ${BYTES_MAX / 1000} KB`);
}

/** The address that the program prints once it listens. */
async function originOf(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let greeting = "";
  const decoder = new TextDecoder();
  for await (const chunk of stdout) {
    greeting += decoder.decode(chunk, { stream: true });
    const origin = /http:\/\/localhost:\d+/.exec(greeting)?.[0];
    if (origin !== undefined) return origin;
  }
  throw new Error(`Cannot take pictures: the program printed no address: ${greeting}`);
}
