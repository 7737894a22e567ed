import { expect, test } from "bun:test";
import { openDoor, openPage } from "./door.ts";
import { agreement, StandIn } from "./stand-in.ts";

test("The bridge sends the prelude line, and the page sees what follows its answer", async () => {
  const relay = new StandIn(`${agreement}{"type":"challenge"}\n`);
  await using door = openDoor(relay.target);
  const page = openPage(door);
  const call = await relay.next();
  expect(call.prelude).toBe('{"type":"prelude","versions":[1],"transport":"plain"}');
  await page.got(21);
  expect(page.received.toString()).toBe('{"type":"challenge"}\n');
  relay.stop();
});

test("What a page sends arrives as it was written, text or binary", async () => {
  const relay = new StandIn();
  await using door = openDoor(relay.target);
  const page = openPage(door);
  const call = await relay.next();
  page.socket.send('\ufeff{"a":"é\u{1f3db}"}\n{"b"');
  page.socket.send(new Uint8Array([0, 255, 10, 200]));
  const expected = Buffer.concat([
    Buffer.from('\ufeff{"a":"é\u{1f3db}"}\n{"b"'),
    Buffer.from([0, 255, 10, 200]),
  ]);
  await call.until(() => call.received.length >= expected.length);
  expect(call.received).toEqual(expected);
  relay.stop();
});
