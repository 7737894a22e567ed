import { afterEach, describe, expect, test } from "bun:test";
import * as v from "valibot";
import { type BridgeState, bridgeStateSchema } from "../../src/wire/bridge-state.ts";
import { shorten } from "../../src/wire/fingerprint.ts";
import type { Challenge } from "../../src/wire/prelude.ts";
import { newCertificate } from "../relay/certificates.ts";
import { Key } from "../relay/client.ts";
import { cleanUp, type Server, serve } from "../relay/server.ts";
import { type Door, Memory, openDoor, openPage, openPlainDoor, type Page } from "./door.ts";
import { Middle } from "./middle.ts";
import { agreement, StandIn } from "./stand-in.ts";

cleanUp(afterEach);

const certificate = await newCertificate();
const other = await newCertificate();

const at = (port: number) => ({ host: "127.0.0.1", port });

async function stateOf(door: Door): Promise<BridgeState> {
  return v.parse(bridgeStateSchema, await (await fetch(`${door.origin}/api/bridge`)).json());
}

async function post(door: Door, path: string, body: object) {
  const headers = { Origin: door.origin, "Content-Type": "application/json" };
  const response = await fetch(`${door.origin}${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as BridgeState & { message?: string } };
}

/** Everything that came so far as frames. */
const frames = (page: Page) =>
  page.received
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

async function frame<T = Record<string, unknown>>(page: Page, type: string): Promise<T> {
  for (;;) {
    const whole = page.received.toString().split("\n").slice(0, -1);
    const found = whole.map((line) => JSON.parse(line)).find((one) => one.type === type);
    if (found !== undefined) return found;
    await page.got(page.received.length + 1);
  }
}

/** Comes in by a page, as somebody with a key. */
async function enter(door: Door, name: string): Promise<Page> {
  const page = openPage(door);
  const challenge = await frame<Challenge>(page, "challenge");
  page.socket.send(`${JSON.stringify(new Key().hello(challenge, name))}\n`);
  await frame(page, "welcome");
  return page;
}

/** A door through which a server was met once. */
async function familiar(server: Server): Promise<{ door: Door; known: Memory }> {
  const known = new Memory();
  const door = openDoor(at(server.port), { known });
  const page = await enter(door, "Ada");
  page.socket.close();
  await page.closed;
  return { door, known };
}

/** Points a door at somebody else, under the address at which its server was met. */
function lead(door: Door, known: Memory, { target }: { target: { host: string; port: number } }): void {
  known.servers = known.servers.map((one) => ({ ...one, address: `${target.host}:${target.port}` }));
  door.program.now = { ...door.program.now, target };
}

const inPlain = { code: 4007, reason: "not-encrypted" };
const changed = { code: 4006, reason: "fingerprint-changed" };

test("R-TLS-6: Between bridge and relay there is TLS, and the state says so", async () => {
  const server = serve({ certificate });
  const { door, known } = await familiar(server);
  const state = await stateOf(door);
  const { fingerprint } = certificate;
  expect(state.server).toEqual({ id: server.store.serverId, fingerprint });
  expect(state).toMatchObject({ transport: "tls", fingerprint: shorten(fingerprint) });
  expect(state.change).toBeUndefined();
  expect(known.servers).toEqual([
    { address: `127.0.0.1:${server.port}`, server: server.store.serverId, fingerprint },
  ]);
  await door.stop(0);
});

test("§21.2 Whoever has met a server invites others with its fingerprint", async () => {
  const server = serve({ certificate });
  await using door = openDoor(at(server.port));
  const bare = `pendopo --connect 127.0.0.1:${server.port}`;
  door.program.now = { ...door.program.now, invites: [bare] };
  expect((await stateOf(door)).invites).toEqual([bare]);
  await enter(door, "Ada");
  const short = shorten(certificate.fingerprint);
  expect((await stateOf(door)).invites).toEqual([`${bare}/${short}`]);
  // One that came with it has it already.
  door.program.now = { ...door.program.now, invites: [`${bare}/${short}`], fingerprint: short };
  expect((await stateOf(door)).invites).toEqual([`${bare}/${short}`]);
});

test("R-TLS-9: A server without a certificate is not spoken to, and the page hears why", async () => {
  const server = serve();
  await using door = openDoor(at(server.port));
  const page = openPage(door);
  expect(await page.closed).toEqual(inPlain);
  expect(frames(page)).toEqual([]);
  expect((await stateOf(door)).server).toBeNull();
});

test("A relay of this program is spoken to in plain, and its fingerprint is known all the same", async () => {
  const server = serve({ certificate });
  await using door = openDoor(at(server.port));
  door.program.now = { ...door.program.now, mode: "server" };
  await enter(door, "Ada");
  const { fingerprint } = certificate;
  expect(await stateOf(door)).toMatchObject({ transport: "plain", fingerprint: shorten(fingerprint) });
});

describe("Somebody in the middle with a certificate of their own", () => {
  test("is heard the first time (this is what the others protect from), and still cannot be somebody", async () => {
    const server = serve({ certificate });
    using middle = new Middle(server.port, { certificate: other });
    await using door = openDoor(middle.target);
    // What the middle says of itself is consistent: its certificate in the prelude and in the challenge.
    middle.plot.change = (said) => ({
      ...said,
      fingerprint: other.fingerprint,
      ...(said.type === "prelude" ? { transport: "tls" } : {}),
    });
    const page = openPage(door);
    const challenge = await frame<Challenge>(page, "challenge");
    page.socket.send(`${JSON.stringify(new Key().hello(challenge, "Ada"))}\n`);
    expect(await frame(page, "error")).toMatchObject({ code: "signature-wrong" });
    expect(middle.heard).toContain('"type":"hello"');
  });

  test("R-TLS-4: is found out at once when it hands the server's own challenge on", async () => {
    const server = serve({ certificate });
    for (const change of [
      // The server's fingerprint in both, as the server has said it.
      (said: object) => ({ ...said, transport: "tls", fingerprint: certificate.fingerprint }),
      // Its own in the prelude alone.
      (said: { type?: string }) =>
        said.type === "prelude" ? { ...said, transport: "tls", fingerprint: other.fingerprint } : said,
    ]) {
      using middle = new Middle(server.port, { certificate: other, change });
      const known = new Memory();
      await using door = openDoor(middle.target, { known });
      const page = openPage(door);
      expect((await page.closed).reason).toBe("not-a-relay");
      expect(frames(page)).toEqual([]);
      expect(middle.heard).toBe("");
      expect(known.servers).toEqual([]);
    }
  });

  test("R-TLS-7: is refused once the server has been met, before anything is said", async () => {
    const server = serve({ certificate });
    const { door, known } = await familiar(server);
    for (const fingerprint of [certificate.fingerprint, other.fingerprint]) {
      const change = (said: object) => ({ ...said, transport: "tls", fingerprint });
      using middle = new Middle(server.port, { certificate: other, change });
      lead(door, known, middle);
      const page = openPage(door);
      expect(await page.closed).toEqual(changed);
      expect(frames(page)).toEqual([]);
      expect([middle.calls, middle.heard]).toEqual([1, ""]);
      expect((await stateOf(door)).change).toEqual({
        known: shorten(certificate.fingerprint),
        shown: shorten(other.fingerprint),
        mayAccept: true,
      });
      expect(known.servers).toMatchObject([{ fingerprint: certificate.fingerprint }]);
    }
    await door.stop(0);
  });

  test("R-TLS-7: is refused at another address too, when it uses the id of a server that has been met", async () => {
    const server = serve({ certificate });
    const { door } = await familiar(server);
    const change = (said: object) => ({ ...said, transport: "tls", fingerprint: other.fingerprint });
    using middle = new Middle(server.port, { certificate: other, change });
    door.program.now = { ...door.program.now, target: middle.target };
    expect(await openPage(door).closed).toEqual(changed);
    await door.stop(0);
  });

  test("R-TLS-8: is refused from the first time on when the invite named another", async () => {
    const server = serve({ certificate });
    const change = (said: object) => ({ ...said, transport: "tls", fingerprint: other.fingerprint });
    using middle = new Middle(server.port, { certificate: other, change });
    const known = new Memory();
    await using door = openDoor(middle.target, { known });
    const invited = shorten(certificate.fingerprint);
    door.program.now = { ...door.program.now, fingerprint: invited };
    expect(await openPage(door).closed).toEqual(changed);
    const shown = shorten(other.fingerprint);
    expect((await stateOf(door)).change).toEqual({ known: invited, shown, mayAccept: false });
    // Nor can it be accepted: whoever has the invite asks whoever sent it.
    expect((await post(door, "/api/accept", { fingerprint: shown })).status).toBe(409);
    expect(known.servers).toEqual([]);
    // The right one is let in by the same invite.
    door.program.now = { ...door.program.now, target: at(server.port) };
    await enter(door, "Ada");
    expect((await stateOf(door)).change).toBeUndefined();
  });

  test("R-TLS-9: cannot talk a client back into plain, not even one that comes for the first time", async () => {
    const server = serve({ certificate });
    const { door, known } = await familiar(server);
    using middle = new Middle(server.port, {});
    lead(door, known, middle);
    expect(await openPage(door).closed).toEqual(changed);
    expect((await stateOf(door)).change).toEqual({
      known: shorten(certificate.fingerprint),
      shown: null,
      mayAccept: false,
    });
    await door.stop(0);

    await using invited = openDoor(middle.target);
    invited.program.now = { ...invited.program.now, fingerprint: shorten(certificate.fingerprint) };
    expect(await openPage(invited).closed).toEqual(changed);
    expect(middle.heard).toBe("");

    // The real server's challenge of a plain connection, handed on as it is.
    const change = (said: object) => ({ ...said, fingerprint: null });
    using first = new Middle(server.port, { change });
    await using stranger = openDoor(first.target);
    const page = openPage(stranger);
    expect(await page.closed).toEqual(inPlain);
    expect(frames(page)).toEqual([]);
    expect([first.calls, first.heard]).toEqual([1, ""]);

    // A bridge that speaks plain would let it sign in: this is what the refusal is good for.
    await using weak = openPlainDoor(first.target);
    await enter(weak, "Eve");
    expect(first.heard).toContain('"type":"hello"');
  });

  test("R-TLS-7: files are not given to it either", async () => {
    const server = serve({ certificate });
    const { door, known } = await familiar(server);
    const change = (said: object) => ({ ...said, transport: "tls", fingerprint: other.fingerprint });
    using middle = new Middle(server.port, { certificate: other, change });
    lead(door, known, middle);
    const ticket = "A".repeat(43);
    const response = await fetch(`${door.origin}/files/${ticket}/${"A".repeat(22)}/x`);
    expect([response.status, await response.text()]).toEqual([
      502,
      "Look at the page: the server does not have the certificate by which it is known\n",
    ]);
    expect([middle.calls, middle.heard]).toEqual([1, ""]);
    await door.stop(0);
  });
});

test("Who says something else than a challenge inside TLS is heard, and is not known by it", async () => {
  const server = serve({ certificate });
  const error = { type: "error", code: "shutting-down", message: "Later", closes: true, retryMs: 0 };
  using middle = new Middle(server.port, {
    certificate: other,
    change: (said) =>
      said.type === "prelude" ? { ...said, transport: "tls", fingerprint: other.fingerprint } : error,
  });
  const known = new Memory();
  await using door = openDoor(middle.target, { known });
  expect(await frame(openPage(door), "error")).toEqual(error);
  expect(known.servers).toEqual([]);
});

describe("A server that has a new certificate", () => {
  test("R-TLS-10: is spoken to again once a person has accepted that very one", async () => {
    const old = serve({ certificate });
    const { door, known } = await familiar(old);
    const now = serve({ certificate: other });
    lead(door, known, { target: at(now.port) });
    expect(await openPage(door).closed).toEqual(changed);
    // Somebody clicks without having seen anything, or saw another.
    for (const wrong of [shorten(certificate.fingerprint), shorten("A".repeat(43))]) {
      expect((await post(door, "/api/accept", { fingerprint: wrong })).status).toBe(409);
    }
    expect((await post(door, "/api/accept", { fingerprint: "" })).status).toBe(400);
    expect(await openPage(door).closed).toEqual(changed);

    const accepted = await post(door, "/api/accept", { fingerprint: shorten(other.fingerprint) });
    expect(accepted.status).toBe(200);
    expect(accepted.body.change).toBeUndefined();
    await enter(door, "Ada");
    expect(known.servers).toMatchObject([{ fingerprint: other.fingerprint }]);
    // Somebody accepts it in a second tab, too; the old one is a stranger now.
    const again = await post(door, "/api/accept", { fingerprint: shorten(other.fingerprint) });
    expect([again.status, again.body.change]).toEqual([200, undefined]);
    const late = await post(door, "/api/accept", { fingerprint: shorten(certificate.fingerprint) });
    expect(late.status).toBe(409);
    expect(known.servers).toMatchObject([{ fingerprint: other.fingerprint }]);
    await door.stop(0);
  });

  test("R-TLS-10: cannot be accepted by another site", async () => {
    const old = serve({ certificate });
    const { door, known } = await familiar(old);
    const now = serve({ certificate: other });
    lead(door, known, { target: at(now.port) });
    await openPage(door).closed;
    const response = await fetch(`${door.origin}/api/accept`, {
      method: "POST",
      headers: { Origin: "http://evil.example", "Content-Type": "application/json" },
      body: JSON.stringify({ fingerprint: shorten(other.fingerprint) }),
    });
    expect(response.status).toBe(403);
    expect(await openPage(door).closed).toEqual(changed);
    await door.stop(0);
  });

  test("is taken as the target when it is joined, so that the page can say what is the matter", async () => {
    const server = serve({ certificate });
    const { door, known } = await familiar(server);
    door.program.now = { ...door.program.now, mode: "start", target: null };
    known.servers = known.servers.map((one) => ({ ...one, fingerprint: other.fingerprint }));
    const joined = await post(door, "/api/join", { address: `127.0.0.1:${server.port}` });
    expect(joined.status).toBe(200);
    expect(joined.body).toMatchObject({ mode: "connect", change: { mayAccept: true } });
    await door.stop(0);
  });

  test("R-TLS-7: is found out however the address is spelled", async () => {
    const server = serve({ certificate });
    const { door, known } = await familiar(server);
    // Whoever takes a server's place need not claim its id.
    known.servers = [
      { address: `127.0.0.1:${server.port}`, server: "A".repeat(22), fingerprint: other.fingerprint },
    ];
    for (const host of ["127.0.0.1", "[::ffff:127.0.0.1]", "[::FFFF:7f00:0001]", "0x7F.1"]) {
      door.program.now = { ...door.program.now, mode: "start", target: null };
      const joined = await post(door, "/api/join", { address: `${host}:${server.port}` });
      expect(joined.body).toMatchObject({ target: at(server.port), change: { mayAccept: true } });
    }
    await door.stop(0);
  });

  test("R-TLS-10: is a warning also when an invite names it, until a person accepts it", async () => {
    const server = serve({ certificate });
    const { door, known } = await familiar(server);
    door.program.now = { ...door.program.now, mode: "start", target: null };
    const before = known.servers.map((one) => ({ ...one, fingerprint: other.fingerprint }));
    known.servers = before;
    const invited = shorten(certificate.fingerprint);
    const joined = await post(door, "/api/join", { address: `127.0.0.1:${server.port}/${invited}` });
    const change = { known: shorten(other.fingerprint), shown: invited, mayAccept: true };
    expect(joined.body).toMatchObject({ mode: "connect", change });
    expect(await openPage(door).closed).toEqual(changed);
    expect(known.servers).toEqual(before);
    expect((await post(door, "/api/accept", { fingerprint: invited })).status).toBe(200);
    await enter(door, "Budi");
    expect(known.servers).toMatchObject([{ fingerprint: certificate.fingerprint }]);
    await door.stop(0);
  });

  test("R-TLS-7: is accepted, by invite or not, for the address at which it was shown, and nowhere else", async () => {
    for (const invited of [undefined, shorten(other.fingerprint)]) {
      const server = serve({ certificate });
      const { door, known } = await familiar(server);
      const met = [...known.servers];
      const change = (said: object) => ({
        ...said,
        transport: "tls",
        fingerprint: other.fingerprint,
      });
      using middle = new Middle(server.port, { certificate: other, change });
      const { target } = middle;
      door.program.now = { ...door.program.now, target, ...(invited && { fingerprint: invited }) };
      expect(await openPage(door).closed).toEqual(changed);
      expect(known.servers).toEqual(met);
      const short = shorten(other.fingerprint);
      expect((await post(door, "/api/accept", { fingerprint: short })).status).toBe(200);
      expect(await frame<Challenge>(openPage(door), "challenge")).toMatchObject({
        fingerprint: other.fingerprint,
      });
      expect(known.servers).toHaveLength(2);

      // The same one, where the server was met that it claims to be.
      using there = new Middle(server.port, { certificate: other, change });
      const address = `127.0.0.1:${there.target.port}`;
      known.servers = known.servers.map((one) =>
        one.fingerprint === certificate.fingerprint ? { ...one, address } : one,
      );
      const { fingerprint: _, ...now } = door.program.now;
      door.program.now = { ...now, target: there.target };
      expect(await openPage(door).closed).toEqual(changed);
      await door.stop(0);
    }
  });

  test("R-TLS-7: has no part in the id of a server that was met elsewhere, where it is known under an id of its own", async () => {
    const [server, stranger] = [serve({ certificate }), serve({ certificate: other })];
    const { door, known } = await familiar(server);
    door.program.now = { ...door.program.now, target: at(stranger.port) };
    await enter(door, "Ada");
    // The stranger takes the id of the one that was met first.
    const change = (said: object) => ({ ...said, transport: "tls", fingerprint: other.fingerprint });
    using middle = new Middle(server.port, { certificate: other, change });
    const { port } = middle.target;
    known.servers = known.servers.map((one) =>
      one.server === stranger.store.serverId ? { ...one, address: `127.0.0.1:${port}` } : one,
    );
    door.program.now = { ...door.program.now, target: middle.target };
    expect(await openPage(door).closed).toEqual(changed);
    await door.stop(0);
  });
});

test("R-TLS-5: A relay that promises TLS and then does nothing, or anything else, is given up", async () => {
  const promise = agreement.replace('"plain"', '"tls"').replace("null", `"${"A".repeat(43)}"`);
  for (const [answer, reason] of [
    [promise, "relay-unreachable"],
    [
      (call: { send(bytes: string): void }) => {
        call.send(promise);
        setTimeout(() => call.send("HTTP/1.1 400 Bad Request\r\n\r\n"), 20);
      },
      "not-a-relay",
    ],
  ] as const) {
    using relay = new StandIn(answer);
    await using door = openDoor(relay.target, { limits: { handshakeMsMax: 200 } });
    expect((await openPage(door).closed).reason).toBe(reason);
  }
});

test("A bridge that cannot keep whom it meets connects to nobody", async () => {
  const server = serve({ certificate });
  const known = new Memory();
  known.find = () => {
    throw new Error("The disk is gone");
  };
  await using door = openDoor(at(server.port), { known });
  const page = openPage(door);
  expect((await page.closed).reason).toBe("relay-closed");
  expect(page.received).toHaveLength(0);
});
