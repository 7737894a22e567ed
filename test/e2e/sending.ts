// Files on their way between two pages, as people send and take them.

import { join } from "node:path";
import type { CDPSession, Download, Locator, Page } from "playwright-core";
import { come, line } from "./people.ts";
import { newFolder, Program } from "./program.ts";

export async function two(): Promise<{ server: Program; ada: Page; bima: Page }> {
  const server = await Program.start(["--server"]);
  const ada = await come(server.startAddress, "Ada", "Lobby");
  const bima = await come(server.origin, "Bima", "Lobby");
  return { server, ada, bima };
}

/** Chooses files as in browsers that have no handles. */
export async function attach(on: Page, ...paths: string[]): Promise<void> {
  await on.getByRole("button", { name: "Attach" }).click();
  await choose(on, on.locator("#attach-menu").getByRole("button", { name: "Files" }), ...paths);
  await on.getByRole("list", { name: "To be sent" }).waitFor();
}

export async function attachFolder(on: Page, path: string): Promise<void> {
  await on.getByRole("button", { name: "Attach" }).click();
  await choose(on, on.locator("#attach-menu").getByRole("button", { name: "A folder" }), path);
  await on.getByRole("list", { name: "To be sent" }).waitFor();
}

export async function choose(on: Page, button: Locator, ...paths: string[]): Promise<void> {
  await on.evaluate(() =>
    Object.assign(window, { showOpenFilePicker: undefined, showDirectoryPicker: undefined }),
  );
  const chooser = on.waitForEvent("filechooser");
  await button.click();
  await (await chooser).setFiles(paths);
}

/** A file of the browser's own, whose handle can be kept as that of a chosen one. */
export function withHandle(on: Page, name: string, bytes: number): Promise<void> {
  return on.evaluate(
    async ([name, bytes]) => {
      const folder = await navigator.storage.getDirectory();
      const handle = await folder.getFileHandle(name, { create: true });
      const writable = await handle.createWritable();
      await writable.write(new Uint8Array(bytes).map((_, i) => i % 251));
      await writable.close();
      Object.assign(window, { showOpenFilePicker: async () => [handle] });
    },
    [name, bytes] as const,
  );
}

/** Lets files and folders fall on the middle of the window, as from the system's file manager. */
export async function drop(on: Page, ...paths: string[]): Promise<void> {
  const session = await on.context().newCDPSession(on);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", { type, x: 600, y: 300, data });
  await session.detach();
}

/** Lets files fall whose names no disk of ours would take. */
export function dropFiles(
  on: Page,
  files: readonly (readonly [name: string, text: string])[],
): Promise<void> {
  return on.evaluate((files) => {
    const dataTransfer = new DataTransfer();
    for (const [name, text] of files) dataTransfer.items.add(new File([text], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, files);
}

/** A picture on the disk, drawn by a browser; a noisy one is as large as it can be. */
export async function picture(
  on: Page,
  name: string,
  { width, height, isNoisy = false }: { width: number; height: number; isNoisy?: boolean },
): Promise<string> {
  const base64 = await on.evaluate(
    async ([width, height, isNoisy]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const context = canvas.getContext("2d");
      const pixels = context?.createImageData(width, height);
      if (!context || !pixels) return "";
      for (let at = 0; at < pixels.data.length; at++)
        pixels.data[at] = at % 4 === 3 ? 255 : isNoisy ? Math.random() * 256 : at % 256;
      context.putImageData(pixels, 0, 0);
      const url = canvas.toDataURL("image/png");
      return url.slice(url.indexOf(",") + 1);
    },
    [width, height, isNoisy] as const,
  );
  return write(name, Uint8Array.fromBase64(base64));
}

/** A film of half a second, recorded by a browser. */
export async function film(on: Page): Promise<Uint8Array> {
  const bytes = await on.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 160, height: 90 });
    const context = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: "video/webm" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    recorder.start();
    for (let frame = 0; frame < 15; frame++) {
      if (context) context.fillStyle = `hsl(${frame * 20} 60% 50%)`;
      context?.fillRect(0, 0, 160, 90);
      await new Promise((resolve) => setTimeout(resolve, 33));
    }
    recorder.stop();
    await stopped;
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  return new Uint8Array(bytes);
}

/** A sound (WAV, 8 bits, 8,000 a second). */
export function tone(seconds: number): Uint8Array {
  const samples = seconds * 8000;
  const wav = Buffer.alloc(44 + samples, 0x80);
  wav.write("RIFF");
  wav.writeUInt32LE(36 + samples, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt32LE(1 | (1 << 16), 20);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(8000, 28);
  wav.writeUInt32LE(1 | (8 << 16), 32);
  wav.write("data", 36);
  wav.writeUInt32LE(samples, 40);
  return wav;
}

/** Pastes a picture, as from a screenshot. */
export function paste(on: Page): Promise<void> {
  return on.evaluate(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 400 });
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([blob ?? ""], "image.png", { type: "image/png" }));
    document.activeElement?.dispatchEvent(
      new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
    );
  });
}

export function send(on: Page): Promise<void> {
  return on.getByRole("button", { name: "Send", exact: true }).click();
}

export function card(on: Page, name: string): Locator {
  return line(on, name);
}

/** The offsets at which a page has begun to put. */
export function putsOf(on: Page): number[] {
  const offsets: number[] = [];
  on.on("request", (request) => {
    if (request.method() === "PATCH") offsets.push(Number(request.headers()["upload-offset"]));
  });
  return offsets;
}

const sessions = new WeakMap<Page, Promise<CDPSession>>();

/** Lets a page send so many bytes a second; -1: as many as it can. */
export async function slow(on: Page, bytesPerSecond: number): Promise<void> {
  // One for each page: what another session has set goes on to hold.
  const asked = sessions.get(on) ?? on.context().newCDPSession(on);
  sessions.set(on, asked);
  const session = await asked;
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
}

/** Takes a file by its link, as a press does. */
export async function take(on: Page, name: string): Promise<{ name: string; sha256: string }> {
  const taken = await download(on, card(on, name).getByRole("link", { name, exact: true }));
  return { name: taken.suggestedFilename(), sha256: hash(await Bun.file(await taken.path()).bytes()) };
}

export async function download(on: Page, link: Locator): Promise<Download> {
  const begun = on.waitForEvent("download");
  await link.click();
  return begun;
}

export async function write(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(await newFolder(), name);
  await Bun.write(path, bytes);
  return path;
}

export function noise(bytes: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(made.subarray(at, at + 65_536));
  return made;
}

export function hash(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
