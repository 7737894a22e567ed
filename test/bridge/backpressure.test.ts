import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { type Door, openPage, openPlainDoor } from "./door.ts";
import { RawPage } from "./raw-page.ts";
import { agreement, type Call, StandIn } from "./stand-in.ts";

const pieceBytes = 60_000;
const pieces = 1_600;
const totalBytes = pieceBytes * pieces;
/** What sockets take in on the way: four of them, at up to 6 MiB where the system tunes them. */
const socketsBytesMax = 32 * 1024 * 1024;

function piece(n: number): Uint8Array {
  return new Uint8Array(pieceBytes).fill(n);
}

function digest(): string {
  const hash = createHash("sha256");
  for (let n = 0; n < pieces; n += 1) hash.update(piece(n));
  return hash.digest("hex");
}

/**
 * Waits until a sender gets no byte further, while another page's lines go round: the bridge and the stand-in had every
 * chance to go on.
 */
async function settle(relay: StandIn, door: Door, sentBytes: () => number): Promise<void> {
  const next = relay.next();
  const page = openPage(door);
  const call = await next;
  await page.opened();
  let before = -1;
  let rounds = 0;
  for (let still = 0; still < 100 && sentBytes() < totalBytes; still += 1) {
    if (sentBytes() !== before) still = 0;
    before = sentBytes();
    rounds += 1;
    call.send("x");
    await page.got(rounds);
    page.socket.send("x");
    await call.until(() => call.received.length >= rounds);
  }
  page.socket.close();
}

test("R-BRIDGE-7 R-SLOW-4: A page that stops reading stops the relay, costs no memory, and later gets every byte", async () => {
  using relay = new StandIn();
  await using door = openPlainDoor(relay.target);
  const page = await RawPage.open(door);
  const call = await relay.next();
  page.pause();
  for (let n = 0; n < pieces; n += 1) call.send(piece(n));
  await settle(relay, door, () => call.sentBytes);
  expect(call.isBlocked).toBe(true);
  expect(call.sentBytes).toBeLessThan(socketsBytesMax);
  page.resume();
  await page.until(() => page.receivedBytes >= totalBytes);
  expect(page.hash.digest("hex")).toBe(digest());
  page.cut();
});

test("A page that reads gets as much without a pause", async () => {
  using relay = new StandIn();
  await using door = openPlainDoor(relay.target);
  const page = await RawPage.open(door);
  const call = await relay.next();
  for (let n = 0; n < pieces; n += 1) call.send(piece(n));
  await page.until(() => page.receivedBytes >= totalBytes);
  expect(page.hash.digest("hex")).toBe(digest());
  page.cut();
});

test("R-BRIDGE-7: A relay that stops reading stops the page, and later gets every byte", async () => {
  const taken = createHash("sha256");
  let takenBytes = 0;
  using relay = new StandIn((call: Call) => {
    call.send(agreement);
    call.take = (bytes) => {
      // Not kept: this is about what the bridge keeps.
      takenBytes += bytes.length;
      taken.update(bytes);
      call.changed();
    };
    call.socket.pause();
  });
  await using door = openPlainDoor(relay.target);
  const page = await RawPage.open(door);
  const [call] = relay.calls as [Call];
  for (let n = 0; n < pieces; n += 1) page.send(piece(n));
  // A stand-in whose calls read, for the other page.
  using other = new StandIn();
  door.program.now = { ...door.program.now, target: other.target };
  await settle(other, door, () => page.sentBytes);
  expect(page.isBlocked).toBe(true);
  expect(page.sentBytes).toBeLessThan(socketsBytesMax);
  call.socket.resume();
  await call.until(() => takenBytes >= totalBytes);
  expect(taken.digest("hex")).toBe(digest());
  page.cut();
});
