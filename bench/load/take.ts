// Takes a file from a relay, in plain or in TLS, and throws it away.
//
//     bun bench/load/take.ts PORT plain|tls TICKET      prints bytes and seconds

import type { Socket } from "bun";
import { prelude, tlsPrelude } from "../../src/wire/prelude.ts";

const [port, transport, ticket] = process.argv.slice(2);
const get = `{"type":"get","ticket":"${ticket}","offset":0}\n`;
let startedAt = 0;
let bytes = 0;

await Bun.connect<{ isInTls: boolean }>({
  hostname: "127.0.0.1",
  port: Number(port),
  socket: {
    open(socket) {
      socket.data = { isInTls: false };
      socket.write(`${JSON.stringify(transport === "tls" ? tlsPrelude : prelude)}\n`);
    },
    data(socket, chunk) {
      if (socket.data.isInTls) return;
      if (transport !== "tls") {
        take(socket as unknown as Socket, chunk);
        return;
      }
      socket.data.isInTls = true;
      socket.upgradeTLS({
        tls: { rejectUnauthorized: false },
        socket: {
          data: (inside, inner) => take(inside, inner),
          close: end,
          error: end,
        },
      });
    },
    close() {
      if (transport !== "tls") end();
    },
  },
});

function take(socket: Pick<Socket, "write">, chunk: Uint8Array): void {
  bytes += chunk.length;
  if (startedAt > 0) return;
  startedAt = Bun.nanoseconds();
  socket.write(get);
}

function end(): void {
  console.log(`${bytes} ${(Bun.nanoseconds() - startedAt) / 1e9}`);
  process.exit();
}
