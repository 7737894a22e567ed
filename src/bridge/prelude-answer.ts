import { checkFields, parseLine } from "../wire/decode.ts";
import { wireVersion } from "../wire/limits.ts";
import { LineSplitter } from "../wire/lines.ts";
import { type PreludeAnswer, preludeAnswerSchema } from "../wire/prelude.ts";
import { errorSchema } from "../wire/relay-frames.ts";

const LF = 0x0a;

/** What came of the bytes so far. */
export type Answered =
  | { is: "waiting" }
  /** The relay agreed; `rest` came behind the line and is the page's. */
  | { is: "agreed"; answer: PreludeAnswer; rest: Uint8Array }
  /** The relay said why not, in an error frame; `line` is that frame as it came. */
  | { is: "refused"; line: Uint8Array }
  | { is: "version-unsupported" }
  | { is: "not-a-relay" };

/** Reads the one line with which a relay answers a prelude, and not a byte more. */
export class PreludeAnswerReader {
  readonly #splitter = new LineSplitter();

  /** Whether no unfinished line is there. */
  get isEmpty(): boolean {
    return this.#splitter.restBytes === 0;
  }

  /** @param chunk  The next bytes, cut anywhere. */
  push(chunk: Uint8Array): Answered {
    const end = chunk.indexOf(LF) + 1;
    let line: string | undefined;
    try {
      this.#splitter.push(end === 0 ? chunk : chunk.subarray(0, end), (text) => {
        line = text;
      });
      return line === undefined ? { is: "waiting" } : read(line, chunk.subarray(end));
    } catch {
      // Too long, not UTF-8, not JSON, other fields: whatever it is, it is no relay.
      return { is: "not-a-relay" };
    }
  }
}

function read(line: string, rest: Uint8Array): Answered {
  const frame = parseLine(line);
  if (frame.type === "error") {
    const { code } = checkFields(errorSchema, frame, "error");
    return code === "version-unsupported"
      ? { is: "version-unsupported" }
      : { is: "refused", line: Buffer.from(`${line}\n`) };
  }
  const answer = checkFields(preludeAnswerSchema, frame, "prelude");
  return answer.version === wireVersion ? { is: "agreed", answer, rest } : { is: "version-unsupported" };
}
