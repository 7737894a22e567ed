import type { Socket, TCPSocketListener } from "bun";
import type { Certificate } from "../../src/relay/relay.ts";

type Side = Pick<Socket, "write" | "end">;

/** What the one in the middle does. */
export type Plot = {
  /** Speaks TLS to the client with this certificate; without one it keeps the client in plain. */
  certificate?: Certificate;
  /** Changes the relay's answer to the prelude, and its challenge, on their way to the client. */
  change?: (frame: Record<string, unknown>) => Record<string, unknown>;
};

/**
 * Somebody in the middle: takes connections in a relay's place, and speaks to that relay for them, in plain. It reads,
 * and may change, everything that a client lets it have.
 */
export class Middle {
  plot: Plot;
  /** What clients said behind the prelude, where it could be read. */
  heard = "";
  calls = 0;
  readonly #listener: TCPSocketListener<{ first?: Buffer }>;

  constructor(relayPort: number, plot: Plot) {
    this.plot = plot;
    this.#listener = Bun.listen<{ first?: Buffer }>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = {};
          this.calls += 1;
        },
        data: (socket, bytes) => {
          if (socket.data.first === undefined) {
            socket.data.first = bytes;
            void this.#stand(socket as unknown as Socket, relayPort);
          } else if (this.plot.certificate === undefined) {
            this.#onHeard(socket as unknown as Socket, bytes);
          }
        },
        close: (socket) => {
          this.#relays.get(socket as unknown as Side)?.end();
        },
        error() {},
      },
    });
  }

  get target() {
    return { host: "127.0.0.1", port: this.#listener.port };
  }

  readonly #relays = new Map<Side, Side>();

  #onHeard(client: Side, bytes: Buffer): void {
    this.heard += bytes.toString();
    this.#relays.get(client)?.write(bytes);
  }

  async #stand(outside: Socket, relayPort: number): Promise<void> {
    const { certificate, change = (frame) => frame } = this.plot;
    let client: Side | undefined = certificate === undefined ? outside : undefined;
    let text = "";
    let lines = 0;
    let waiting = "";
    const say = (said: string) => {
      if (client === undefined) waiting += said;
      else client.write(said);
    };
    const relay = await Bun.connect({
      hostname: "127.0.0.1",
      port: relayPort,
      socket: {
        data: (_, bytes) => {
          text += bytes.toString();
          for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
            const line = text.slice(0, end);
            text = text.slice(end + 1);
            lines += 1;
            const frame = lines > 2 ? line : JSON.stringify(change(JSON.parse(line)));
            if (lines > 1 || certificate === undefined) {
              say(`${frame}\n`);
              continue;
            }
            outside.write(`${frame}\n`);
            this.#cover(outside, certificate, (inside) => {
              client = inside;
              this.#relays.set(inside, relay);
              inside.write(waiting);
            });
          }
        },
        close: () => {
          client?.end();
        },
        error() {},
      },
    });
    this.#relays.set(outside, relay);
    relay.write('{"type":"prelude","versions":[1],"transport":"plain"}\n');
  }

  #cover(outside: Socket, { key, certificate: cert }: Certificate, onSecure: (inside: Side) => void): void {
    outside.upgradeTLS({
      tls: { key, cert },
      socket: {
        handshake: (inside, isDone) => {
          if (isDone) onSecure(inside);
        },
        data: (inside, bytes) => this.#onHeard(inside, bytes),
        error() {},
      },
    });
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }
}
