import { randomBytes } from "node:crypto";
import { Files, type FilesOptions } from "../../src/room/files.ts";
import type { Rooms } from "../../src/room/rooms.ts";
import type { Store } from "../../src/store/store.ts";
import { limits } from "../../src/wire/limits.ts";

/** The files of a relay as main.ts composes them. */
export function filesOf(store: Store, rooms: Rooms, options: Partial<FilesOptions> = {}): Files {
  return new Files({
    store: store.files,
    members: store.members,
    rooms,
    later: setTimeout,
    now: () => performance.now(),
    wallClock: Date.now,
    newId: () => randomBytes(16).toString("base64url"),
    bytesMax: limits.fileBytesMax,
    diskFreeMin: 0,
    keepMs: Number.POSITIVE_INFINITY,
    onTrouble: (error) => {
      throw error;
    },
    ...options,
  });
}
