import { parse } from "./markup.ts";
import type { Outbox, WaitingLine } from "./outbox.ts";
import type { RoomFiles } from "./room-files.ts";
import type { Uploads } from "./uploads.ts";

/** How lines that wait to be sent are drawn: the same one again for the same line, so that a view keeps its element. */
export function createWaitingLines(outbox: Outbox, files: RoomFiles, uploads: Uploads) {
  const drawn = new WeakMap<WaitingLine, ReturnType<typeof draw>>();

  function draw(line: WaitingLine) {
    const { text, offer, at, problem } = line;
    const key = lineKey(line);
    const what = offer ? { parts: [], file: files.waiting(line, key) } : { parts: parse(text) };
    const common = { key, seq: null, at, text, ...what };
    if (problem === null) return { ...common, state: "waiting" as const };
    const retry = () => outbox.retry(line);
    const remove = () => {
      outbox.remove(line);
      if (offer) uploads.dropped(offer.upload);
    };
    return { ...common, state: "failed" as const, problem, retry, remove };
  }

  return (line: WaitingLine) => {
    const made = drawn.get(line) ?? draw(line);
    drawn.set(line, made);
    return made;
  };
}

/** What a line that was posted is known by, before and after it has a seq. */
export function lineKey({ device, n }: { device: string; n: number }): string {
  return `${device}-${n}`;
}
