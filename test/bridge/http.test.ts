import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { securityHeaders } from "../../src/bridge/headers.ts";
import { type Door, openDoor } from "./door.ts";
import { ask, lines, type RawResponse, upgrade } from "./raw.ts";
import { StandIn } from "./stand-in.ts";

let relay: StandIn;
let door: Door;
let host: string;
let here: string;

beforeAll(() => {
  relay = new StandIn();
  door = openDoor(relay.target);
  host = `Host: localhost:${door.port}`;
  here = `Origin: ${door.origin}`;
});

afterAll(async () => {
  await door.stop(0);
  relay.stop();
});

async function get(request: string): Promise<RawResponse> {
  const response = await ask(door.port, request);
  if (!response) throw new Error("no response");
  return response;
}

describe("R-BRIDGE-4: Every response carries the security headers", () => {
  const tag = 'If-None-Match: W/"1"';
  const kinds: [string, number, () => string][] = [
    ["the page", 200, () => lines("GET / HTTP/1.1", host)],
    ["the page's head", 200, () => lines("HEAD / HTTP/1.1", host)],
    ["a page that is known", 304, () => lines("GET / HTTP/1.1", host, tag)],
    ["a file", 200, () => lines("GET /assets/index-1.js HTTP/1.1", host)],
    ["the state", 200, () => lines("GET /api/bridge HTTP/1.1", host)],
    ["a redirect", 308, () => lines("GET / HTTP/1.1", `Host: 127.0.0.1:${door.port}`)],
    ["another host", 421, () => lines("GET / HTTP/1.1", "Host: evil.example")],
    ["another origin", 403, () => lines("GET / HTTP/1.1", host, "Origin: null")],
    ["another site", 403, () => lines("GET /api/bridge HTTP/1.1", host, "Sec-Fetch-Site: same-site")],
    ["nothing there", 404, () => lines("GET /nothing HTTP/1.1", host)],
    ["nothing there in the API", 404, () => lines("GET /api/nothing HTTP/1.1", host)],
    ["a wrong method", 405, () => lines("DELETE / HTTP/1.1", host, here)],
    ["a bad body", 400, () => `${lines("POST /api/join HTTP/1.1", host, here, json, "Content-Length: 1")}{`],
    ["a WebSocket", 101, () => upgrade(host, here)],
    ["a WebSocket refused", 403, () => upgrade(host)],
    ["no WebSocket", 426, () => lines("GET /relay HTTP/1.1", host, here)],
  ];
  const json = "Content-Type: application/json";
  for (const [kind, status, request] of kinds) {
    test(kind, async () => {
      const response = await get(request());
      expect(response.status).toBe(status);
      for (const [name, value] of Object.entries(securityHeaders)) {
        expect([name, response.headers.get(name)]).toEqual([name, value]);
      }
      for (const [name] of response.headers) expect(name.toLowerCase()).not.toStartWith("access-control-");
      expect(response.headers.has("Server")).toBe(false);
      if (status !== 101) expect(response.headers.get("Cache-Control")).not.toBeNull();
    });
  }

  test("a failure inside the program, which tells nothing of itself", async () => {
    door.program.state = () => {
      throw new Error("secret at /home/ada");
    };
    const response = await get(lines("GET /api/bridge HTTP/1.1", host));
    door.program.state = () => door.program.now;
    expect(response.status).toBe(500);
    expect(response.body).toBe(
      JSON.stringify({ message: "Try again: something went wrong in this program, and its log says what" }),
    );
    for (const [name, value] of Object.entries(securityHeaders))
      expect(response.headers.get(name)).toBe(value);
    expect(door.log.said.at(-1)).toContain("secret at /home/ada");
  });
});

test("R-BRIDGE-4: The headers guess no type, tell no address, and allow no script but the program's own, and no frame", () => {
  expect(securityHeaders).toMatchObject({
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
  });
  const directives = securityHeaders["Content-Security-Policy"].split("; ");
  expect(directives).toContain("default-src 'none'");
  expect(directives).toContain("script-src 'self'");
  expect(directives).toContain("frame-ancestors 'none'");
  expect(securityHeaders["Content-Security-Policy"]).not.toContain("unsafe");
});

test("A file keeps its own Cache-Control, and all else may not be kept", async () => {
  const kept = await get(lines("GET /assets/index-1.js HTTP/1.1", host));
  expect(kept.headers.get("Cache-Control")).toContain("immutable");
  expect((await get(lines("GET /api/bridge HTTP/1.1", host))).headers.get("Cache-Control")).toBe("no-store");
  expect((await get(lines("GET /nothing HTTP/1.1", host))).headers.get("Cache-Control")).toBe("no-store");
});

test("A wrong method is told which ones there are", async () => {
  const cases = [
    ["POST /", "GET, HEAD"],
    ["DELETE /assets/index-1.js", "GET, HEAD"],
    ["POST /api/bridge", "GET, HEAD"],
    ["PUT /api/join", "POST"],
    ["TRACE /", "GET, HEAD"],
    ["OPTIONS /api/host", "POST"],
    ["POST /relay", "GET"],
  ];
  for (const [request, allow] of cases) {
    const response = await get(lines(`${request} HTTP/1.1`, host, here, "Content-Length: 0"));
    expect([request, response.status, response.headers.get("Allow")]).toEqual([request!, 405, allow!]);
  }
  expect((await get(lines("GET /api/host HTTP/1.1", host))).status).toBe(405);
  expect((await get(lines("HEAD /relay HTTP/1.1", host, here))).status).toBe(405);
});

test("A path that climbs leads nowhere", async () => {
  for (const path of [
    "/../../etc/passwd",
    "/assets/..%2f..%2fetc/passwd",
    "//etc/passwd",
    "/assets/",
    "/index.html",
  ]) {
    expect([path, (await get(lines(`GET ${path} HTTP/1.1`, host))).status]).toEqual([path, 404]);
  }
});

test("The API answers refusals as JSON, all else as text", async () => {
  const json = await get(lines("GET /api/nothing HTTP/1.1", host));
  expect(json.headers.get("Content-Type")).toStartWith("application/json");
  expect(Object.keys(JSON.parse(json.body))).toEqual(["message"]);
  const text = await get(lines("GET /nothing HTTP/1.1", host));
  expect(text.headers.get("Content-Type")).toBe("text/plain; charset=utf-8");
});
