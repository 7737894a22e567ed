import type { ClientFrames } from "./client-frames.ts";
import { limits } from "./limits.ts";

const devicePattern = /^[A-Za-z0-9_-]+$/;

/**
 * Checks the hottest frame by hand: six times as fast as its schema. A frame that fails here goes on to the
 * schema, which says what is wrong; a test holds the two against each other.
 */
export function isPost(frame: { [field: string]: unknown }): frame is ClientFrames["post"] {
  const { type, id, room, device, n, text } = frame;
  return (
    type === "post" &&
    typeof room === "string" &&
    typeof text === "string" &&
    typeof n === "number" &&
    Number.isSafeInteger(n) &&
    n >= 1 &&
    typeof device === "string" &&
    device.length <= limits.deviceCharsMax &&
    devicePattern.test(device) &&
    (id === undefined ? !Object.hasOwn(frame, "id") : Number.isSafeInteger(id) && (id as number) >= 0)
  );
}
