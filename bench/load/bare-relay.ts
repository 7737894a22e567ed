// What a relay in Bun costs at the least: bytes in, the same bytes out to everybody, nothing read or kept.
//
// Run by fanout.ts as a process of its own; prints its port.

import type { Socket } from "bun";

const sockets = new Set<Socket>();
let gathered: Uint8Array[] = [];

function fanOut(): void {
  const bytes = gathered.length === 1 && gathered[0] ? gathered[0] : Buffer.concat(gathered);
  gathered = [];
  // What a full socket does not take is lost: the benchmark's readers keep up, and count.
  for (const socket of sockets) {
    if (socket.write(bytes) < bytes.length)
      console.error("A reader did not keep up: the figure is worth nothing");
  }
}

const listener = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open: (socket) => void sockets.add(socket),
    close: (socket) => void sockets.delete(socket),
    data(_, bytes) {
      if (gathered.length === 0) setImmediate(fanOut);
      gathered.push(Uint8Array.from(bytes));
    },
  },
});
console.log(`--connect 127.0.0.1:${listener.port}`);
