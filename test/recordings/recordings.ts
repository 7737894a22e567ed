import index from "./index.json";

/*
 * What the original programs said to each other, byte for byte: recorded between the real ones, in both directions.
 * index.json says what each recording is.
 */

/** One read of the recorder: what came, when, and from whom. */
export type Heard = { at: number; from: "client" | "server"; bytes: Buffer };

/** One connection of a case. */
export type Recording = {
  case: string;
  who: string;
  /** In order; times in milliseconds. */
  heard: Heard[];
  /** The lines of the client's window at the end. */
  window: string[];
};

type Case = {
  connections: { [who: string]: { file: string } };
  windows_at_end?: { [who: string]: string[] };
};
type Line = { t: number; dir: "c2s" | "s2c"; hex: string };

/** The file that a recorded name and size belong to, as far as its bytes are recorded. */
export const fileSizes = new Map(Object.entries(index.files).map(([name, { size }]) => [name, size]));

/** Every recording there is. */
export const recordings: Recording[] = [];
for (const [name, { connections, windows_at_end: windows = {} }] of Object.entries(
  index.cases as { [name: string]: Case },
)) {
  for (const [who, { file }] of Object.entries(connections)) {
    const lines: Line[] = await Bun.file(new URL(file, import.meta.url)).json();
    const heard = lines
      .filter(({ hex }) => hex !== "")
      .map(
        ({ t, dir, hex }): Heard => ({
          at: t * 1000,
          from: dir === "c2s" ? "client" : "server",
          bytes: Buffer.from(hex, "hex"),
        }),
      );
    recordings.push({ case: name, who, heard, window: windows[who] ?? [] });
  }
}

/** One recording. */
export function recordingOf(name: string, who = "alice"): Recording {
  const found = recordings.find((each) => each.case === name && each.who === who);
  if (found === undefined) throw new Error(`There is no recording of ${who} in ${name}`);
  return found;
}

/** What one side said, in order. */
export function said(recording: Recording, from: Heard["from"]): Heard[] {
  return recording.heard.filter((heard) => heard.from === from);
}
