import { BlobCursor, type ByteSink } from "../room/blob-cursor.ts";
import type { Published } from "../room/file-store.ts";
import type { Files } from "../room/files.ts";
import type { OpenFile, Sender } from "../room/open-file.ts";
import { checkTransferFrame, type JsonObject, parseLine } from "../wire/decode.ts";
import { Fault, Refusal } from "../wire/errors.ts";
import type { Ready, Stored, TransferFrame, TransferFrames } from "../wire/file-frames.ts";
import { limits } from "../wire/limits.ts";
import { LineSplitter } from "../wire/lines.ts";
import { errorFrame } from "../wire/relay-frames.ts";
import { Intake } from "./intake.ts";
import type { RelayLog } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import type { Permit, Tickets } from "./tickets.ts";
import { Turn } from "./turn.ts";

/** What transfers need of the relay. */
export type TransferCommon = { files: Files; tickets: Tickets; log: RelayLog };

/** The part of a socket that a transfer uses beside its outbox. */
export type TransferSocket = { pause(): void; resume(): void; shutdown(): void; terminate(): void };

type Use = { permit: Permit; done: () => void };
type State =
  | { state: "lines" }
  /** A frame is being handled: what comes behind it waits. */
  | { state: "busy" }
  | { state: "putting"; file: OpenFile; use: Use; intake: Intake }
  | { state: "getting"; file: OpenFile; use: Use; cursor: BlobCursor; from: number }
  /** The system has all bytes, the receiver perhaps not yet: how the connection ends will tell. */
  | { state: "sent"; file: OpenFile; use: Use; from: number; to: number }
  | { state: "ended" };

const LF = 0x0a;

/** A connection that carries a file's bytes: a line, an answer, then bytes as they are. */
export class Transfer implements Sender, ByteSink {
  #state: State = { state: "lines" };
  readonly #splitter = new LineSplitter();
  /** Bytes that came and cannot be taken yet; the socket is not read meanwhile. */
  #held: Uint8Array[] = [];
  #isPaused = false;
  /** Frames since a ticket was good: whoever shows none is a stranger. */
  #ticketsWrong = 0;
  #isTrusted = false;
  readonly #turn = new Turn();

  /** @param readInto  Reads from the socket straight into memory. @returns  How many bytes: 0 for "ask the socket". */
  constructor(
    private readonly common: TransferCommon,
    private readonly outbox: Outbox,
    private readonly socket: TransferSocket,
    private readonly readInto: (memory: Uint8Array) => number,
  ) {}

  get isEnded(): boolean {
    return this.#state.state === "ended";
  }

  /** Whether it waits for a frame: then silence is limited as for any connection. */
  get isIdle(): boolean {
    return this.#state.state === "lines";
  }

  /** Whether a ticket was good: until then it has no more time than a hello has. */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  /** Handles the frame that made the connection one of transfers. */
  begin(frame: JsonObject): void {
    this.#handle(() => frame);
  }

  /** Bytes came. */
  read(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#turn.begin();
    this.#held.push(bytes);
    this.#readHeld();
  }

