// What other pages in the same browser can do to Pendopo: nothing. Each attack is shown to work on somebody who
// does not defend themselves, so that it would be seen if it worked here.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Socket, TCPSocketListener } from "bun";
import { type Browser, chromium, type Page } from "playwright-core";
import { Person, put } from "../relay/file-client.ts";
import { Program } from "./program.ts";

/** A name that the attacker's DNS points at this machine, as rebinding does. */
const attacker = "attacker.example";

let program: Program;
let browser: Browser;
let naive: ReturnType<typeof serveNaively>;
let evil: ReturnType<typeof servePage>;
let file: string;

beforeAll(async () => {
  program = await Program.start(["--server"]);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      `--host-resolver-rules=MAP ${attacker} 127.0.0.1`,
    ],
  });
  naive = serveNaively();
  evil = servePage();
  file = await sendFile();
});
afterAll(async () => {
  await browser.close();
  await naive.stop(true);
  await evil.stop(true);
});

for (const [where, host] of [
  ["another site", attacker],
  ["another port of localhost", "localhost"],
] as const) {
  describe(`A page of ${where}`, () => {
    const attacks: [string, (page: Page, origin: string) => Promise<boolean>][] = [
      ["opens no WebSocket", opensWebSocket],
      ["reads no answer", (page, origin) => reads(page, `${origin}/api/bridge`)],
      [
        "reads no file of which it has the address",
        (page, origin) => reads(page, origin + path(origin, file)),
      ],
      ["shows no picture of it", (page, origin) => loads(page, "img", `${origin}/icon.svg`)],
      ["runs no script of it", (page, origin) => loads(page, "script", `${origin}/theme.js`)],
      ["frames nothing", frames],
    ];
    for (const [name, attack] of attacks) {
      test(name, async () => {
        const page = await visit(`http://${host}:${evil.port}/`);
        expect(await attack(page, `http://localhost:${naive.port}`)).toBe(true);
        expect(await attack(page, program.origin)).toBe(false);
        await page.close();
      });
    }

    for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]) {
      test(`changes nothing by a form of ${type}`, async () => {
        expect(await changesByForm(host, `http://localhost:${naive.port}`, type)).toBe(true);
        expect(await changesByForm(host, program.origin, type)).toBe(false);
        expect(await stateOf(program)).toMatchObject({ mode: "server" });
      });
    }

    test("changes nothing by a request whose answer it does not want", async () => {
      const page = await visit(`http://${host}:${evil.port}/`);
      for (const command of ["reset", "host", "join"]) {
        await page.evaluate(
          (url) => fetch(url, { method: "POST", mode: "no-cors", body: '{"address":"x"}' }).catch(() => {}),
          `${program.origin}/api/${command}`,
        );
      }
      expect(await stateOf(program)).toMatchObject({ mode: "server" });
      await page.close();
    });
  });
}

describe("A name that is made to point here", () => {
  test("is not answered", async () => {
    expect(await rebound(program.webPort)).toEqual({ page: 421, answer: 421, file: 421, hasSocket: false });
  });

  test("would be, if nobody looked at the Host", async () => {
    const listener = forgetHosts(program);
    expect(await rebound(listener.port)).toMatchObject({ page: 200, answer: 200, file: 200 });
    listener.stop(true);
  });
});

/** What a page can reach under the attacker's name on a port: statuses of answers, and whether a WebSocket opens. */
async function rebound(port: number) {
  const page = await browser.newPage();
  const response = await page.goto(`http://${attacker}:${port}/`);
  const status = (url: string) => page.evaluate(async (url) => (await fetch(url)).status, url);
  const found = {
    page: response?.status(),
    answer: await status("/api/bridge"),
    file: await status(file),
    hasSocket: await opensWebSocket(page, `http://${attacker}:${port}`),
  };
  await page.close();
  return found;
}

/** The program behind a door that takes every Host for the right one: what it would be without its check. */
function forgetHosts({ webPort }: Program): TCPSocketListener<{ inner: Promise<Socket> }> {
  const host = new RegExp(`${attacker}:\\d+`, "g");
  return Bun.listen<{ inner: Promise<Socket> }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(outer) {
        const inner = Bun.connect({
          hostname: "127.0.0.1",
          port: webPort,
          socket: { data: (_, bytes) => void outer.write(bytes), close: () => void outer.end() },
        });
        outer.data = { inner };
      },
      async data(outer, bytes) {
        (await outer.data.inner).write(bytes.toString("latin1").replace(host, `localhost:${webPort}`));
      },
      async close(outer) {
        (await outer.data.inner).end();
      },
    },
  });
}

