import type { GenericSchema, InferOutput } from "valibot";
import { checkFields, type JsonObject, parseLine } from "../wire/decode.ts";
import { type TransferFrame, transferAnswers } from "../wire/file-frames.ts";
import { LineSplitter } from "../wire/lines.ts";
import { challengeSchema, type PreludeAnswer } from "../wire/prelude.ts";
import { encodeFrame, errorSchema } from "../wire/relay-frames.ts";
import type { Log } from "./control.ts";
import type { BridgeLimits } from "./limits.ts";
import { type LinkEnd, RelayLink } from "./relay-link.ts";
import { TransferProblem } from "./transfer-problem.ts";
import type { Way } from "./trust.ts";

/** What a transfer connection stands on. */
export type TransferLinkParts = {
  way: Way;
  /** Called when the relay has said who it is. */
  onAnswer: (answer: PreludeAnswer) => void;
  /** Called once, when the connection is over. */
  onEnd: () => void;
  limits: BridgeLimits;
  log: Log;
};

const LF = 0x0a;

/**
 * A connection to the relay that carries a file's bytes: a line is asked, a line is answered, then bytes follow.
 *
 * Whoever uses it does one thing at a time: ask, or write, or read. Nothing gathers here: writing waits until the
 * relay's socket has taken what was written, and the relay is not read while bytes wait to be.
 */
export class TransferLink {
  readonly #link: RelayLink;
  readonly #parts: TransferLinkParts;
  readonly #splitter = new LineSplitter();
  /** Lines that nobody has read. */
  readonly #lines: JsonObject[] = [];
  /** Bytes of the file that nobody has read. */
  readonly #bytes: Uint8Array[] = [];
  #bytesKept = 0;
  /** The frame behind which the file's bytes follow. */
  #bytesBehind: string | undefined;
  #isRaw = false;
  #isPaused = false;
  #isGreeted = false;
  #end: TransferProblem | undefined;
  #isOver = false;
  #wake: () => void = () => {};
  readonly #ticks: Timer;
  /** Since when somebody waits for the relay; 0: nobody does. */
  #waitingAt = 0;

  /** For how long the relay may let somebody wait. */
  patienceMs: number;

