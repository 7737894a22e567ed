// Somebody without a browser, for conversations that would take a person long to write.

import { Connection } from "../protocol/connection.ts";
import { greet, newPerson } from "../protocol/person.ts";

/** Enters a room over the wire, writes lines, and leaves when the last of them is in the log. */
export async function write(
  port: number,
  { name, room, lines }: { name: string; room: string; lines: readonly string[] },
): Promise<void> {
  const connection = await Connection.open(port);
  await greet(connection, newPerson(), name);
  connection.send(JSON.stringify({ type: "join", id: 1, room, last: 1 }));
  await connection.expect("joined");
  for (const [i, text] of lines.entries()) {
    connection.send(JSON.stringify({ type: "post", room, device: "wire", n: i + 1, text }));
  }
  for (let seen = 0; seen < lines.length; ) {
    const frame = await connection.next("frame", "an entry");
    if (frame.type === "error") throw new Error(String(frame.message));
    if (frame.device === "wire") seen++;
  }
  connection.close();
}
