import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Gateway } from "../../src/bridge/legacy-gateway.ts";
import { startRelay } from "../../src/relay/relay.ts";
import type { FilesOptions } from "../../src/room/files.ts";
import { Members } from "../../src/room/members.ts";
import { Rooms } from "../../src/room/rooms.ts";
import { openStore } from "../../src/store/store.ts";
import { Pacer } from "../../src/wire/dialect-2021/pacer.ts";
import { get, Person, put } from "../relay/file-client.ts";
import { filesOf } from "../relay/files-of.ts";
import { Sentences } from "./door.ts";

/** A relay of this process, joined with a server of 2021 as the program does it with --legacy. */
export type LegacyBridge = { port: number; log: Sentences; stop(): Promise<void> };

const room = "room1";

/** @param serverPort  Where the server of 2021 is, or will be. */
export function joinLegacy(serverPort: number, files: Partial<FilesOptions> = {}): LegacyBridge {
  const data = mkdtempSync(join(tmpdir(), "pendopo-gateway-"));
  const store = openStore(data);
  const now = () => performance.now();
  const log = new Sentences();
  let gateway: Gateway | undefined;
  const rooms: Rooms = new Rooms({
    store: store.rooms,
    members: store.members,
    waiting: { soon: setImmediate, later: setTimeout, now },
    wallClock: Date.now,
    onSeat: (seat, isTaken) => gateway?.onSeat(seat, isTaken),
    onStorage: () => {},
    onBroken: (error) => log.error("broken", error),
  });
  const members = new Members(store.members, 0, now);
  const held = filesOf(store, rooms, {
    onTrouble: (error) => log.error("trouble", error),
    newId: () => randomBytes(16).toString("base64url"),
    ...files,
  });
  const relay = startRelay({
    rooms,
    members,
    files: held,
    serverId: store.serverId,
    hostSecret: store.hostSecret,
    program: "pendopo/test",
    log,
    hostname: "127.0.0.1",
    port: 0,
    connectionsMax: 100,
    takesLegacy: false,
  });
  const pacer = new Pacer(setTimeout, now);
  const target = { host: "127.0.0.1", port: serverPort };
  gateway = new Gateway({ rooms, members, files: held, target, pacer, log });
  const stop = async () => {
    gateway?.stop();
    await rooms.drain();
    await relay.stop(500);
    await held.stop();
    await rooms.drain();
    store.close();
    rmSync(data, { recursive: true });
  };
  return { port: relay.port, log, stop };
}

/** Somebody's page at such a bridge, as far as frames go. */
export class Visitor {
  #n = 0;
  /** Lines of the window that were waited for. */
  readonly #seen = new Set<number>();

  private constructor(
    readonly port: number,
    readonly person: Person,
  ) {}

  /** Enters the room; the server has let them in. */
  static async come(bridge: LegacyBridge, name: string): Promise<Visitor> {
    const visitor = new Visitor(bridge.port, await Person.come(bridge.port, name));
    await visitor.person.join(room);
    return visitor;
  }

  /** Everything that was said in the room, as an old client's window would have it. */
  get window(): string[] {
    const names = new Map<string, string>();
    return this.person.line.frames.flatMap((frame) => {
      if (frame.kind === "message") return `[${frame.name}] ${frame.text}`;
      if (frame.kind !== "file") return [];
      if (frame.action === "offered") names.set(String(frame.file), String(frame.fileName));
      const name = names.get(String(frame.file));
      if (frame.action === "complete") return `[${frame.name}] ${name} Received`;
      return frame.action === "failed" ? `[${frame.name}] ${name} ${frame.reason}` : [];
    });
  }

  say(text: string): void {
    this.#n += 1;
    this.person.line.send({ type: "post", room, device: "t", n: this.#n, text });
  }

  /** Waits until the window has a line that was not waited for before. */
  async shows(line: string | RegExp): Promise<string> {
    const find = () =>
      this.window.findIndex(
        (each, i) => !this.#seen.has(i) && (typeof line === "string" ? each === line : line.test(each)),
      );
    await this.person.line.until(() => find() >= 0, `${line} among ${JSON.stringify(this.window)}`);
    const at = find();
    this.#seen.add(at);
    return this.window[at] ?? "";
  }

  /** Offers a file and uploads it. */
  async send(name: string, bytes: Uint8Array, more: object = {}): Promise<void> {
    const { file } = await this.person.offer(room, name, bytes.length, more);
    await put(this.port, await this.person.ticket(room, file, "put"), bytes);
  }

  /** The bytes of a file of this name, the last one. */
  async file(name: string): Promise<Buffer> {
    const { frames } = this.person.line;
    const offered = frames.findLast(({ fileName, action }) => fileName === name && action === "offered");
    const ticket = await this.person.ticket(room, String(offered?.file), "get");
    return (await get(this.port, ticket)).bytes;
  }
}
