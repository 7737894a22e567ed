import { describe, expect, test } from "bun:test";
import { limits } from "../../src/wire/limits.ts";
import { helloText, tlsPrelude } from "../../src/wire/prelude.ts";
import { newCertificate } from "./certificates.ts";
import { Client, Key } from "./client.ts";
import { cleanUp, type Server, serve, type Wish } from "./server.ts";

cleanUp();

const certificate = await newCertificate();
const other = await newCertificate();

function serveTls(wish: Wish = {}): Server {
  return serve({ certificate, ...wish });
}

/** A connection to which TLS was promised, and that has not begun it. */
async function promised(port: number): Promise<Client> {
  const client = await Client.connect(port);
  client.send(tlsPrelude);
  await client.next({ type: "prelude", transport: "tls" });
  return client;
}

describe("§21.1 A connection goes over to TLS", () => {
  test("R-TLS-1 R-TLS-4: before anything else is said, and the challenge names the certificate", async () => {
    const { port, store } = serveTls();
    const client = await Client.secured(port);
    const { fingerprint } = certificate;
    expect(client.fingerprint).toBe(fingerprint);
    expect(client.frames).toEqual([
      {
        type: "prelude",
        version: 1,
        transport: "tls",
        server: store.serverId,
        fingerprint,
        program: "pendopo/test",
      },
      { type: "challenge", nonce: expect.any(String), server: store.serverId, fingerprint },
    ]);
  });

  test("and from there on everything is as in plain, between members of both kinds", async () => {
    const { port } = serveTls();
    const ada = await Client.secureMember(port, "Ada");
    ada.send({ type: "join", room: "lobby" });
    await ada.next({ type: "people", isLast: true });
    const budi = await Client.inRoom(port, "Budi");
    for (let n = 1; n <= 200; n++) {
      ada.post(n, "x".repeat(limits.textBytesMax));
      budi.post(n, "y".repeat(limits.textBytesMax));
    }
    await ada.until(() => ada.texts.length === 400);
    await budi.until(() => budi.texts.length === 400);
    expect(ada.texts).toEqual(budi.texts);
    expect(ada.seqs.slice(-400)).toEqual(budi.seqs.slice(-400));
    ada.end();
    await budi.next("away");
  });

  test("R-TLS-2: but stays in plain when the client proposed that", async () => {
    const { port } = serveTls();
    const client = await Client.challenged(port);
    expect(client.of("prelude")[0]).toMatchObject({
      transport: "plain",
      fingerprint: certificate.fingerprint,
    });
    expect(client.challenge.fingerprint).toBeNull();
  });

  test("R-TLS-2: or when the server has no certificate", async () => {
    const { port } = serve();
    const client = await Client.connect(port);
    client.send(tlsPrelude);
    await client.next("challenge");
    expect(client.of("prelude")[0]).toMatchObject({ transport: "plain", fingerprint: null });
    expect(client.challenge.fingerprint).toBeNull();
  });

  test("a server that stops says so inside", async () => {
    const server = serveTls();
    const client = await Client.secureMember(server.port, "Ada");
    await server.stop();
    await client.closed();
    expect(client.frames.at(-1)).toMatchObject({ type: "error", code: "shutting-down" });
  });

  test("who does not read costs nothing, and catches up without a gap", async () => {
    const { port } = serveTls();
    const slow = await Client.secureMember(port, "Slow");
    slow.send({ type: "join", room: "lobby" });
    await slow.next({ type: "people", isLast: true });
    slow.stopReading();
    const ada = await Client.inRoom(port, "Ada");
    const count = 3_000;
    for (let n = 1; n <= count; n++) ada.post(n, "x".repeat(limits.textBytesMax));
    await ada.until(() => ada.of("entry").length >= count);
    expect(slow.of("entry").length).toBeLessThan(count);
    slow.readAgain();
    await slow.until(() => slow.of("entry").length >= count);
    expect(slow.seqs).toEqual(slow.seqs.map((_, i) => i + slow.seqs[0]!));
  });
});