/** Somebody who answers everybody everything. */
function serveNaively() {
  let changes = 0;
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, server) {
      if (server.upgrade(request)) return undefined;
      const { pathname } = new URL(request.url);
      if (request.method === "POST") changes += 1;
      const headers = { "Access-Control-Allow-Origin": "*" };
      if (pathname === "/changes") return Response.json(changes, { headers });
      if (pathname === "/theme.js")
        return new Response("", { headers: { "Content-Type": "text/javascript" } });
      if (pathname === "/icon.svg")
        return new Response(icon, { headers: { "Content-Type": "image/svg+xml" } });
      return new Response("<!doctype html><title>naive</title>", { headers: { ...headers, ...html } });
    },
    websocket: { message() {} },
  });
}

/** The attacker's own page. */
function servePage() {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("<!doctype html><title>evil</title>", { headers: html }),
  });
}

const html = { "Content-Type": "text/html" };
const icon = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';

async function visit(address: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(address);
  return page;
}

/** The path of a file; the naive one answers any. */
function path(origin: string, file: string): string {
  return origin === program.origin ? file : "/";
}

function opensWebSocket(page: Page, origin: string): Promise<boolean> {
  return page.evaluate(
    (url) =>
      new Promise<boolean>((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => resolve(true);
        socket.onerror = () => resolve(false);
      }),
    `${origin.replace("http", "ws")}/relay`,
  );
}

function reads(page: Page, url: string): Promise<boolean> {
  return page.evaluate(
    (url) =>
      fetch(url).then(
        async (response) => (await response.text()).length > 0 && response.ok,
        () => false,
      ),
    url,
  );
}

function loads(page: Page, tag: "img" | "script", url: string): Promise<boolean> {
  return page.evaluate(
    ([tag, url]) =>
      new Promise<boolean>((resolve) => {
        const element = Object.assign(document.createElement(tag), { src: url });
        element.onload = () => resolve(true);
        element.onerror = () => resolve(false);
        document.body.append(element);
      }),
    [tag, url] as const,
  );
}

async function frames(page: Page, origin: string): Promise<boolean> {
  await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const frame = Object.assign(document.createElement("iframe"), { src: url });
        frame.onload = resolve;
        document.body.append(frame);
      }),
    `${origin}/`,
  );
  // A frame that was refused shows a page of the browser's instead.
  return page.frames().some((frame) => frame.url().startsWith(`${origin}/`));
}

/** Posts a form, as any page can, by leading the browser there. @returns Whether something changed. */
async function changesByForm(host: string, origin: string, type: string): Promise<boolean> {
  const isNaive = origin !== program.origin;
  const look = async () =>
    isNaive ? (await fetch(`${origin}/changes`)).text() : JSON.stringify(await stateOf(program));
  const before = await look();
  const page = await visit(`http://${host}:${evil.port}/`);
  const gone = page.waitForNavigation();
  await page.evaluate(
    ([action, enctype]) => {
      const form = Object.assign(document.createElement("form"), { action, method: "post", enctype });
      const field = Object.assign(document.createElement("input"), { name: '{"address":"x', value: '"}' });
      form.append(field);
      document.body.append(form);
      form.submit();
    },
    [`${origin}/api/reset`, type] as const,
  );
  await gone;
  await page.close();
  return (await look()) !== before;
}

async function stateOf({ origin }: Program): Promise<unknown> {
  return (await fetch(`${origin}/api/bridge`)).json();
}

/** Sends a file to a room. @returns The path under which the room's pages take it, its ticket included. */
async function sendFile(): Promise<string> {
  const ada = await Person.come(program.relayPort, "Ada");
  await ada.join("Lobby");
  const bytes = Buffer.from("only for this room");
  const { file } = await ada.offer("Lobby", "secret.txt", bytes.length);
  await put(program.relayPort, await ada.ticket("Lobby", file, "put"), bytes);
  return `/files/${await ada.ticket("Lobby", file, "get")}/${file}/secret.txt`;
}
