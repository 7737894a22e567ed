import { EntrySink } from "../room/entry-sink.ts";
import type { OpenFile } from "../room/open-file.ts";
import { PacedWriter, type Pacer, type Wire } from "../wire/dialect-2021/pacer.ts";
import { filePieces, noticePieces, textPieces } from "../wire/dialect-2021/pieces.ts";
import { createdWord, filePrefix, welcomeWord } from "../wire/dialect-2021/words.ts";
import { safeFileName } from "../wire/file-name.ts";
import { limits } from "../wire/limits.ts";
import type { RelayFrame, RelayFrames } from "../wire/relay-frames.ts";
import { DialectPush } from "./dialect-push.ts";

/** Sentences of the server that wait for a slot; more are not worth the time of a person who reads them. */
const noticesMax = 4;
/** The client opens the prefix and the name as one, and dies of a name that its file system does not take. */
const nameBytesMax = limits.fileNameBytesMax - filePrefix.length;

/** What a sink has to know of the seat that it belongs to. */
export type Place = {
  /** The member's id on the wire: its own lines never come back to it. */
  member: string;
  /** Seq of the room's newest entry. */
  head(): number;
  /** Goes on with the log. */
  pump(): void;
  /** Opens a file of the room; each opening needs its `close`. @throws {Refusal} when there is none any more. */
  open(id: string): Promise<OpenFile>;
  close(file: OpenFile): void;
  /** The client has all bytes of a file. */
  took(file: OpenFile): void;
};

type Push =
  /** The file is being looked up. */
  | { is: "opening" }
  /** Its header is being written, or its bytes. */
  | { is: "writing"; push: DialectPush };

/**
 * Shows a room to a 2021 client: a message each time its slot comes, straight from the log. Nothing is queued but the
 * rest of one text: where the client is in the log says what it still has to be shown.
 */
export class DialectSink extends EntrySink {
  readonly #writer: PacedWriter;
  readonly #notices: string[] = [];
  /** Set while it jumps ahead: up to which seq, and how many entries it has left out. */
  #jump: { until: number; leftOut: number } | undefined;
  /** The file that is being pushed: nothing else is written until it is over. */
  #push: Push | undefined;
  #isClosed = false;
  #isParting = false;
  place: Place | undefined;

  /**
   * @param onBroken  Called when a file cannot be finished: the client would wait for it for ever.
   * @param onOut     Called with the reason when the member has to be out of its room: it has no other.
   */
  constructor(
    wire: Wire,
    pacer: Pacer,
    private readonly onBroken: () => void,
    private readonly onOut: (sentence: string) => void,
  ) {
    super();
    this.#writer = new PacedWriter(wire, pacer, () => this.#goOn());
  }

  get isFull(): boolean {
    return this.#isClosed || this.#push !== undefined || !this.#writer.isFree;
  }

  /** Of the frames that are meant for one connection this program knows three. */
  send(frame: RelayFrame): void {
    if (this.#isClosed) return;
    if (frame.type === "joined") this.#say([encoded(frame.isNew ? createdWord : welcomeWord)]);
    else if (frame.type === "error") this.notice(`Not sent: ${frame.message}`);
    else if (frame.type === "out") this.onOut(outSentence(frame));
  }

  /** Tells the client something in the server's own words, when its slot comes. */
  notice(sentence: string): void {
    if (this.#notices.length === noticesMax || this.#notices.includes(sentence)) return;
    this.#notices.push(sentence);
    if (this.#writer.isFree) this.#goOn();
  }

  /**
   * Tells the client a last thing, in place of all that waits to be told.
   *
   * @returns  Whether it can be: within a file every byte would be one of the file's.
   */
  part(sentence: string): boolean {
    if (this.#isClosed || this.#push?.is === "writing") return false;
    this.#isParting = true;
    this.#writer.dropWaiting();
    this.#notices.length = 0;
    this.notice(sentence);
    return true;
  }

  /** The socket takes bytes again. */
  drain(): void {
    this.#writer.drain();
    if (this.#push?.is === "writing") this.#push.push.drain();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writer.close();
    if (this.#push?.is !== "writing") return;
    this.#push.push.stop();
    this.place?.close(this.#push.push.file);
  }

  #goOn(): void {
    if (this.#isClosed) return;
    if (this.#push !== undefined) {
      if (this.#push.is === "writing" && !this.#push.push.hasBegun) this.#push.push.begin();
      return;
    }
    const notice = this.#notices.shift();
    if (notice !== undefined) this.#say(noticePieces(notice));
    else if (!this.#isParting) this.place?.pump();
  }

  protected take(entry: RelayFrames["entry"]): void {
    if (this.place === undefined || entry.member === this.place.member) return;
    if (entry.kind === "message") {
      if (!this.#isLeftOut(entry.seq)) this.#say(textPieces(entry.name, entry.text));
    } else if (entry.kind === "file" && entry.action === "complete") {
      // Its offer was skipped: there was nothing to push then.
      if (!this.#isLeftOut(entry.seq)) void this.#pushFile(this.place, entry.file, entry.name);
    }
  }

  async #pushFile(place: Place, id: string, sender: string): Promise<void> {
    this.#push = { is: "opening" };
    const file = await place.open(id).catch(() => undefined);
    this.#push = undefined;
    if (this.#isClosed || this.#isParting || file === undefined) {
      if (file !== undefined) place.close(file);
      // Whoever removed it meanwhile had a reason; the log goes on behind it.
      this.#goOn();
      return;
    }
    const { size, folder } = file.record;
    // A folder is an archive of its files.
    const name = folder === undefined ? file.record.name : `${file.record.name}.tar`;
    if (size > limits.dialectPushBytesMax) {
      place.close(file);
      this.#say(
        textPieces(sender, `${name} (${size} bytes) is too long for this program: take it with Pendopo`),
      );
      return;
    }
    const push = new DialectPush(file, this.#writer, (isWhole) => this.#pushed(place, file, isWhole));
    this.#push = { is: "writing", push };
    // An empty user would be no message at all, and the client would take the first bytes for it.
    this.#say(filePieces(safeFileName(name, nameBytesMax), size, sender || "?"));
  }

  #pushed(place: Place, file: OpenFile, isWhole: boolean): void {
    this.#push = undefined;
    if (isWhole) place.took(file);
    place.close(file);
    if (!isWhole) this.onBroken();
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

function outSentence({ reason, room, name }: RelayFrames["out"]): string {
  return reason === "removed" ? `${name} removed you from "${room}"` : `${name} deleted "${room}"`;
}

function encoded(word: string): Uint8Array {
  return new TextEncoder().encode(word);
}
