import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import * as v from "valibot";
import { Problem } from "../../src/bridge/control.ts";
import { bridgeStateSchema } from "../../src/wire/bridge-state.ts";
import { shorten } from "../../src/wire/fingerprint.ts";
import { newCertificate } from "../relay/certificates.ts";
import { cleanUp, serve } from "../relay/server.ts";
import { type Door, openDoor, openPage, openPlainDoor } from "./door.ts";
import { ask, lines } from "./raw.ts";
import { agreement, StandIn, serverId } from "./stand-in.ts";

cleanUp(afterEach);

type Answer = { status: number; body: Record<string, unknown> };

async function post(door: Door, path: string, body?: unknown, type = "application/json"): Promise<Answer> {
  const response = await fetch(`http://localhost:${door.port}${path}`, {
    method: "POST",
    headers: { Origin: door.origin, ...(body === undefined ? {} : { "Content-Type": type }) },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function state(door: Door) {
  const response = await fetch(`http://localhost:${door.port}/api/bridge`);
  expect(response.status).toBe(200);
  return v.parse(bridgeStateSchema, await response.json());
}

const startState = {
  program: "pendopo" as const,
  version: "1.2.3",
  mode: "start" as const,
  isLegacy: false,
  canReset: true,
  data: "data-1",
  target: null,
  server: null,
  invites: [],
};

describe("GET /api/bridge", () => {
  test("It says what the program is doing, and no more", async () => {
    await using door = openDoor(null);
    const response = await fetch(`http://localhost:${door.port}/api/bridge`);
    expect(response.headers.get("Content-Type")).toStartWith("application/json");
    expect((await response.json()) as unknown).toEqual(startState);
  });

  test("It knows the server once a page has reached it, and forgets it with the target", async () => {
    using relay = new StandIn();
    await using door = openPlainDoor(relay.target);
    expect((await state(door)).server).toBeNull();
    const page = openPage(door);
    const call = await relay.next();
    call.send("x");
    await page.got(1);
    expect((await state(door)).server).toEqual({ id: serverId, fingerprint: null });
    door.program.now = { ...door.program.now, target: { host: "elsewhere", port: 1 } };
    expect((await state(door)).server).toBeNull();
  });
});

describe("POST /api/join", () => {
  let relay: StandIn;
  beforeEach(() => {
    relay = new StandIn();
    return () => relay.stop();
  });

  test("A relay that answers becomes the target, and is known at once", async () => {
    const certificate = await newCertificate();
    const { port, store } = serve({ certificate });
    await using door = openDoor(null);
    const { status, body } = await post(door, "/api/join", { address: ` 127.0.0.1:${port} ` });
    const { fingerprint } = certificate;
    const joined = {
      mode: "connect",
      target: { host: "127.0.0.1", port },
      server: { id: store.serverId, fingerprint },
      transport: "tls",
      fingerprint: shorten(fingerprint),
    };
    expect([status, body]).toEqual([200, { ...startState, ...joined }]);
    expect(door.program.calls).toEqual([`join 127.0.0.1 ${port}`]);
  });

  test("R-TLS-9: One that would stay in plain is not joined, and the sentence says why", async () => {
    await using door = openDoor(null);
    const address = `127.0.0.1:${relay.port}`;
    expect(await post(door, "/api/join", { address })).toEqual({
      status: 502,
      body: {
        code: "not-encrypted",
        address,
        message: `Ask whoever runs the server at ${address}: it does not encrypt, or somebody in between prevents it`,
      },
    });
    expect(door.program.calls).toEqual([]);
    await relay.calls[0]?.until(() => relay.calls[0]?.isClosed === true);
  });

  test("Who cannot be reached, and who is no relay, is not joined, and the sentence says why", async () => {
    await using door = openDoor(null);
    const address = `127.0.0.1:${relay.port}`;
    relay.stop();
    expect(await post(door, "/api/join", { address })).toEqual({
      status: 502,
      body: {
        message: `Check the address and that the server is running: nothing answers at ${address}`,
        code: "relay-unreachable",
        address,
      },
    });
    using other = new StandIn("SSH-2.0-x\r\n");
    const answer = await post(door, "/api/join", { address: `127.0.0.1:${other.port}` });
    expect(answer.status).toBe(502);
    expect(answer.body.message).toContain("is no Pendopo server");
    expect(answer.body.code).toBe("not-a-relay");
    expect(door.program.calls).toEqual([]);
    expect((await state(door)).mode).toBe("start");
  });

  test("A relay that ends or speaks another version is told apart", async () => {
    await using door = openDoor(null);
    using closing = new StandIn((call) => call.socket.end());
    expect((await post(door, "/api/join", { address: `127.0.0.1:${closing.port}` })).body.message).toContain(
      "hung up",
    );
    using newer = new StandIn(agreement.replace('"version":1', '"version":2'));
    expect((await post(door, "/api/join", { address: `127.0.0.1:${newer.port}` })).body.message).toContain(
      "version",
    );
  });

  const bodies: [kind: string, status: number, body: unknown, type?: string | undefined, code?: string][] = [
    ["no JSON", 400, "{"],
    ["not UTF-8 in effect", 400, "\ufeff\ufeff{}"],
    ["another kind of JSON", 400, "[]"],
    ["null", 400, "null"],
    ["no address", 400, {}],
    ["an address of another kind", 400, { address: 5 }],
    ["an empty address", 400, { address: " " }, undefined, "address-invalid"],
    ["an address that is none", 400, { address: "http://" }, undefined, "address-invalid"],
    ["half an invite", 400, { address: "host/abcd" }, undefined, "address-fingerprint"],
    ["a port that is none", 400, { address: "host:99999" }, undefined, "address-port"],
    ["too many bytes", 413, { address: "x".repeat(5_000) }],
    ["a form", 415, "address=x", "application/x-www-form-urlencoded"],
    ["text", 415, '{"address":"x"}', "text/plain"],
    ["JSON that says it is text", 415, '{"address":"x"}', "text/plain; application/json"],
  ];
  for (const [kind, status, body, type, code] of bodies) {
    test(`${kind} is refused with ${status} and a sentence`, async () => {
      await using door = openDoor(null);
      const answer = await post(door, "/api/join", body, type);
      expect(answer.status).toBe(status);
      expect(Object.keys(answer.body)).toEqual(["message", ...(code ? ["code", "address"] : [])]);
      expect(answer.body.code).toBe(code);
      expect(door.program.calls).toEqual([]);
    });
  }

  test("A body without end is refused before its end", async () => {
    await using door = openDoor(null);
    const head = lines(
      "POST /api/join HTTP/1.1",
      `Host: localhost:${door.port}`,
      `Origin: ${door.origin}`,
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
    );
    const response = await ask(door.port, `${head}2000\r\n${"x".repeat(0x1800)}`);
    expect(response?.status).toBe(413);
  });

  test("A body without type is refused", async () => {
    await using door = openDoor(null);
    const head = lines("POST /api/join HTTP/1.1", `Host: localhost:${door.port}`, `Origin: ${door.origin}`);
    expect((await ask(door.port, head))?.status).toBe(415);
  });
});

describe("POST /api/host", () => {
  test("The program hosts, and the answer makes the page its host", async () => {
    using relay = new StandIn();
    await using door = openDoor(null);
    door.program.own = relay.target;
    const { status, body } = await post(door, "/api/host");
    expect(status).toBe(200);
    expect(v.parse(bridgeStateSchema, body)).toMatchObject({
      mode: "server",
      target: relay.target,
      server: { id: serverId, fingerprint: null },
      invites: ["pendopo --connect 192.0.2.1"],
      hostSecret: "A".repeat(43),
    });
    expect(await state(door)).not.toHaveProperty("hostSecret");
  });

  test("What the program says is passed on; what it throws otherwise is not", async () => {
    await using door = openDoor(null);
    door.program.failure = new Problem("Cannot host: port 12345 is in use");
    expect(await post(door, "/api/host")).toEqual({
      status: 500,
      body: { message: "Cannot host: port 12345 is in use" },
    });
    door.program.failure = new Error("ENOENT /home/ada/secret");
    const { status, body } = await post(door, "/api/host");
    expect([status, JSON.stringify(body)]).not.toContain("ada");
    expect(Object.keys(body)).toEqual(["message"]);
    expect(door.log.said.at(-1)).toContain("ENOENT /home/ada/secret");
    expect((await state(door)).mode).toBe("start");
  });
});

test("Host and join are refused where the program has a server, reset where it must keep it", async () => {
  using relay = new StandIn();
  await using door = openPlainDoor(relay.target);
  door.program.now = { ...door.program.now, canReset: false };
  expect((await post(door, "/api/host")).status).toBe(409);
  expect((await post(door, "/api/join", { address: "127.0.0.1" })).status).toBe(409);
  expect((await post(door, "/api/reset")).status).toBe(409);
  expect(door.program.calls).toEqual([]);
});

test("While one change is under way, another is refused; then it may come", async () => {
  await using door = openDoor(null);
  const { promise, resolve } = Promise.withResolvers<void>();
  door.program.gate = promise;
  const first = post(door, "/api/host");
  while (door.program.calls.length === 0) await state(door);
  expect((await post(door, "/api/host")).status).toBe(409);
  expect((await post(door, "/api/reset")).status).toBe(409);
  resolve();
  expect((await first).status).toBe(200);
  expect((await post(door, "/api/reset")).status).toBe(200);
});

test("Reset leads back to the start, and tells every page", async () => {
  using relay = new StandIn();
  await using door = openPlainDoor(relay.target);
  const pages = [openPage(door), openPage(door)];
  await Promise.all(pages.map((page) => page.opened()));
  expect(await post(door, "/api/reset")).toEqual({ status: 200, body: startState });
  for (const page of pages) expect(await page.closed).toEqual({ code: 4001, reason: "no-target" });
});
