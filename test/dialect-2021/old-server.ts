import type { Socket } from "bun";
import { sleep } from "./patient-time.ts";
import { Reads } from "./reads.ts";

const pauseMs = 100;

type Connection = { reads: Reads; drained: () => void };
type Member = { socket: Socket<Connection>; reads: Reads; user: string; room: string };

/** Stands in for the server of 2021: one thread for each client, no framing, everything passed on as it was read. */
export class OldServer {
  /** Whether user and first data run together for the last receiver, as they did for half of the files. */
  isUnlucky = false;
  /** What each user was sent, write by write, in the order of their logins. */
  readonly sent: { user: string; writes: Buffer[] }[] = [];
  readonly #rooms = new Map<string, Member[]>();
  readonly #listener;

  constructor(port = 0) {
    this.#listener = Bun.listen<Connection>({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => {
          socket.setNoDelay(false);
          socket.data = { reads: new Reads(), drained: () => {} };
          void this.#serve(socket, socket.data.reads);
        },
        data: (socket, bytes) => socket.data.reads.push(bytes),
        drain: (socket) => socket.data.drained(),
        end: (socket) => socket.data.reads.end("end"),
        close: (socket) => {
          socket.data.reads.end("end");
          socket.data.drained();
        },
        error: (socket) => socket.data.reads.end("reset"),
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  stop(): void {
    this.#listener.stop(true);
  }

  async #serve(socket: Socket<Connection>, reads: Reads): Promise<void> {
    try {
      const user = decode(await reads.recv()).replaceAll("User ", "");
      const room = decode(await reads.recv()).replaceAll("Join ", "");
      const member = { socket, reads, user, room };
      this.sent.push({ user, writes: [] });
      const members = this.#rooms.get(room);
      this.#rooms.set(room, [...(members ?? []), member]);
      await this.#send(member, members === undefined ? "New Group created" : "Welcome to chat room");
      for (;;) {
        const bytes = await reads.recv();
        // The original goes on reading nothing, for ever.
        if (bytes.length === 0) return;
        const message = decode(bytes);
        if (message === "FILE") await this.#file(member);
        else for (const other of this.#others(member)) await this.#send(other, `[${user}] ${message}`);
      }
    } catch {
      // An undecodable read, or a lost client: this thread ends, and the member stays in the list.
    }
  }

  async #file(member: Member): Promise<void> {
    const name = decode(await member.reads.recv());
    const size = decode(await member.reads.recv());
    for (const other of this.#others(member)) {
      for (const header of ["FILE", name, size]) {
        await this.#send(other, header);
        await sleep(pauseMs);
      }
      await this.#send(other, member.user);
    }
    if (!this.isUnlucky) await sleep(2);
    for (let total = 0; String(total) !== size; ) {
      const bytes = await member.reads.recv();
      if (bytes.length === 0) return;
      total += bytes.length;
      for (const other of this.#others(member)) await this.#send(other, bytes);
    }
  }

  #others(member: Member): Member[] {
    return (this.#rooms.get(member.room) ?? []).filter((other) => other !== member);
  }

  /** As `send` of a socket that blocks: whoever does not read holds everybody up. */
  async #send({ socket, user }: Member, message: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(message as string);
    this.sent.find((each) => each.user === user)?.writes.push(bytes);
    for (let sent = Math.max(0, socket.write(bytes)); sent < bytes.length; ) {
      if (socket.readyState <= 0) throw new Error("Broken pipe");
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.data.drained = resolve;
      await promise;
      sent += Math.max(0, socket.write(bytes.subarray(sent)));
    }
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}