  /** Starts to connect at once. */
  constructor(parts: TransferLinkParts) {
    this.#parts = parts;
    this.patienceMs = parts.limits.answerMsMax;
    this.#ticks = setInterval(() => this.#tick(), parts.limits.tickMs);
    this.#link = new RelayLink(
      parts.way,
      {
        opened: parts.onAnswer,
        received: (bytes) => this.#received(bytes),
        drained: () => this.#wake(),
        ended: (reason) => this.#ended(new TransferProblem(reason, linkSentences[reason])),
        closed: () => this.#over(),
      },
      parts.limits,
      parts.log,
    );
  }

  /**
   * Asks the relay, and waits for its answer.
   *
   * @throws {TransferProblem}  The relay's refusal, after which it may be asked again; or the end.
   */
  async ask<A extends keyof typeof transferAnswers>(
    frame: TransferFrame,
    answer: A,
  ): Promise<InferOutput<(typeof transferAnswers)[A]>> {
    if (frame.type === "get") this.#bytesBehind = answer;
    if (!this.#isGreeted) await this.#next("challenge", challengeSchema);
    this.#isGreeted = true;
    await this.write(Buffer.from(encodeFrame(frame)));
    return this.answer(answer);
  }

  /** Waits for another answer to what was asked last: `stored`, behind the last byte. */
  async answer<A extends keyof typeof transferAnswers>(
    type: A,
  ): Promise<InferOutput<(typeof transferAnswers)[A]>> {
    return this.#next(type, transferAnswers[type]);
  }

  /**
   * Sends bytes of the file.
   *
   * @returns  Once the relay's socket has taken them.
   * @throws {TransferProblem}  The relay's reason not to take more, or the end.
   */
  async write(bytes: Uint8Array): Promise<void> {
    // A link that has ended takes everything, to nowhere.
    if (this.#hasNews || this.#end || !this.#link.write(bytes)) {
      await this.#until(() => this.#hasNews || (!this.#end && this.#link.waitingBytes === 0));
    }
    const [line] = this.#lines;
    if (line?.type === "error") throw problemOf(line);
  }

  /**
   * The next bytes of the file, as they came, at least one.
   *
   * @throws {TransferProblem}  The end.
   */
  async read(): Promise<Uint8Array> {
    if (this.#bytes.length === 0 && this.#isPaused) {
      this.#isPaused = false;
      this.#link.resume();
    }
    await this.#until(() => this.#bytes.length > 0);
    const bytes = this.#bytes.shift() as Uint8Array;
    this.#bytesKept -= bytes.length;
    return bytes;
  }

  /** Ends the connection behind what was written. @returns Once the relay has read it all, and ended it as well. */
  async finish(): Promise<void> {
    if (this.#end) return;
    this.#link.end();
    while (!this.#isOver) await this.#woken();
  }

  /** Drops the connection, whoever waits for it. */
  cut(problem = new TransferProblem("cut", "Try again: the transfer was ended")): void {
    this.#link.cut();
    this.#ended(problem);
  }

  /** Reads the next line. */
  async #next<S extends GenericSchema>(type: string, schema: S): Promise<InferOutput<S>> {
    await this.#until(() => this.#hasNews);
    const frame = this.#lines.shift() as JsonObject;
    if (frame.type === "error") throw problemOf(frame);
    try {
      return checkFields(schema, frame, type);
    } catch (error) {
      throw this.#notUnderstood(error);
    }
  }

  #notUnderstood(cause: unknown): TransferProblem {
    this.#parts.log.debug(`A transfer ended: the relay sent what is no answer (${(cause as Error).name})`);
    this.cut(notUnderstood());
    return this.#end as TransferProblem;
  }

  /** Whether the relay said something that nobody has read. */
  get #hasNews(): boolean {
    return this.#lines.length > 0;
  }

  async #until(claim: () => boolean): Promise<void> {
    while (!claim()) {
      if (this.#end) throw this.#end;
      this.#waitingAt ||= Date.now();
      await this.#woken();
    }
    this.#waitingAt = 0;
  }

  #woken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }

  #received(bytes: Uint8Array): void {
    try {
      let rest = bytes;
      while (rest.length > 0 && !this.#isRaw) {
        // One line at a time: what stands behind it may be the file.
        const end = rest.indexOf(LF) + 1 || rest.length;
        this.#splitter.push(rest.subarray(0, end), (line) => this.#take(parseLine(line)));
        rest = rest.subarray(end);
      }
      if (rest.length > 0) this.#keep(rest);
    } catch (error) {
      this.#notUnderstood(error);
    }
    this.#wake();
  }

  #take(frame: JsonObject): void {
    this.#lines.push(frame);
    if (frame.type === this.#bytesBehind) this.#isRaw = true;
  }

  #keep(bytes: Uint8Array): void {
    this.#bytes.push(bytes);
    this.#bytesKept += bytes.length;
    this.#waitingAt = 0;
    if (this.#isPaused || this.#bytesKept < this.#parts.limits.transferBytesKept) return;
    this.#isPaused = true;
    this.#link.pause();
  }

  #ended(problem: TransferProblem): void {
    this.#end ??= problem;
    this.#over();
  }

  #tick(): void {
    if (this.#waitingAt === 0 || Date.now() - this.#waitingAt <= this.patienceMs) return;
    this.cut(new TransferProblem("stalled", "Try again: the server did nothing for too long"));
  }

  #over(): void {
    clearInterval(this.#ticks);
    if (!this.#isOver) this.#parts.onEnd();
    this.#isOver = true;
    this.#wake();
  }
}

/** What the relay's error frame says. */
function problemOf(frame: JsonObject): TransferProblem {
  try {
    const { code, message, offset } = checkFields(errorSchema, frame, "error");
    return new TransferProblem(code as TransferProblem["reason"], message, offset);
  } catch {
    return notUnderstood();
  }
}

function notUnderstood(): TransferProblem {
  return new TransferProblem(
    "answer-unexpected",
    "Check the server: it sent what this program does not understand",
  );
}

const linkSentences: Record<LinkEnd, string> = {
  "relay-unreachable": "Try again in a moment: the server cannot be reached",
  "relay-closed": "Try again in a moment: the server hung up",
  "not-a-relay": "Check the server's address: what answers there is no Pendopo server",
  "version-unsupported": "Use the same version of Pendopo as the server: it speaks another",
  "fingerprint-changed": "Look at the page: the server does not have the certificate by which it is known",
  "not-encrypted": "Look at the page: the server does not encrypt, or somebody in between prevents it",
};
