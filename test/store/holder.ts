// Opens the store of a directory, writes a line into it, says so, and stays until it is killed.
import { openStore } from "../../src/store/store.ts";

const store = openStore(process.argv[2] ?? "");
const room = await store.rooms.createRoom("lobby", "lobby");
const line = new TextEncoder().encode('{"kept":true}\n');
await store.rooms.append([{ roomId: room.id, seq: 1, line, post: undefined }]);
console.log("holding");
process.stdin.resume();