  /** The socket takes bytes again. */
  resume(): void {
    this.outbox.flush();
    if (this.#state.state === "getting") this.#state.cursor.pump();
    else if (this.#state.state === "lines") this.#readHeld();
  }

  /** Answers with a last frame and ends the connection. */
  fail(fault: Fault): void {
    const { state } = this.#state;
    if (state === "ended") return;
    this.end();
    // Between the bytes of a file there is no place for a frame.
    if (state === "getting" || state === "sent") {
      this.socket.terminate();
      return;
    }
    this.outbox.send(errorFrame(fault));
    this.outbox.end();
  }

  /** The socket is gone. @param isClean  Whether the other side has taken all that was sent to it. */
  closed(isClean: boolean): void {
    if (this.#state.state === "sent" && isClean) {
      const { file, use, from, to } = this.#state;
      if (use.permit.action === "get") this.common.files.took(file, use.permit.memberId, from, to);
    }
    this.end();
  }

  /** The connection is over, whoever ended it. */
  end(): void {
    const before = this.#state;
    this.#state = { state: "ended" };
    this.#held = [];
    if (before.state === "putting") {
      before.intake.end();
      before.file.leave(this);
      this.#release(before);
    } else if (before.state === "getting") {
      before.cursor.stop();
      this.#release(before);
    } else if (before.state === "sent") {
      this.#release(before);
    }
    this.#pause(false);
  }

  stored(published: Published): void {
    if (this.#state.state !== "putting") return;
    const answer: Stored = { type: "stored", file: this.#state.file.record.id, ...published };
    this.end();
    this.outbox.send(answer);
    this.outbox.end();
  }

  lose(fault: Fault): void {
    this.fail(fault);
  }

  get isFull(): boolean {
    return this.outbox.isFull;
  }

  write(bytes: Uint8Array): number {
    return this.outbox.writeRaw(bytes);
  }

  done(): void {
    if (this.#state.state !== "getting") return;
    const { file, use, from, cursor } = this.#state;
    this.#state = { state: "sent", file, use, from, to: cursor.until };
    // What was wanted may have been nothing, and `ready` still waits.
    this.outbox.flush();
    // Not `end`: it would close at once, and not tell whether the bytes have been taken.
    this.socket.shutdown();
  }

  #readHeld(): void {
    for (let bytes = this.#held.shift(); bytes !== undefined; bytes = this.#held.shift()) {
      const rest = this.#take(bytes);
      if (rest === undefined) continue;
      this.#held.unshift(rest);
      this.#pause(true);
      return;
    }
    this.#pause(this.#state.state === "putting" && this.#state.intake.isPaused);
  }

  /** @returns What cannot be taken yet. */
  #take(bytes: Uint8Array): Uint8Array | undefined {
    switch (this.#state.state) {
      case "lines":
        // Whoever does not read the answers is not asked for more.
        return this.outbox.isFull ? bytes : this.#takeLine(bytes);
      case "busy":
        return bytes;
      case "putting":
        return this.#put(bytes, this.#state.intake);
      default:
        // Whoever receives has nothing to say.
        return undefined;
    }
  }

  /** One line at a time: what stands behind it may be none. */
  #takeLine(bytes: Uint8Array): Uint8Array | undefined {
    const end = bytes.indexOf(LF) + 1 || bytes.length;
    this.#handleLines(bytes.subarray(0, end));
    const rest = bytes.subarray(end);
    if (rest.length === 0) return undefined;
    return this.#take(rest);
  }

  #handleLines(bytes: Uint8Array): void {
    try {
      this.#splitter.push(bytes, (line) => this.#handle(() => parseLine(line)));
    } catch (error) {
      this.#answer(error);
    }
  }

  #put(bytes: Uint8Array, intake: Intake): Uint8Array | undefined {
    try {
      return intake.take(bytes);
    } catch (error) {
      this.#answer(error);
      return undefined;
    }
  }

