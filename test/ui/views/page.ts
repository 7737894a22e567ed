// The gallery in a real Chromium, under the policy that the bridge sends with the product's page.

import { afterAll, beforeAll } from "bun:test";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import type { GalleryPage } from "./gallery.ts";

declare global {
  // In the page.
  var gallery: GalleryPage;
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

interface Gallery {
  /** Shows a scene on a new page. */
  show(scene: string, wish?: Wish): Promise<Page>;
  /** What any page has complained of: exceptions, console errors, breaches of the policy. */
  complaints: string[];
  stop(): Promise<void>;
}

export interface Wish {
  theme?: "light" | "dark";
  lang?: "en" | "id";
  width?: number;
  height?: number;
}

/**
 * Opens the gallery for the tests of a file.
 *
 * @returns  on(scene, work): shows a scene, does the work there, closes the page. calls(), focused(): what the views
 *           called on the models, and what has the focus, on the page that is open.
 */
export function useGallery() {
  let shown: Gallery;
  let page: Page;
  beforeAll(async () => {
    shown = await openGallery();
  }, 30_000);
  afterAll(async () => {
    await shown?.stop();
  });
  return {
    async on<T>(scene: string, work: (page: Page) => Promise<T>, wish?: Wish): Promise<T> {
      page = await shown.show(scene, wish);
      try {
        return await work(page);
      } finally {
        await page.close();
      }
    },
    complaints: () => shown.complaints,
    calls: () => page.evaluate(() => gallery.calls),
    focused: () =>
      page.evaluate(() => {
        const element = document.activeElement;
        return element?.getAttribute("aria-label") ?? element?.textContent?.trim();
      }),
  };
}

async function openGallery(): Promise<Gallery> {
  const files = await build();
  const server = Bun.serve({
    port: 0,
    hostname: "localhost",
    development: false,
    fetch(request) {
      const { pathname } = new URL(request.url);
      const file = files.get(pathname === "/" ? "/gallery.html" : pathname);
      if (!file) return new Response(null, { status: 404 });
      return new Response(file, { headers: { "content-security-policy": POLICY } });
    },
    error: () => new Response(null, { status: 500 }),
  });
  const browser = await launch();
  const complaints: string[] = [];
  return {
    complaints,
    async show(scene, { theme = "light", lang = "en", width = 1280, height = 800 } = {}) {
      const page = await browser.newPage({
        viewport: { width, height },
        reducedMotion: "reduce",
        permissions: ["clipboard-read", "clipboard-write"],
      });
      page.on("pageerror", (error) => complaints.push(`${scene}: ${error.message}`));
      page.on("console", (message) => {
        // There is no favicon here.
        if (message.type() === "error" && !message.text().includes("404")) {
          complaints.push(`${scene}: ${message.text()}`);
        }
      });
      await page.goto(`${server.url}?${new URLSearchParams({ scene, theme, lang })}`);
      await page.waitForFunction(() => "gallery" in globalThis);
      return page;
    },
    async stop() {
      await browser.close();
      await server.stop(true);
    },
  };
}

async function build(): Promise<Map<string, Blob>> {
  const page = fileURLToPath(new URL("./gallery.html", import.meta.url));
  const built = await Bun.build({
    entrypoints: [page],
    target: "browser",
    publicPath: "/",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return new Map(built.outputs.map((output) => [`/${output.path.split("/").at(-1)}`, output]));
}

function launch(): Promise<Browser> {
  const found = Bun.spawnSync(["tools/chromium.sh"], { stderr: "inherit" });
  const executablePath = found.stdout.toString().trim();
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}
