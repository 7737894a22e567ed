// make dev: the server from source. A change rebuilds the UI, restarts the server, and reloads open pages.
//
//     bun tools/dev.ts [OPTION...]     options of pendopo --server

import { watch } from "node:fs";
import { buildUi } from "./ui.ts";

// Editors write a file in several steps.
const SETTLE_MS = 80;
const STOP_MS_MAX = 5000;

// Same origin and no inline script, so that the page's policy stays as it is in the product. The page's ETag
// changes with any script or style, since their names carry their hash.
const reload = `setInterval(async () => {
  const page = await fetch("/", { method: "HEAD", cache: "no-store" }).catch(() => undefined);
  const etag = page?.ok ? page.headers.get("etag") : undefined;
  if (etag && window.devEtag && etag !== window.devEtag) location.reload();
  if (etag) window.devEtag = etag;
}, 500);
`;

let server: Bun.Subprocess | undefined;
let timer: Timer | undefined;
let turn = Promise.resolve();

for (const folder of ["src", "public"]) {
  watch(folder, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      turn = turn.then(restart);
    }, SETTLE_MS);
  });
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => void stop().then(() => process.exit(0)));
}
turn = restart();

async function restart(): Promise<void> {
  try {
    await buildUi({ forProduct: false, devScript: { path: "dev-reload.js", source: reload } });
  } catch (error) {
    // The old server and its page stay up until the sources build again.
    console.error(Bun.inspect(error));
    return;
  }
  const isFirst = server === undefined;
  await stop();
  const options = [...(isFirst ? [] : ["--no-open"]), ...process.argv.slice(2)];
  server = Bun.spawn([process.execPath, "src/main.ts", "--server", ...options], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}

async function stop(): Promise<void> {
  if (!server || server.exitCode !== null) return;
  const running = server;
  running.kill("SIGTERM");
  const late = setTimeout(() => running.kill("SIGKILL"), STOP_MS_MAX);
  await running.exited;
  clearTimeout(late);
}