  #handle(read: () => JsonObject): void {
    this.#state = { state: "busy" };
    const handled = (async () => this.#perform(checkTransferFrame(read())))();
    void handled
      .catch((error) => this.#answer(error))
      .then(() => (this.#turn.isOver ? this.#turn.next() : undefined))
      .then(() => {
        if (this.#state.state === "busy") this.#state = { state: "lines" };
        this.#readHeld();
      });
  }

  async #perform(frame: TransferFrame): Promise<void> {
    const { files, tickets } = this.common;
    const use = tickets.use(frame.ticket, () =>
      this.fail(new Fault("ticket-void", "Stop: you are no longer in the room of this file")),
    );
    this.#isTrusted = true;
    this.#ticketsWrong = 0;
    let isKept = false;
    try {
      if (frame.type === "put" || frame.type === "cancel") checkAction(use.permit, "put");
      else if (frame.type === "get") checkAction(use.permit, "get", "view");
      if (frame.type === "cancel") {
        await files.fail(use.permit.file, "cancelled");
        this.outbox.send({ type: "cancelled", file: use.permit.file });
        return;
      }
      const file = await files.open(use.permit.file);
      try {
        if (this.#state.state === "ended") return;
        if (frame.type === "put") isKept = await this.#beginPut(frame, file, use);
        else if (frame.type === "get") isKept = await this.#beginGet(frame, file, use);
        else await this.#stat(file, use);
      } finally {
        if (!isKept) files.close(file);
      }
    } finally {
      if (!isKept) use.done();
    }
  }

  async #stat(file: OpenFile, { permit }: Use): Promise<void> {
    // What a connection sent that has just ended may still be on its way to the disk: to go on before it would fail.
    if (!file.isArriving) await file.settled();
    this.outbox.send(await readyFrame(file, permit, file.blob.stored));
  }

  /** @returns Whether the transfer has begun, and holds file and ticket from now on. */
  async #beginPut({ offset }: TransferFrames["put"], file: OpenFile, use: Use): Promise<boolean> {
    this.common.files.checkSpace();
    const ready = await readyFrame(file, use.permit, offset);
    await file.put(offset, this);
    if (this.#state.state === "ended") {
      file.leave(this);
      return false;
    }
    this.outbox.send(ready);
    const { readInto } = this;
    const intake = new Intake(file, { turn: this.#turn, readInto, onReady: () => this.#readHeld() });
    this.#state = { state: "putting", file, use, intake };
    if (offset === file.record.size) void file.finish();
    return true;
  }

  async #beginGet(frame: TransferFrames["get"], file: OpenFile, use: Use): Promise<boolean> {
    const { offset } = frame;
    const { id, size } = file.record;
    const length = frame.length ?? Math.max(0, size - offset);
    if (offset + length > size) {
      throw new Refusal("offset-wrong", `Ask for bytes up to ${size}: the file has no more`, {
        file: id,
        offset: size,
      });
    }
    const ready = await readyFrame(file, use.permit, offset);
    if (this.#state.state === "ended") return false;
    // It may have failed since it was opened, and its readers have been told: none may come behind them.
    file.checkReadable();
    this.outbox.send({ ...ready, length });
    const cursor = new BlobCursor(file.blob, this, offset, offset + length);
    this.#state = { state: "getting", file, use, cursor, from: offset };
    cursor.pump();
    return true;
  }

  #release({ file, use }: { file: OpenFile; use: Use }): void {
    use.done();
    this.common.files.close(file);
  }

  #pause(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.socket.pause();
    else this.socket.resume();
  }

  #answer(error: unknown): void {
    if (error instanceof Refusal) {
      this.#ticketsWrong += 1;
      if (this.#ticketsWrong <= limits.ticketsWrongMax) this.outbox.send(errorFrame(error));
      else
        this.fail(
          new Fault("ticket-tries", "Ask for a ticket first: too many frames came without a good one"),
        );
    } else if (error instanceof Fault) {
      this.fail(error);
    } else {
      this.common.log.error("A bug in a transfer", error);
      this.fail(new Fault("internal", "Connect again: the relay could not handle this frame"));
    }
  }
}

async function readyFrame(file: OpenFile, { action }: Permit, offset: number): Promise<Ready> {
  const { id, state, size, name, sha256, mediaType, folder } = file.record;
  return {
    type: "ready",
    file: id,
    action,
    state: state === "complete" || state === "arriving" ? state : "failed",
    offset,
    size,
    fileName: name,
    mediaType: mediaType ?? (await file.bytes.mediaType()),
    ...(sha256 === undefined || state !== "complete" ? {} : { sha256 }),
    ...(folder === undefined ? {} : { folder }),
  };
}

function checkAction({ action, file }: Permit, ...allowed: Permit["action"][]): void {
  if (allowed.includes(action)) return;
  throw new Refusal("ticket-invalid", `Ask for a ticket to ${allowed[0]}: this one is to ${action}`, {
    file,
  });
}
