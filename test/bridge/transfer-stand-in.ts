import type { Socket, TCPSocketListener } from "bun";
import { agreement, serverId } from "./stand-in.ts";

/** What the stand-in's file is. */
export const fileId = "Q".repeat(22);
export const ticket = "E".repeat(43);

type Frame = { type: string; offset?: number; length?: number };

/** One transfer connection that the stand-in took. */
class TransferCall {
  isRaw = false;
  /** How the bridge has ended it. */
  endedBy: "order" | "reset" | undefined;
  #text = "";
  /** Bytes of the file that are still to be sent. */
  #left = 0;

  constructor(
    readonly relay: TransferStandIn,
    readonly socket: Socket,
  ) {}

  take(bytes: Buffer): void {
    if (this.isRaw) {
      this.relay.receivedBytes += bytes.length;
      this.relay.changed();
      return;
    }
    this.#text += bytes.toString();
    for (let end = this.#text.indexOf("\n"); end >= 0; end = this.#text.indexOf("\n")) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      this.#handle(JSON.parse(line) as Frame);
    }
  }

  drain(): void {
    const { piece } = this.relay;
    while (this.#left > 0) {
      const taken = this.socket.write(piece.subarray(0, Math.min(piece.length, this.#left)));
      if (taken <= 0) break;
      this.#left -= taken;
      this.relay.sentBytes += taken;
    }
    this.relay.changed();
  }

  #handle(frame: Frame): void {
    const { relay } = this;
    relay.frames.push(frame);
    if (frame.type === "prelude") {
      const challenge = { type: "challenge", nonce: "A".repeat(43), server: serverId, fingerprint: null };
      this.#say(agreement.trim(), JSON.stringify(challenge));
      return;
    }
    const answer = relay.answer(frame);
    if (answer === null) return;
    this.#say(...(typeof answer === "string" ? [answer] : [JSON.stringify(answer)]));
    if (frame.type === "put") {
      this.isRaw = true;
      if (relay.isPaused) this.socket.pause();
    } else if (frame.type === "get") {
      this.#left = (frame.length ?? relay.size - (frame.offset ?? 0)) - relay.missingBytes;
      this.drain();
    }
  }

  #say(...lines: string[]): void {
    this.socket.write(`${lines.join("\n")}\n`);
  }
}

/** A relay that knows one file of any size, and counts its bytes instead of keeping them. */
export class TransferStandIn {
  readonly piece = new Uint8Array(1024 * 1024);
  readonly calls: TransferCall[] = [];
  readonly frames: Frame[] = [];
  receivedBytes = 0;
  sentBytes = 0;
  /** How many of the last bytes have not arrived, and are never sent. */
  missingBytes = 0;
  /** Whether it does not read what is put. */
  isPaused = false;
  action: "put" | "get" | "view" = "put";
  state: "arriving" | "complete" = "arriving";
  readonly size: number;
  readonly #listener: TCPSocketListener<TransferCall>;
  #watchers = new Set<() => void>();

  constructor(size: number) {
    this.size = size;
    this.#listener = Bun.listen<TransferCall>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = new TransferCall(this, socket as unknown as Socket);
          this.calls.push(socket.data);
        },
        data: (socket, bytes) => socket.data.take(bytes),
        drain: (socket) => socket.data.drain(),
        end: (socket) => {
          socket.data.endedBy ??= "order";
        },
        close: (socket, error) => {
          socket.data.endedBy ??= error ? "reset" : "order";
          this.changed();
        },
        error() {},
      },
    });
  }

  get target() {
    return { host: "127.0.0.1", port: this.#listener.port };
  }

  /** What is answered to a frame; a test puts another function here. null: nothing. */
  answer: (frame: Frame) => object | string | null = (frame) => ({
    type: "ready",
    file: fileId,
    action: this.action,
    state: this.state,
    offset: frame.offset ?? 0,
    size: this.size,
    fileName: "x",
    mediaType: "application/octet-stream",
  });

  /** Says that all has been stored, and ends. */
  store(): void {
    const stored = { type: "stored", file: fileId, sha256: "0".repeat(64), mediaType: "text/plain" };
    for (const { socket, isRaw } of this.calls) if (isRaw) socket.end(`${JSON.stringify(stored)}\n`);
  }

  resume(): void {
    for (const { socket } of this.calls) socket.resume();
  }

  until(claim: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (!claim()) return;
      this.#watchers.delete(look);
      resolve();
    };
    this.#watchers.add(look);
    look();
    return promise;
  }

  changed(): void {
    for (const look of [...this.#watchers]) look();
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }
}
