import { checkFields, parseLine } from "../wire/decode.ts";
import { limits, wireVersion } from "../wire/limits.ts";
import { type PreludeAnswer, preludeAnswerSchema } from "../wire/prelude.ts";
import { errorSchema } from "../wire/relay-frames.ts";

const LF = 0x0a;

/** What came of the bytes so far. */
export type Answered =
  | { is: "waiting" }
  /** The relay agreed; `rest` came behind the line and is the page's. */
  | { is: "agreed"; answer: PreludeAnswer; rest: Uint8Array }
  /** The relay said why not, in an error frame; `line` is that frame as it came. */
  | { is: "refused"; code: string; line: Uint8Array }
  | { is: "version-unsupported" }
  | { is: "not-a-relay" };

/** Reads the one line with which a relay answers a prelude, and not a byte more. */
export class PreludeAnswerReader {
  #bytes = new Uint8Array(0);

  /** Whether anything came at all. */
  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  /** @param chunk  The next bytes, cut anywhere. */
  push(chunk: Uint8Array): Answered {
    // A copy of all for each chunk: a line arrives in one or two.
    const bytes = Buffer.concat([this.#bytes, chunk]);
    this.#bytes = bytes;
    const end = bytes.indexOf(LF);
    if (end < 0) return { is: bytes.length < limits.lineBytesMax ? "waiting" : "not-a-relay" };
    if (end >= limits.lineBytesMax) return { is: "not-a-relay" };
    return read(bytes.subarray(0, end + 1), bytes.subarray(end + 1));
  }
}

function read(line: Uint8Array, rest: Uint8Array): Answered {
  try {
    const frame = parseLine(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line));
    if (frame.type === "error") {
      const { code } = checkFields(errorSchema, frame, "error");
      return code === "version-unsupported" ? { is: "version-unsupported" } : { is: "refused", code, line };
    }
    const answer = checkFields(preludeAnswerSchema, frame, "prelude");
    return answer.version === wireVersion ? { is: "agreed", answer, rest } : { is: "version-unsupported" };
  } catch {
    // Not UTF-8, not JSON, other fields: whatever it is, it is no relay.
    return { is: "not-a-relay" };
  }
}
