import { checkRelayFrame, parseLine } from "../../wire/decode.ts";
import { LineSplitter } from "../../wire/lines.ts";
import { encodeFrame } from "../../wire/relay-frames.ts";
import type { CarryLink } from "./carry-link.ts";
import type { Deps } from "./deps.ts";

/** What came of asking for a box. */
export type TakenBox =
  | { outcome: "taken"; server: string; box: string }
  /** Whatever the reason: the relay does not tell. */
  | { outcome: "gone" }
  /** The link is for another server, and is still good there. */
  | { outcome: "other-server" }
  /** Nobody answered; the box may still be there. */
  | { outcome: "offline" };

const patienceMs = 10_000;

/** Asks for a box, on a connection of its own: one that says no hello, because nobody is anybody yet. */
export function takeBox(deps: Pick<Deps, "openSocket" | "setTimer">, link: CarryLink): Promise<TakenBox> {
  return new Promise((resolve) => {
    const socket = deps.openSocket();
    const splitter = new LineSplitter();
    let server = "";

    function end(taken: TakenBox): void {
      cancelPatience();
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
      resolve(taken);
    }

    function take(line: string): void {
      const frame = checkRelayFrame(parseLine(line));
      if (frame?.type === "challenge") {
        server = frame.server;
        // The code is for the other server alone: whoever has it can have the box there.
        if (!server.startsWith(link.server)) end({ outcome: "other-server" });
        else socket.send(encodeFrame({ type: "take", id: 1, code: link.code }));
      } else if (frame?.type === "box") {
        end({ outcome: "taken", server, box: frame.box });
      } else if (frame?.type === "error") {
        end({ outcome: frame.code === "carry-gone" ? "gone" : "offline" });
      }
    }

    const cancelPatience = deps.setTimer(patienceMs, () => end({ outcome: "offline" }));
    socket.onclose = () => end({ outcome: "offline" });
    socket.onmessage = ({ data }) => {
      try {
        splitter.push(new Uint8Array(data as ArrayBuffer), (line) => socket.onmessage && take(line));
      } catch {
        // What cannot be read is no relay that could have the box.
        end({ outcome: "offline" });
      }
    };
  });
}