describe("§21.1 A handshake that is none", () => {
  test("R-TLS-3: what stands behind a prelude that proposes TLS ends the connection", async () => {
    const { port } = serveTls();
    for (const behind of ["\x16\x03\x01", `${JSON.stringify({ type: "hello" })}\n`]) {
      const client = await Client.connect(port);
      client.write(`${JSON.stringify(tlsPrelude)}\n${behind}`);
      expect(await client.next("error")).toMatchObject({ code: "handshake-expected", closes: true });
      await client.closed();
      expect(client.of("challenge")).toEqual([]);
    }
  });

  test.each([
    ["a line of ours", Buffer.from(`${JSON.stringify({ type: "hello", key: "x" })}\n`)],
    ["noise", Buffer.alloc(4096, 0xa5)],
    ["a record that is longer than any", Buffer.of(0x16, 3, 1, 0xff, 0xff, ...new Uint8Array(300))],
    ["a ClientHello full of nothing", Buffer.of(0x16, 3, 1, 0, 68, 1, 0, 0, 64, 3, 3, ...new Uint8Array(62))],
  ])("R-TLS-5: %s in place of a ClientHello ends it without a word, and nobody notices", async (_, bytes) => {
    const server = serveTls();
    const stander = await Client.secureMember(server.port, "Ada");
    const client = await promised(server.port);
    client.write(bytes);
    await client.closed();
    expect(client.frames.map(({ type }) => type)).toEqual(["prelude"]);
    await stander.fence();
    expect(server.relay.connections).toBe(1);
    expect(server.errors).toEqual([]);
  });

  test("R-TLS-5 R-STATE-5: who does not come to its end within helloMsMax is dropped", async () => {
    const timing = { ...limits, helloMsMax: 1 };
    const { port, relay } = serveTls({ timing });
    const silent = await promised(port);
    // The first bytes of a ClientHello, and no more.
    const slow = await promised(port);
    slow.write(Buffer.of(0x16, 3, 1, 2, 0, 1));
    await silent.closed();
    await slow.closed();
    expect(slow.frames.map(({ type }) => type)).toEqual(["prelude"]);
    expect(relay.connections).toBe(0);
  });

  test("R-STATE-5: and who says no hello behind it hears so inside", async () => {
    const { port } = serveTls({ timing: { ...limits, helloMsMax: 1 } });
    const client = await Client.secured(port);
    expect(await client.next("error")).toMatchObject({ code: "hello-late" });
    await client.closed();
  });

  test("who goes in the middle of it leaves nothing behind", async () => {
    const server = serveTls();
    const clients = await Promise.all(Array.from({ length: 20 }, () => promised(server.port)));
    const stander = await Client.secureMember(server.port, "Ada");
    expect(server.relay.connections).toBe(21);
    for (const [i, client] of clients.entries()) {
      if (i % 2 === 0) client.vanish();
      else client.end();
    }
    while (server.relay.connections > 1) await stander.fence();
    expect(server.errors).toEqual([]);
  });
});

describe("§21.1 A hello that somebody caught", () => {
  /** A hello that was good where it was said. */
  async function caught(port: number, key: Key) {
    const client = await Client.secured(port);
    const hello = key.hello(client.challenge, "Ada");
    client.send(hello);
    await client.next("welcome");
    return { hello, challenge: client.challenge };
  }

  test("R-HELLO-2: is of no use on another connection, inside TLS or outside, nor at another server", async () => {
    const key = new Key();
    const server = serveTls();
    const { hello } = await caught(server.port, key);
    const elsewhere = serve({ certificate });
    for (const client of [
      await Client.secured(server.port),
      await Client.challenged(server.port),
      await Client.secured(elsewhere.port),
    ]) {
      client.send(hello);
      expect(await client.next("error")).toMatchObject({ code: "signature-wrong", closes: true });
      await client.closed();
    }
  });

  test("R-TLS-4: nor is one for the same challenge under another certificate, as a man in the middle has it", async () => {
    const server = serveTls();
    const key = new Key();
    for (const fingerprint of [other.fingerprint, null]) {
      const client = await Client.secured(server.port);
      const seen = { ...client.challenge, fingerprint };
      expect(helloText(seen)).not.toBe(helloText(client.challenge));
      client.send(key.hello(seen, "Ada"));
      expect(await client.next("error")).toMatchObject({ code: "signature-wrong" });
    }
  });
});
