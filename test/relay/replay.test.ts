/*
 * What somebody captured of a whole handshake is of no use to them: every byte that a client sent is sent again, to the
 * same server, to it after a restart, to another one, and through somebody who changes what servers answer. The control
 * is a relay that gives everybody the same nonce: there the replay gets in, so that this harness can tell.
 */

import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Middle } from "../bridge/middle.ts";
import { newCertificate } from "./certificates.ts";
import { Client, type Frame, Key } from "./client.ts";
import { cleanUp, type Server, serve } from "./server.ts";

cleanUp();

const certificate = await newCertificate();
const other = await newCertificate();

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** All that a client said, on one connection: what stands before TLS, and what stands inside it. */
type Capture = { way: "plain" | "tls"; outside: Buffer; inside: Buffer };

/** Takes part as a member does, and keeps every byte that it sends. */
async function capture(port: number, way: Capture["way"], key = new Key()): Promise<Capture> {
  const client = await Client.connect(port);
  const captured = { way, outside: Buffer.alloc(0), inside: Buffer.alloc(0) };
  let part: "outside" | "inside" = "outside";
  const say = (frame: object) => {
    const bytes = Buffer.from(`${JSON.stringify(frame)}\n`);
    captured[part] = Buffer.concat([captured[part], bytes]);
    client.write(bytes);
  };
  say({ type: "prelude", versions: [1], transport: way });
  await client.next({ type: "prelude", transport: way });
  if (way === "tls") {
    part = "inside";
    await client.shakeHands();
  }
  await client.next("challenge");
  say(key.hello(client.challenge, "Ada"));
  await client.next("welcome");
  say({ type: "join", id: 2, room: "lobby" });
  await client.next({ type: "people", isLast: true });
  say({ type: "post", id: 3, room: "lobby", device: "laptop", n: 1, text: "Captured" });
  await client.next({ kind: "message", n: 1 });
  client.end();
  await client.closed();
  return captured;
}

/** Sends all of it again, by either way, and gives what came back. */
async function replay(port: number, { way, outside, inside }: Capture, again = way): Promise<Frame[]> {
  const client = await Client.connect(port);
  const preludeEnd = outside.indexOf("\n") + 1;
  const rest = way === "tls" ? inside : outside.subarray(preludeEnd);
  // Whoever replays knows how the protocol goes, and waits for the answer as the client did.
  if (again === way) client.write(outside.subarray(0, preludeEnd));
  else client.send({ type: "prelude", versions: [1], transport: again });
  await client.next({ type: "prelude", transport: again });
  if (again === "tls") await client.shakeHands();
  await client.next("challenge");
  client.write(rest);
  return await outcome(client);
}

async function outcome(client: Client): Promise<Frame[]> {
  await client.until(() => client.isClosed || client.texts.length > 0, "an end, or that it got in");
  client.end();
  return client.frames;
}

/** That a replay was refused with the documented code, and nothing of it was done. */
function expectRefused(frames: Frame[]): void {
  expect(frames.map(({ type }) => type)).toEqual(["prelude", "challenge", "error"]);
  expect(frames.at(-1)).toMatchObject({ code: "signature-wrong", closes: true, retryMs: null });
}

/** What somebody who is there sees: nothing came, and nobody. */
async function expectQuiet(stander: Client): Promise<void> {
  await stander.fence();
  expect(stander.of("here").filter(({ name }) => name === "Ada")).toEqual([]);
  expect(stander.texts).toEqual(["Captured"]);
}

