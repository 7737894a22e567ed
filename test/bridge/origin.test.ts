import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Origin } from "../../src/bridge/origin.ts";
import { type Door, openDoor } from "./door.ts";
import { ask, lines, upgrade } from "./raw.ts";
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

async function status(request: string): Promise<number | undefined> {
  return (await ask(door.port, request))?.status;
}

describe("R-BRIDGE-1: Host", () => {
  test("The canonical host is answered, on 127.0.0.1 and on ::1", async () => {
    expect(await status(lines("GET / HTTP/1.1", host))).toBe(200);
    const sixth = await ask(door.port, lines("GET / HTTP/1.1", host), "::1").catch(() => null);
    if (sixth) expect(sixth.status).toBe(200);
  });

  const refused = [
    "evil.example",
    "evil.example:PORT",
    "localhost",
    "localhost:1",
    "localhost:PORT.evil.example",
    "localhost.:PORT",
    "LOCALHOST:PORT",
    "sub.localhost:PORT",
    "user@localhost:PORT",
    "127.0.0.1",
    "127.1:PORT",
    "2130706433:PORT",
    "0.0.0.0:PORT",
    "192.168.1.5:PORT",
    "[::]:PORT",
    "[::ffff:127.0.0.1]:PORT",
    "localhost:PORT, evil.example",
    "",
  ];
  for (const name of refused) {
    for (const path of ["/", "/assets/index-1.js", "/api/bridge", "/nothing"]) {
      test(`"${name}" is refused at ${path}`, async () => {
        const request = lines(`GET ${path} HTTP/1.1`, `Host: ${name.replace("PORT", String(door.port))}`);
        const response = await ask(door.port, request);
        expect(response?.status).toBe(421);
        expect(response?.body).toContain(`Open ${door.origin}`);
      });
    }
    test(`"${name}" is refused for a WebSocket, though its Origin is right`, async () => {
      expect(await status(upgrade(`Host: ${name.replace("PORT", String(door.port))}`, here))).toBe(421);
    });
  }

  test("A second Host is refused wherever it stands, and so is the same one twice", async () => {
    expect(await status(lines("GET / HTTP/1.1", host, "Host: evil.example"))).toBe(421);
    expect(await status(lines("GET / HTTP/1.1", "Host: evil.example", host))).toBe(421);
    expect(await status(lines("GET / HTTP/1.1", host, host))).toBe(421);
    expect(await status(upgrade(host, "Host: evil.example", here))).toBe(421);
  });

  test("A request without Host is refused, in HTTP/1.1 and 1.0", async () => {
    expect(await status(lines("GET / HTTP/1.1"))).toBe(400);
    expect(await status(lines("GET / HTTP/1.0"))).toBe(421);
    expect(await status(lines("GET / HTTP/1.0", host))).toBe(200);
  });

  test("A target in absolute form is judged by its Host, and what it names instead is never seen", async () => {
    expect(await status(lines(`GET ${door.origin}/ HTTP/1.1`, "Host: evil.example"))).toBe(421);
    expect(await status(lines("GET http://evil.example/ HTTP/1.1", "Host: evil.example"))).toBe(421);
    const response = await ask(door.port, lines("GET http://evil.example/x HTTP/1.1", host));
    expect(response?.status).toBe(404);
    expect(response?.body).not.toContain("evil");
  });

  test("Other forms of a target are refused", async () => {
    expect(await status(lines("OPTIONS * HTTP/1.1", host))).toBe(400);
    expect(await status(lines("CONNECT evil.example:80 HTTP/1.1", host))).toBe(403);
    expect(await status(lines("GET @evil.example/ HTTP/1.1", host))).toBe(400);
  });
});

describe("R-BRIDGE-1: The other names of this machine", () => {
  for (const name of ["127.0.0.1", "[::1]"]) {
    const alias = () => `Host: ${name}:${door.port}`;

    test(`${name} leads GET and HEAD to the one origin, with path and query`, async () => {
      for (const method of ["GET", "HEAD"]) {
        const response = await ask(
          door.port,
          lines(`${method} /a%20b/..//evil.example?c=d HTTP/1.1`, alias()),
        );
        expect(response?.status).toBe(308);
        expect(response?.headers.get("Location")).toBe(`${door.origin}//evil.example?c=d`);
      }
    });

    test(`${name} is refused for everything else`, async () => {
      expect(await status(lines("POST /api/host HTTP/1.1", alias(), here, "Content-Length: 0"))).toBe(421);
      const own = `Origin: http://${name}:${door.port}`;
      expect(await status(lines("POST /api/host HTTP/1.1", alias(), own, "Content-Length: 0"))).toBe(403);
      expect(await status(upgrade(alias(), own))).toBe(403);
      expect(await status(lines("GET / HTTP/1.1", alias(), "Sec-Fetch-Site: cross-site"))).toBe(403);
    });
  }

  test("On port 80 the origin has no port, as browsers write it", () => {
    const origin = new Origin(80);
    expect(origin.href).toBe("http://localhost");
    const request = new Request("http://localhost/", { headers: { Host: "localhost" } });
    expect(origin.judge(request, { changes: false, isDocument: true })).toEqual({ is: "allowed" });
  });
});

