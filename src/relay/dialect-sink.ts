import { EntrySink } from "../room/entry-sink.ts";
import { PacedWriter, type Pacer, type Wire } from "../wire/dialect-2021/pacer.ts";
import { noticePieces, textPieces } from "../wire/dialect-2021/pieces.ts";
import { createdWord, welcomeWord } from "../wire/dialect-2021/words.ts";
import { limits } from "../wire/limits.ts";
import type { RelayFrame, RelayFrames } from "../wire/relay-frames.ts";

/** Sentences of the server that wait for a slot; more are not worth the time of a person who reads them. */
const noticesMax = 4;

/** What a sink has to know of the seat that it belongs to. */
export type Place = {
  /** The member's id on the wire: its own lines never come back to it. */
  member: string;
  /** Seq of the room's newest entry. */
  head(): number;
  /** Goes on with the log. */
  pump(): void;
};

/**
 * Shows a room to a 2021 client: a message each time its slot comes, straight from the log. Nothing is queued but the
 * rest of one text: where the client is in the log says what it still has to be shown.
 */
export class DialectSink extends EntrySink {
  readonly #writer: PacedWriter;
  readonly #notices: string[] = [];
  /** Set while it jumps ahead: up to which seq, and how many entries it has left out. */
  #jump: { until: number; leftOut: number } | undefined;
  #isClosed = false;
  place: Place | undefined;

  constructor(wire: Wire, pacer: Pacer) {
    super();
    this.#writer = new PacedWriter(wire, pacer, () => this.#goOn());
  }

  get isFull(): boolean {
    return this.#isClosed || !this.#writer.isFree;
  }

  /** Of the frames that are meant for one connection this program knows two. */
  send(frame: RelayFrame): void {
    if (this.#isClosed) return;
    if (frame.type === "joined") this.#say([encoded(frame.isNew ? createdWord : welcomeWord)]);
    else if (frame.type === "error") this.notice(`Not sent: ${frame.message}`);
  }

  /** Tells the client something in the server's own words, when its slot comes. */
  notice(sentence: string): void {
    if (this.#notices.length === noticesMax || this.#notices.includes(sentence)) return;
    this.#notices.push(sentence);
    if (this.#writer.isFree) this.#goOn();
  }

  /** The socket takes bytes again. */
  drain(): void {
    this.#writer.drain();
  }

  close(): void {
    this.#isClosed = true;
    this.#writer.close();
  }

  #goOn(): void {
    const notice = this.#notices.shift();
    if (notice !== undefined) this.#say(noticePieces(notice));
    else this.place?.pump();
  }

  protected take(entry: RelayFrames["entry"]): void {
    if (entry.member === this.place?.member || entry.kind !== "message") return;
    if (this.#isLeftOut(entry.seq)) return;
    this.#say(textPieces(entry.name, entry.text));
  }

  #isLeftOut(seq: number): boolean {
    const head = this.place?.head() ?? seq;
    if (this.#jump === undefined && head - seq > limits.dialectBehindMax) {
      this.#jump = { until: head - limits.dialectKeptMax, leftOut: 0 };
    }
    if (this.#jump === undefined) return false;
    if (seq <= this.#jump.until) {
      this.#jump.leftOut += 1;
      return true;
    }
    const { leftOut } = this.#jump;
    this.#jump = undefined;
    this.#say(noticePieces(`${leftOut} messages were left out: they came faster than this program can show`));
    return false;
  }

  #say(messages: Uint8Array[]): void {
    this.#writer.say(messages);
  }
}

function encoded(word: string): Uint8Array {
  return new TextEncoder().encode(word);
}
