// A member on a raw socket, as lean as it can be: the benchmark's own cost must not be what is measured.

import { generateKeyPairSync, sign } from "node:crypto";
import type { Socket } from "bun";
import { type Challenge, helloText, prelude, tlsPrelude } from "../../src/wire/prelude.ts";

const newline = 0x0a;
const nothing = new Uint8Array(0);

/** A connection that has joined a room. */
export class BenchMember {
  /** Takes the bytes as they come, once the room is joined. */
  onBytes: ((bytes: Buffer) => void) | undefined;
  #unsent: Uint8Array = nothing;
  #isInTls = false;

  private constructor(private socket: Socket) {}

  /** Connects to a bare relay, which wants nothing to be said. */
  static async connect(port: number): Promise<BenchMember> {
    let member: BenchMember | undefined;
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: { data: (_, bytes) => member?.onBytes?.(bytes), drain: () => member?.send(nothing) },
    });
    member = new BenchMember(socket);
    return member;
  }

  /** Connects, says hello under a new key, and joins a room from its end. */
  static join(
    port: number,
    name: string,
    room: string,
    transport: "plain" | "tls" = "plain",
  ): Promise<BenchMember> {
    const { promise, resolve, reject } = Promise.withResolvers<BenchMember>();
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const key = publicKey.export({ format: "jwk" }).x;
    let member: BenchMember;
    let text = "";
    const send = (frame: object) => member.socket.write(`${JSON.stringify(frame)}\n`);
    const answer = (frame: { type: string; transport?: string; isLast?: boolean; message?: string }) => {
      if (frame.type === "prelude" && frame.transport === "tls") member.#secure(read, reject);
      if (frame.type === "challenge") {
        const signature = sign(null, Buffer.from(helloText(frame as Challenge)), privateKey).toString(
          "base64url",
        );
        send({ type: "hello", key, signature, name });
      }
      if (frame.type === "welcome") send({ type: "join", room, last: 0 });
      if (frame.type === "people" && frame.isLast) resolve(member);
      if (frame.type === "error") reject(new Error(frame.message));
    };
    const read = (bytes: Buffer) => {
      if (member.onBytes !== undefined) {
        member.onBytes(bytes);
        return;
      }
      text += bytes.toString();
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) answer(JSON.parse(line));
    };
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open(socket) {
          member = new BenchMember(socket);
          send(transport === "tls" ? tlsPrelude : prelude);
        },
        data(_, bytes) {
          if (!member.#isInTls) read(bytes);
        },
        drain: () => member.#drain(),
        error: (_, error) => reject(error),
      },
    }).catch(reject);
    return promise;
  }

  /** Sends lines; what the socket does not take waits. */
  send(lines: Uint8Array): void {
    this.#unsent = this.#unsent.length === 0 ? lines : Buffer.concat([this.#unsent, lines]);
    this.#drain();
  }

  close(): void {
    this.socket.terminate();
  }

  #secure(read: (bytes: Buffer) => void, reject: (error: Error) => void): void {
    this.#isInTls = true;
    const [, inner] = this.socket.upgradeTLS({
      tls: { rejectUnauthorized: false },
      socket: {
        data: (_, bytes) => read(bytes),
        drain: () => this.#drain(),
        error: (_, error) => reject(error),
      },
    });
    this.socket = inner as Socket;
  }

  #drain(): void {
    if (this.#unsent.length === 0) return;
    this.#unsent = this.#unsent.subarray(Math.max(0, this.socket.write(this.#unsent)));
  }
}

/** Counts the lines that end in some bytes. */
export function lineCount(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count += 1;
  return count;
}