describe.each(["plain", "tls"] as const)("R-SEC-3 R-HELLO-2: A captured handshake (%s)", (way) => {
  test.each(["plain", "tls"] as const)(
    "is refused by the server that it was said to (by %s)",
    async (again) => {
      const { port } = serve({ certificate });
      const captured = await capture(port, way);
      const stander = await Client.inRoom(port, "Budi");
      for (let time = 0; time < 3; time++) expectRefused(await replay(port, captured, again));
      await expectQuiet(stander);
    },
  );

  test("is refused by it while its owner is there", async () => {
    const { port } = serve({ certificate });
    const key = new Key();
    const captured = await capture(port, way, key);
    const ada = await Client.inRoom(port, "Ada", key);
    expectRefused(await replay(port, captured));
    ada.post(2, "Still me");
    expect(await ada.next({ n: 2 })).toMatchObject({ text: "Still me" });
    expect(ada.texts).toEqual(["Captured", "Still me"]);
  });

  test("is refused by it after a restart", async () => {
    const before = serve({ certificate });
    const captured = await capture(before.port, way);
    await before.stop();
    const { port } = serve({ certificate, path: before.path });
    const stander = await Client.inRoom(port, "Budi");
    expectRefused(await replay(port, captured));
    await expectQuiet(stander);
  });

  test("is refused by it after it was set back to the data of before", async () => {
    const first = serve({ certificate });
    await first.stop();
    const copy = await mkdtemp(join(tmpdir(), "pendopo-replay-"));
    folders.push(copy);
    await cp(first.path, copy, { recursive: true });
    const before = serve({ certificate, path: first.path });
    const captured = await capture(before.port, way);
    await before.stop();
    expectRefused(await replay(serve({ certificate, path: copy }).port, captured));
  });

  test("is refused by another server, with another certificate or with the very same", async () => {
    const captured = await capture(serve({ certificate }).port, way);
    for (const shown of [other, certificate]) {
      const elsewhere = serve({ certificate: shown });
      expectRefused(await replay(elsewhere.port, captured));
      // Nor did it claim anything: the name is free there.
      await Client.member(elsewhere.port, "Ada");
    }
  });

  test("is refused through somebody in the middle who changes what servers answer", async () => {
    const here = serve({ certificate });
    const elsewhere = serve({ certificate: other });
    const captured = await capture(here.port, way);
    // It says of the other server what the first one said, and speaks TLS with a certificate of its own where asked.
    const changes = (frame: Record<string, unknown>) => ({
      ...frame,
      server: here.store.serverId,
      ...(frame.type === "prelude" ? { transport: way } : {}),
      fingerprint: frame.type === "challenge" && way === "plain" ? null : certificate.fingerprint,
    });
    for (const { port } of [here, elsewhere]) {
      using middle = new Middle(port, {
        change: changes,
        ...(way === "tls" ? { certificate: other } : {}),
      });
      const stander = await Client.member(port, "Budi");
      const replayed = await replay(middle.target.port, captured);
      expect(middle.heard).toContain('"type":"hello"');
      expectRefused(replayed);
      await stander.fence();
    }
  });
});

test("R-SEC-3: A captured plain connection is refused in one piece as well, and what stands behind its hello is not heard", async () => {
  const { port } = serve();
  const { outside } = await capture(port, "plain");
  const stander = await Client.inRoom(port, "Budi");
  const client = await Client.connect(port);
  client.write(outside);
  expectRefused(await outcome(client));
  await expectQuiet(stander);
});

describe("A hello that somebody in the middle had signed", () => {
  /** A client that believes whoever answers; the one in the middle hands its hello on. */
  async function handedOn(server: Server, plot: ConstructorParameters<typeof Middle>[1]): Promise<Frame> {
    using middle = new Middle(server.port, plot);
    const client = await Client.connect(middle.target.port);
    const way = plot.certificate === undefined ? "plain" : "tls";
    client.send({ type: "prelude", versions: [1], transport: way });
    await client.next("prelude");
    if (way === "tls") await client.shakeHands();
    await client.next("challenge");
    // As R-TLS-4 has it: what is signed is the certificate that this very handshake ended with.
    const seen = { ...client.challenge, fingerprint: client.fingerprint ?? null };
    client.send(new Key().hello(seen, "Ada"));
    return await client.next({ type: "error" });
  }

  test("R-TLS-4: inside TLS of its own is of no use at the server, in whose nonce it stands", async () => {
    const server = serve({ certificate });
    const refused = await handedOn(server, {
      certificate: other,
      change: (frame) => (frame.type === "prelude" ? { ...frame, transport: "tls" } : frame),
    });
    expect(refused).toMatchObject({ code: "signature-wrong", closes: true });
  });

  test("R-HELLO-1: for a server whose id it had changed is of no use at the real one", async () => {
    const server = serve({ certificate });
    const refused = await handedOn(server, {
      change: (frame) => ({ ...frame, server: "Q".repeat(22) }),
    });
    expect(refused).toMatchObject({ code: "signature-wrong", closes: true });
  });
});

describe("The control: a relay whose nonce is always the same", () => {
  let nonces: { mockRestore(): void } | undefined;
  afterEach(() => nonces?.mockRestore());

  /** Takes the chance out of everything that is 32 bytes long; what a relay makes once is there already. */
  function fixNonce(): void {
    const real = crypto.getRandomValues.bind(crypto);
    nonces = spyOn(crypto, "getRandomValues").mockImplementation(((array: Uint8Array) =>
      array.length === 32 ? array.fill(7) : real(array)) as typeof crypto.getRandomValues);
  }

  test.each(["plain", "tls"] as const)(
    "is entered by the replay, so that the harness goes red (%s)",
    async (way) => {
      const server = serve({ certificate });
      fixNonce();
      const captured = await capture(server.port, way);
      const replayed = await replay(server.port, captured);
      expect(replayed.map(({ type }) => type)).toContain("welcome");
      expect(() => expectRefused(replayed)).toThrow();
      // And even then not elsewhere: the id of the server is in the signature as well.
      expectRefused(await replay(serve({ certificate }).port, captured));
    },
  );
});