describe("Origin", () => {
  const wrong = [
    "null",
    "http://evil.example",
    "https://localhost:PORT",
    "http://localhost",
    "http://localhost:1",
  ];
  wrong.push("http://127.0.0.1:PORT", "http://localhost:PORT/", "http://LOCALHOST:PORT", "");
  for (const raw of wrong) {
    test(`"${raw}" is refused everywhere`, async () => {
      const origin = `Origin: ${raw.replace("PORT", String(door.port))}`;
      for (const path of ["/", "/assets/index-1.js", "/api/bridge"]) {
        expect(await status(lines(`GET ${path} HTTP/1.1`, host, origin))).toBe(403);
      }
      for (const path of ["/api/host", "/api/join", "/api/reset", "/"]) {
        expect(await status(lines(`POST ${path} HTTP/1.1`, host, origin, "Content-Length: 0"))).toBe(403);
      }
      expect(await status(upgrade(host, origin))).toBe(403);
    });
  }

  test("Two Origins are refused, the right one among them", async () => {
    expect(await status(lines("GET / HTTP/1.1", host, here, "Origin: http://evil.example"))).toBe(403);
    expect(await status(upgrade(host, here, here))).toBe(403);
  });

  test("Without one, reading is allowed; changing and a WebSocket are not", async () => {
    expect(await status(lines("GET /api/bridge HTTP/1.1", host))).toBe(200);
    expect(await status(lines("HEAD / HTTP/1.1", host))).toBe(200);
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      expect(await status(lines(`${method} /api/host HTTP/1.1`, host, "Content-Length: 0"))).toBe(403);
    }
    expect(await status(upgrade(host))).toBe(403);
  });

  test("The right one is allowed", async () => {
    expect(await status(lines("GET /api/bridge HTTP/1.1", host, here))).toBe(200);
    expect(await status(lines("POST /api/reset HTTP/1.1", host, here, "Content-Length: 0"))).toBe(200);
    expect(await status(upgrade(host, here))).toBe(101);
  });
});

describe("R-BRIDGE-3: Sec-Fetch", () => {
  const link = ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-User: ?1"];

  for (const site of ["cross-site", "same-site", "something-new"]) {
    test(`A link from ${site} leads to the page, and to nothing else`, async () => {
      const from = `Sec-Fetch-Site: ${site}`;
      expect(await status(lines("GET / HTTP/1.1", host, from, ...link))).toBe(200);
      expect(await status(lines("GET /?x HTTP/1.1", host, from, ...link))).toBe(200);
      expect(await status(lines("GET /api/bridge HTTP/1.1", host, from, ...link))).toBe(403);
      expect(await status(lines("GET /assets/index-1.js HTTP/1.1", host, from, ...link))).toBe(403);
      expect(await status(upgrade(host, here, from, ...link))).toBe(403);
    });

    test(`A frame, a script, a picture, a form and a fetch from ${site} are refused`, async () => {
      const from = `Sec-Fetch-Site: ${site}`;
      const get = (mode: string, dest: string) =>
        status(lines("GET / HTTP/1.1", host, from, `Sec-Fetch-Mode: ${mode}`, `Sec-Fetch-Dest: ${dest}`));
      expect(await get("navigate", "iframe")).toBe(403);
      expect(await get("navigate", "object")).toBe(403);
      expect(await get("no-cors", "script")).toBe(403);
      expect(await get("no-cors", "image")).toBe(403);
      expect(await get("cors", "empty")).toBe(403);
      expect(await get("no-cors", "document")).toBe(403);
      expect(await status(lines("GET / HTTP/1.1", host, from))).toBe(403);
      expect(await status(lines("POST / HTTP/1.1", host, here, from, ...link, "Content-Length: 0"))).toBe(
        403,
      );
    });
  }

  for (const site of ["same-origin", "none"]) {
    test(`What comes from ${site} is allowed`, async () => {
      const from = `Sec-Fetch-Site: ${site}`;
      expect(await status(lines("GET /api/bridge HTTP/1.1", host, from))).toBe(200);
      expect(await status(upgrade(host, here, from, "Sec-Fetch-Mode: websocket"))).toBe(101);
    });
  }
});
