import { describe, expect, test } from "bun:test";
import type { BridgeLimits } from "../../src/bridge/limits.ts";
import { type CloseReason, closeCodes } from "../../src/wire/closes.ts";
import { openDoor, openPage, openPlainDoor } from "./door.ts";
import { RawPage } from "./raw-page.ts";
import { agreement, type Call, StandIn } from "./stand-in.ts";

const errorLine = (code: string) =>
  `${JSON.stringify({ type: "error", code, message: "Wait", closes: true, retryMs: 1000 })}\n`;

/** What a page sees when the relay behaves in some way. */
async function closeFor(
  answer: ConstructorParameters<typeof StandIn>[0],
  limits: Partial<BridgeLimits> = {},
) {
  using relay = new StandIn(answer);
  await using door = openPlainDoor(relay.target, { limits });
  const page = openPage(door);
  const { code, reason } = await page.closed;
  expect(closeCodes[reason as CloseReason]).toBe(code as never);
  return { reason, received: page.received.toString() };
}

describe("relay-closed", () => {
  test("R-BRIDGE-8: The relay's last bytes reach the page before the close", async () => {
    const last = errorLine("shutting-down");
    const end = (call: Call) => {
      call.send(`${agreement}${last}`);
      call.end();
    };
    expect(await closeFor(end)).toEqual({ reason: "relay-closed", received: last });
  });

  test("R-BRIDGE-8: A megabyte of last bytes does as well", async () => {
    const last = "x".repeat(1 << 20);
    const end = (call: Call) => {
      call.send(agreement + last);
      call.end();
    };
    const { reason, received } = await closeFor(end);
    expect([reason, received.length]).toEqual(["relay-closed", last.length]);
  });

  test("A connection that is reset is closed", async () => {
    using relay = new StandIn();
    await using door = openPlainDoor(relay.target);
    const page = openPage(door);
    const call = await relay.next();
    await page.opened();
    page.socket.send("x");
    await call.until(() => call.received.length > 0);
    call.socket.terminate();
    expect(await page.closed).toEqual({ code: 4003, reason: "relay-closed" });
  });

  test("A relay that refuses the prelude says why to the page", async () => {
    const refuse = (call: Call) => {
      call.send(errorLine("busy"));
      call.end();
    };
    expect(await closeFor(refuse)).toEqual({ reason: "relay-closed", received: errorLine("busy") });
  });

  test("A relay that hangs up before it answers is a relay that stops", async () => {
    expect((await closeFor((call) => call.socket.end())).reason).toBe("relay-closed");
  });

  test("A relay that has fallen silent is gone", async () => {
    expect((await closeFor(agreement, { silenceMsMax: 10, tickMs: 5 })).reason).toBe("relay-closed");
  });

  test("A relay that stops reading is given up", async () => {
    using relay = new StandIn((call) => {
      call.send(agreement);
      call.socket.pause();
    });
    await using door = openPlainDoor(relay.target, { limits: { pauseMsMax: 10, tickMs: 5 } });
    const page = await RawPage.open(door);
    for (let n = 0; n < 1_000; n += 1) page.send(Buffer.alloc(60_000));
    expect(await page.closed).toBe(4003);
  });
});

describe("relay-unreachable", () => {
  const nobody = async (target: { host: string; port: number }, limits: Partial<BridgeLimits> = {}) => {
    await using door = openPlainDoor(target, { limits });
    return await openPage(door).closed;
  };
  const unreachable = { code: 4002, reason: "relay-unreachable" };

  test("Nobody listens", async () => {
    const relay = new StandIn();
    relay.stop();
    expect(await nobody(relay.target)).toEqual(unreachable);
  });

  test("The name is not known", async () => {
    expect(await nobody({ host: "nobody.invalid", port: 12345 })).toEqual(unreachable);
  });

  test("The machine does not answer in time", async () => {
    // An address for documents (RFC 5737): nothing is there, if there is a way at all.
    expect(await nobody({ host: "192.0.2.1", port: 12345 }, { connectMsMax: 1 })).toEqual(unreachable);
  });

  test("The relay takes the connection and says nothing", async () => {
    expect((await closeFor(null, { preludeMsMax: 10 })).reason).toBe("relay-unreachable");
  });
});

