// A member in a room, who answers pings and stays: run in a network of its own.
//
//     bun guest.ts ADDRESS PORT

import { Speaker } from "./speaker.ts";

const [, , host = "", port = ""] = process.argv;
new Speaker("Guest", { host, port: Number(port) });
