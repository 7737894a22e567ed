import { expect, test } from "bun:test";
import fc from "fast-check";
import { openPage, openPlainDoor } from "./door.ts";
import { agreement, StandIn } from "./stand-in.ts";

test("The bridge sends the prelude line, and the page sees what follows its answer", async () => {
  using relay = new StandIn(`${agreement}{"type":"challenge"}\n`);
  await using door = openPlainDoor(relay.target);
  const page = openPage(door);
  const call = await relay.next();
  expect(call.prelude).toBe('{"type":"prelude","versions":[1],"transport":"plain"}');
  await page.got(21);
  expect(page.received.toString()).toBe('{"type":"challenge"}\n');
});

test("What a page sends arrives as it was written, text or binary", async () => {
  using relay = new StandIn();
  await using door = openPlainDoor(relay.target);
  const page = openPage(door);
  const call = await relay.next();
  await page.opened();
  page.socket.send('\ufeff{"a":"é\u{1f3db}"}\n{"b"');
  page.socket.send(new Uint8Array([0, 255, 10, 200]));
  const expected = Buffer.concat([
    Buffer.from('\ufeff{"a":"é\u{1f3db}"}\n{"b"'),
    Buffer.from([0, 255, 10, 200]),
  ]);
  await call.until(() => call.received.length >= expected.length);
  expect(call.received).toEqual(expected);
});

test("R-OPEN-3: What a page sends before the relay has answered waits for the answer", async () => {
  using relay = new StandIn((call) => {
    if (relay.calls.length > 1) call.send(agreement);
  });
  await using door = openPlainDoor(relay.target);
  const page = openPage(door);
  const call = await relay.next();
  await page.opened();
  page.socket.send("early\n");
  page.socket.send("too\n");
  // Lines of another page pass meanwhile, again and again.
  const other = openPage(door);
  const answered = await relay.next();
  await other.opened();
  for (let round = 1; round <= 20; round += 1) {
    other.socket.send("x");
    await answered.until(() => answered.received.length >= round);
    answered.send("x");
    await other.got(round);
  }
  expect(call.received.length).toBe(0);
  for (const byte of Buffer.from(agreement)) call.send(Buffer.from([byte]));
  call.send("late\n");
  await call.until(() => call.received.length >= 10);
  expect(call.received.toString()).toBe("early\ntoo\n");
  await page.got(5);
  expect(page.received.toString()).toBe("late\n");
});

test("R-BRIDGE-6: Random bytes pass unread both ways, however they are cut", async () => {
  using relay = new StandIn();
  await using door = openPlainDoor(relay.target);
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(pieces, pieces, async (fromRelay, fromPage) => {
      const next = relay.next();
      const page = openPage(door);
      const call = await next;
      await page.opened();
      for (const piece of fromRelay) call.send(piece);
      for (const piece of fromPage) page.socket.send(new Uint8Array(piece));
      const [toPage, toRelay] = [Buffer.concat(fromRelay), Buffer.concat(fromPage)];
      await Promise.all([page.got(toPage.length), call.until(() => call.received.length >= toRelay.length)]);
      expect(page.received.equals(toPage)).toBe(true);
      expect(call.received.equals(toRelay)).toBe(true);
      page.socket.close();
      await call.until(() => call.isClosed);
    }),
    { numRuns: 60 },
  );
});

test("The answer may be cut anywhere, and what follows it is the page's from its first byte", async () => {
  const stream = Buffer.from(`${agreement}next\n`);
  for (let cut = 1; cut < stream.length; cut += 1) {
    using relay = new StandIn((call) => {
      call.send(stream.subarray(0, cut));
      setImmediate(() => call.send(stream.subarray(cut)));
    });
    await using door = openPlainDoor(relay.target);
    const page = openPage(door);
    await page.got(5);
    expect(page.received.toString()).toBe("next\n");
  }
});

test("A page that closes takes its connection with it, and its last lines still arrive", async () => {
  using relay = new StandIn();
  await using door = openPlainDoor(relay.target);
  const page = openPage(door);
  const call = await relay.next();
  await page.opened();
  const line = Buffer.alloc(60_000, "x");
  for (let n = 0; n < 50; n += 1) page.socket.send(line);
  page.socket.close();
  await call.until(() => call.isClosed);
  expect(call.received.length).toBe(50 * line.length);
});

test("Each page has a connection of its own", async () => {
  using relay = new StandIn();
  await using door = openPlainDoor(relay.target);
  const [one, other] = [openPage(door), openPage(door)];
  const calls = [await relay.next(), await relay.next()];
  await Promise.all([one.opened(), other.opened()]);
  one.socket.send("one");
  other.socket.send("other");
  await Promise.all(calls.map((call) => call.until(() => call.received.length > 0)));
  expect(calls.map((call) => call.received.toString()).sort()).toEqual(["one", "other"]);
});
