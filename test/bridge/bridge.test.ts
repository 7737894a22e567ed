import { expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import type { TCPSocketListener } from "bun";
import { startBridge } from "../../src/bridge/bridge.ts";
import { probe } from "../../src/bridge/probe.ts";
import { assets, Memory, openDoor, openPage, openPlainDoor, Program, Sentences } from "./door.ts";
import { ask, lines } from "./raw.ts";
import { StandIn, serverId } from "./stand-in.ts";

function start(port: number, program = new Program(null)) {
  return startBridge({
    port,
    assets,
    version: "1.2.3",
    dataId: "data-1",
    control: program,
    known: new Memory(),
    log: new Sentences(),
  });
}

test("A port in use is told apart, on 127.0.0.1 and on ::1, and leaves nothing open", async () => {
  for (const hostname of ["127.0.0.1", "::1"]) {
    let other: TCPSocketListener;
    try {
      other = Bun.listen({ hostname, port: 0, socket: { data() {} } });
    } catch {
      continue; // no IPv6 here
    }
    expect(() => start(other.port)).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
    other.stop(true);
    const bridge = start(other.port);
    expect(bridge.port).toBe(other.port);
    await bridge.stop(0);
  }
});

test("It listens on no address that others can reach", async () => {
  const bridge = start(0);
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80"));
  for (const { address } of others) {
    const reached = await ask(bridge.port, lines("GET / HTTP/1.1"), address).catch(() => "refused");
    expect(reached).toBe("refused");
  }
  await bridge.stop(0);
});

test("A target that is known from the start is asked who it is, without a page", async () => {
  using relay = new StandIn();
  const program = new Program(relay.target);
  program.isOwn = true;
  const bridge = start(0, program);
  const call = await relay.next();
  await call.until(() => call.isClosed);
  const state = (await (await fetch(`${bridge.origin}/api/bridge`)).json()) as Record<string, unknown>;
  expect(state.server).toEqual({ id: serverId, fingerprint: null });
  await bridge.stop(0);
});

test("Too many pages are refused, and there is room again when one goes", async () => {
  using relay = new StandIn();
  await using door = openPlainDoor(relay.target, { limits: { pipesMax: 2 } });
  const pages = [openPage(door), openPage(door)];
  await Promise.all(pages.map((page) => page.opened()));
  const third = openPage(door);
  await expect(third.opened()).rejects.toThrow("refused");
  pages[0]?.socket.close();
  await pages[0]?.closed;
  await relay.calls[0]?.until(() => relay.calls.some((call) => call.isClosed));
  await openPage(door).opened();
});

test("Stopping lets an answer under way finish, and refuses what comes later", async () => {
  const door = openDoor(null);
  const { promise, resolve } = Promise.withResolvers<void>();
  door.program.gate = promise;
  const answer = fetch(`${door.origin}/api/host`, { method: "POST", headers: { Origin: door.origin } });
  while (door.program.calls.length === 0) await fetch(`${door.origin}/api/bridge`);
  const stopped = door.stop(5_000);
  await expect(ask(door.port, lines("GET / HTTP/1.1"))).rejects.toThrow();
  resolve();
  expect((await answer).status).toBe(200);
  await stopped;
});

test("At the deadline, what is still under way is cut", async () => {
  const door = openDoor(null);
  door.program.gate = new Promise(() => {});
  const answer = fetch(`${door.origin}/api/host`, { method: "POST", headers: { Origin: door.origin } });
  while (door.program.calls.length === 0) await fetch(`${door.origin}/api/bridge`);
  await door.stop(1);
  await expect(answer).rejects.toThrow();
});

test("A probe leaves no connection behind", async () => {
  using relay = new StandIn();
  const probed = await probe({ target: relay.target, guard: null }, new Sentences());
  expect(probed).toMatchObject({ ok: true, answer: { server: serverId, program: "stand-in/1" } });
  const call = await relay.next();
  await call.until(() => call.isClosed);
});