describe("not-a-relay", () => {
  const wrong = { transport: "plain", server: "A".repeat(22), fingerprint: null, program: "x", version: 1 };
  const answers: [string, string][] = [
    ["HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["no JSON", "{]\n"],
    ["no object", "[]\n"],
    ["a line without end", "x".repeat(64 * 1024)],
    ["a line too long", `${JSON.stringify({ type: "prelude", ...wrong, program: "x".repeat(65_536) })}\n`],
    ["another frame", '{"type":"challenge"}\n'],
    ["no server id", `${JSON.stringify({ type: "prelude", ...wrong, server: undefined })}\n`],
    ["an odd server id", `${JSON.stringify({ type: "prelude", ...wrong, server: "../../x" })}\n`],
    ["another transport", `${JSON.stringify({ type: "prelude", ...wrong, transport: "quic" })}\n`],
    ["TLS, and bytes in plain", `${JSON.stringify({ type: "prelude", ...wrong, transport: "tls" })}\n{`],
    ["an error without code", '{"type":"error"}\n'],
  ];
  for (const [kind, answer] of answers) {
    test(kind, async () => {
      expect(await closeFor(answer)).toEqual({ reason: "not-a-relay", received: "" });
    });
  }

  test("bytes that are not UTF-8", async () => {
    expect((await closeFor((call) => call.send(Buffer.from([0xff, 0xfe, 10])))).reason).toBe("not-a-relay");
  });

  test("half a line, and the end", async () => {
    const hangUp = (call: Call) => {
      call.send('{"type":"pre');
      call.end();
    };
    expect((await closeFor(hangUp)).reason).toBe("not-a-relay");
  });
});

describe("version-unsupported", () => {
  test("The relay refuses our versions", async () => {
    expect((await closeFor(errorLine("version-unsupported"))).reason).toBe("version-unsupported");
  });

  test("The relay chooses a version that was not offered", async () => {
    expect((await closeFor(agreement.replace('"version":1', '"version":2'))).reason).toBe(
      "version-unsupported",
    );
  });
});

describe("page-broken", () => {
  test("A message as long as a line may be passes, and one byte more ends the page's connection", async () => {
    using relay = new StandIn();
    await using door = openPlainDoor(relay.target);
    const page = openPage(door);
    const call = await relay.next();
    await page.opened();
    page.socket.send("x".repeat(65_536));
    await call.until(() => call.received.length === 65_536);
    page.socket.send("x".repeat(65_537));
    expect(await page.closed).toEqual({ code: 4000, reason: "page-broken" });
    await call.until(() => call.isClosed);
    expect(call.received.length).toBe(65_536);
  });

  test("A message that is far too long is cut before it is read", async () => {
    using relay = new StandIn();
    await using door = openPlainDoor(relay.target);
    const page = openPage(door);
    await page.opened();
    page.socket.send("x".repeat(256 * 1024 + 1));
    expect((await page.closed).code).toBe(1009);
  });

  test("A page that stops reading is given up, and its connection ends", async () => {
    using relay = new StandIn();
    await using door = openPlainDoor(relay.target, { limits: { pauseMsMax: 10, tickMs: 5 } });
    const page = await RawPage.open(door);
    const call = await relay.next();
    page.pause();
    for (let n = 0; n < 64; n += 1) call.send(new Uint8Array(1 << 20));
    await call.until(() => call.isClosed);
    page.resume();
    expect(await page.closed).toBe(4000);
  });
});

test("no-target: the program knows no relay yet", async () => {
  await using door = openDoor(null);
  expect(await openPage(door).closed).toEqual({ code: 4001, reason: "no-target" });
});

test("going-away: the program stops, and the relay sees the page go", async () => {
  using relay = new StandIn();
  const door = openPlainDoor(relay.target);
  const page = openPage(door);
  const call = await relay.next();
  await page.opened();
  await door.stop(2_000);
  expect(await page.closed).toEqual({ code: 1001, reason: "going-away" });
  await call.until(() => call.isClosed);
});
