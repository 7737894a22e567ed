import { checkFields, parseLine } from "../wire/decode.ts";
import { LineSplitter } from "../wire/lines.ts";
import { type Challenge, challengeSchema, type PreludeAnswer } from "../wire/prelude.ts";
import type { Guard } from "./trust.ts";

const LF = 0x0a;

/** What came of the bytes so far. */
export type Introduced =
  | { is: "waiting" }
  /** All bytes that came: the line, and what stands behind it. */
  | { is: "known"; bytes: Uint8Array }
  | { is: "not-a-relay" };

/**
 * How a relay shows inside TLS who it is: first by its certificate, then by a challenge that names the very same. Or a
 * page would sign what somebody in the middle has got from the server, under a certificate of his own.
 */
export class Introduction {
  readonly #splitter = new LineSplitter();
  readonly #chunks: Uint8Array[] = [];
  #fingerprint: string | undefined;

  /** @param answer  What the relay said of itself in plain. */
  constructor(
    private readonly answer: PreludeAnswer,
    private readonly guard: Guard,
  ) {}

  /**
   * Takes the certificate.
   *
   * @param fingerprint  undefined: the handshake has failed.
   * @returns            Why not to go on.
   */
  shown(fingerprint: string | undefined): "not-a-relay" | "fingerprint-changed" | undefined {
    if (fingerprint === undefined) return "not-a-relay";
    if (!this.guard.admits({ server: this.answer.server, fingerprint })) return "fingerprint-changed";
    if (this.answer.fingerprint !== fingerprint) return "not-a-relay";
    this.#fingerprint = fingerprint;
    return undefined;
  }

  /** Takes what comes inside TLS. @param chunk  The next bytes, cut anywhere. */
  push(chunk: Uint8Array): Introduced {
    this.#chunks.push(new Uint8Array(chunk));
    const end = chunk.indexOf(LF) + 1;
    let first: Challenge | "error" | undefined;
    try {
      this.#splitter.push(end === 0 ? chunk : chunk.subarray(0, end), (line) => {
        first = firstFrame(line);
      });
    } catch {
      // Too long, not UTF-8, not JSON, other fields: whatever it is, it is no relay.
      return { is: "not-a-relay" };
    }
    if (first === undefined) return { is: "waiting" };
    // The relay may have something else to say, after which it ends: the page is to hear it, and nobody was met.
    if (first !== "error") {
      const { server, fingerprint } = first;
      const isSame = server === this.answer.server && fingerprint === this.#fingerprint;
      if (fingerprint === null || !isSame) return { is: "not-a-relay" };
      this.guard.met(server, fingerprint);
    }
    return { is: "known", bytes: Buffer.concat(this.#chunks) };
  }
}

function firstFrame(line: string): Challenge | "error" {
  const frame = parseLine(line);
  return frame.type === "error" ? "error" : checkFields(challengeSchema, frame, "challenge");
}
