import { afterAll, describe, expect, test } from "bun:test";
import { OldClient } from "../dialect-2021/old-client.ts";
import { OldServer } from "../dialect-2021/old-server.ts";
import { sleep } from "../dialect-2021/patient-time.ts";
import { noise } from "./file-world.ts";
import { joinLegacy, type LegacyBridge, Visitor } from "./legacy-world.ts";

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function joined(port: number): LegacyBridge {
  const bridge = joinLegacy(port);
  closing.push(() => bridge.stop());
  return bridge;
}

/** A server that lets everybody in, and tells what it read, when, and how each connection ended. */
class Listener {
  readonly reads: { at: number; text: string }[] = [];
  readonly ends: ("order" | "reset")[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #listener = Bun.listen<{ count: number }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) => {
        socket.data = { count: 0 };
        this.say = (bytes) => socket.write(bytes);
      },
      data: (socket, bytes) => {
        this.reads.push({ at: performance.now(), text: bytes.toString() });
        socket.data.count += 1;
        // Behind user and room.
        if (socket.data.count === 2) socket.write("New Group created");
        this.#tell();
      },
      end: () => this.#end("order"),
      close: (_, error) => {
        if (error) this.#end("reset");
      },
    },
  });

  /** Writes to whoever came last. */
  say: (bytes: string | Uint8Array) => void = () => {};

  constructor() {
    closing.push(() => this.#listener.stop(true));
  }

  get port(): number {
    return this.#listener.port;
  }

  until(claim: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!claim()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  #end(how: "order" | "reset"): void {
    this.ends.push(how);
    this.#tell();
  }

  #tell(): void {
    for (const look of [...this.#watchers]) look();
  }
}

describe.concurrent("At a server of 2021, which cannot tell two messages apart,", () => {
  test("R-2021-32: user, room and every text are sent one by one, 100 ms apart", async () => {
    const server = new Listener();
    const ada = await Visitor.come(joined(server.port), "Ada");
    const texts = ["one", "two", "three", "four"];
    for (const text of texts) ada.say(text);
    await server.until(() => server.reads.length === 6);
    expect(server.reads.map(({ text }) => text)).toEqual(["Ada", "room1", ...texts]);
    const pauses = server.reads.slice(1).map(({ at }, i) => at - server.reads[i]!.at);
    // A few of them are taken by the way.
    expect(Math.min(...pauses)).toBeGreaterThan(90);
  });

  test("R-2021-36: a connection is ended with a reset, when somebody leaves and when the program stops", async () => {
    const server = new Listener();
    const bridge = joinLegacy(server.port);
    const ada = await Visitor.come(bridge, "Ada");
    const budi = await Visitor.come(bridge, "Budi");
    await server.until(() => server.reads.length === 4);
    await ada.person.request({ type: "leave", room: "room1" });
    await server.until(() => server.ends.length === 1);
    budi.say("still here");
    await server.until(() => server.reads.length === 5);
    await bridge.stop();
    await server.until(() => server.ends.length === 2);
    expect(server.ends).toEqual(["reset", "reset"]);
  });

  test("R-2021-37: a file takes no more bytes than its size says, and what follows is a text", async () => {
    const server = new Listener();
    const ada = await Visitor.come(joined(server.port), "Ada");
    await ada.shows("[2021 server] New Group created");
    // Header and bytes as the server passes them on, with a text that runs into their last read.
    const bytes = noise(3_000);
    for (const header of ["FILE", "client_a.bin", "3000", "budi"]) {
      server.say(header);
      await sleep(100);
    }
    server.say(Buffer.concat([bytes, Buffer.from("[budi] and that was it")]));
    await ada.shows("[budi] a.bin Received");
    await ada.shows("[budi] and that was it");
    expect((await ada.file("a.bin")).equals(Buffer.from(bytes))).toBe(true);
  });
});

test("R-2021-35: A text is shown once, though several of us heard it, and one's own is not heard again", async () => {
  const server = new OldServer();
  closing.push(() => server.stop());
  const budi = await OldClient.inRoom(server.port, "budi");
  const bridge = joined(server.port);
  const [ada, cici] = [await Visitor.come(bridge, "Ada"), await Visitor.come(bridge, "Cici")];
  cici.say("from Cici");
  await budi.shows("[Cici] from Cici");
  ada.say("from Ada");
  await budi.shows("[Ada] from Ada");
  budi.text("from Budi");
  // Behind all that came before, on both connections.
  const dewi = await OldClient.inRoom(server.port, "dewi");
  await Promise.all([ada, cici].map((one) => one.shows("[budi] from Budi")));
  dewi.text("and that was all");
  await Promise.all([ada, cici].map((one) => one.shows("[dewi] and that was all")));
  for (const { window } of [ada, cici]) {
    const said = window.filter((line) => !line.startsWith("[2021 server] "));
    expect(said).toEqual([
      "[Cici] from Cici",
      "[Ada] from Ada",
      "[budi] from Budi",
      "[dewi] and that was all",
    ]);
  }
});
