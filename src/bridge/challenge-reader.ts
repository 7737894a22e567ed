import { checkFields, parseLine } from "../wire/decode.ts";
import { LineSplitter } from "../wire/lines.ts";
import { challengeSchema } from "../wire/prelude.ts";
import type { Shown } from "./trust.ts";

const LF = 0x0a;

/** What came of the bytes so far. */
export type Greeted =
  | { is: "waiting" }
  /** All bytes that came: the line, and what stands behind it. */
  | { is: "greeted"; bytes: Uint8Array }
  | { is: "not-a-relay" };

/**
 * Reads the first line inside TLS: the challenge must name the very certificate of this connection. Or a page would
 * sign what somebody in the middle has got from the server, under a certificate of his own.
 */
export class ChallengeReader {
  readonly #splitter = new LineSplitter();
  readonly #chunks: Uint8Array[] = [];

  /** @param shown  What the prelude and the certificate said. */
  constructor(private readonly shown: Shown) {}

  /** @param chunk  The next bytes, cut anywhere. */
  push(chunk: Uint8Array): Greeted {
    this.#chunks.push(new Uint8Array(chunk));
    const end = chunk.indexOf(LF) + 1;
    let line: string | undefined;
    try {
      this.#splitter.push(end === 0 ? chunk : chunk.subarray(0, end), (text) => {
        line = text;
      });
      if (line === undefined) return { is: "waiting" };
      return this.#isRight(line)
        ? { is: "greeted", bytes: Buffer.concat(this.#chunks) }
        : { is: "not-a-relay" };
    } catch {
      return { is: "not-a-relay" };
    }
  }

  #isRight(line: string): boolean {
    const frame = parseLine(line);
    // The relay may have something else to say, after which it ends: the page is to hear it.
    if (frame.type === "error") return true;
    const { server, fingerprint } = checkFields(challengeSchema, frame, "challenge");
    return server === this.shown.server && fingerprint === this.shown.fingerprint;
  }
}
