// A folder of 2,000 files of 4 KiB against one file of the same size, from one browser to another: from the drop until
// it can be sent, from the press until the other page says that what came was checked, and until that has all of it.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { startServer } from "./load/server.ts";

/** In ms, one for each round. */
type Figures = { dropped: number[]; sent: number[]; taken: number[] };

const files = 2_000;
const fileBytes = 4_096;
const rounds = 5;

const executablePath =
  process.env.CHROMIUM || Bun.spawnSync(["tools/chromium.sh"]).stdout.toString().trim() || undefined;
const folder = mkdtempSync(join(tmpdir(), "pendopo-bench-"));
const server = await startServer();
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  await compare(browser);
} finally {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true });
}

async function compare(browser: Browser): Promise<void> {
  const sender = await enter(browser, "Ada");
  const receiver = await enter(browser, "Bima");
  const figures = {
    file: { dropped: [], sent: [], taken: [] } as Figures,
    folder: { dropped: [], sent: [], taken: [] } as Figures,
  };
  // The first round warms both pages up.
  for (let round = 0; round <= rounds; round++) {
    for (const kind of ["file", "folder"] as const) {
      const name = `${kind} ${round}`;
      await write(kind, join(folder, name));
      const startedAt = performance.now();
      await drop(sender, join(folder, name));
      const droppedAt = performance.now();
      await sender.getByRole("button", { name: "Send" }).click();
      await shown(receiver, ".file-line", [name, "Checked"]);
      const sentAt = performance.now();
      const download = receiver.waitForEvent("download");
      await receiver.getByRole("log").getByRole("link", { name, exact: true }).click();
      await (await download).path();
      if (round === 0) continue;
      figures[kind].dropped.push(droppedAt - startedAt);
      figures[kind].sent.push(sentAt - droppedAt);
      figures[kind].taken.push(performance.now() - sentAt);
    }
  }
  const megabytes = ((files * fileBytes) / 1e6).toFixed(1);
  console.log(`${files} files of ${fileBytes} bytes, and one of ${megabytes} MB, median of ${rounds}:`);
  for (const what of ["dropped", "sent", "taken"] as const) {
    tell(what, median(figures.file[what]), median(figures.folder[what]));
  }
  const all = ({ dropped, sent }: Figures) => median(dropped.map((ms, i) => ms + (sent[i] ?? 0)));
  tell("dropped and sent", all(figures.file), all(figures.folder));
}

function tell(what: string, file: number, folder: number): void {
  const [one, many] = [file, folder].map((ms) => `${ms.toFixed(0).padStart(4)} ms`);
  console.log(`  ${what.padEnd(16)}  file ${one}  folder ${many}  ratio ${(folder / file).toFixed(2)}`);
}

async function enter(browser: Browser, name: string): Promise<Page> {
  const page = await browser.newPage({ locale: "en-US" });
  await page.goto(server.origin);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Room").fill("Bench");
  await page.getByLabel("Room").press("Enter");
  await page.getByRole("log").waitFor();
  return page;
}

/** Other bytes in each file and in each round: the same ones would be stored once. */
async function write(kind: "file" | "folder", path: string): Promise<void> {
  if (kind === "file") {
    await Bun.write(path, noise(files * fileBytes));
    return;
  }
  mkdirSync(path);
  for (let i = 0; i < files; i++) await Bun.write(join(path, `${i % 20}`, `file ${i}.bin`), noise(fileBytes));
}

/** Lets it fall on the page, as from the system's file manager. */
async function drop(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", { type, x: 600, y: 300, data });
  await shown(page, ".chip", [basename(path)]);
}

/** Looked for at each frame: what Playwright waits for by itself it looks for twice a second. */
function shown(page: Page, selector: string, texts: string[]): Promise<void> {
  return page.evaluate(
    async ([selector, texts]) => {
      const has = (element: Element) => texts.every((text) => element.textContent.includes(text));
      while (![...document.querySelectorAll(selector)].some(has)) await new Promise(requestAnimationFrame);
    },
    [selector, texts] as const,
  );
}

function noise(bytes: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(made.subarray(at, at + 65_536));
  return made;
}

function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}
