import type { Files } from "../room/files.ts";
import type { OpenFile, Sender } from "../room/open-file.ts";
import type { Seat } from "../room/seat.ts";
import { type Fault, Refusal } from "../wire/errors.ts";
import type { FailReason } from "../wire/file-entry.ts";

/** What an upload tells the session that it belongs to. */
export type UploadEvents = {
  /** It may take bytes again. */
  free(): void;
  /** It will never be whole: why, for the client's user. */
  failed(sentence: string): void;
  /** Something went wrong that is nobody's doing. */
  trouble(error: unknown): void;
};

type State =
  /** Its offer is on its way into the log: bytes have to wait. */
  | { state: "offered" }
  | { state: "taking"; file: OpenFile }
  /** Whole, or failed: what still comes of it is swallowed. */
  | { state: "over" };

/**
 * A file that a 2021 client sends: offered and stored as any other. It can be told nothing, so that a file that is
 * not taken is read to its end all the same; and it cannot come back, so that one that breaks off has failed.
 */
export class DialectUpload implements Sender {
  #state: State = { state: "offered" };

  constructor(
    private readonly files: Files,
    private readonly events: UploadEvents,
  ) {}

  /** @throws {Refusal} those of an offer. */
  begin(seat: Seat, offer: { device: string; n: number; name: string; size: number }): void {
    this.files.offer(seat, { type: "offer", room: seat.room.name, ...offer }, (id, error) => {
      if (error === undefined) void this.#open(id);
      else this.#lost("the disk of the server is full");
    });
  }

  /** Swallows what comes: its offer was refused. */
  refuse(): void {
    this.#state = { state: "over" };
  }

  /** @returns  How many of the bytes were taken; when it takes more, it says so. */
  take(bytes: Uint8Array): number {
    if (this.#state.state === "offered") return 0;
    if (this.#state.state === "over") return bytes.length;
    const { file } = this.#state;
    const taken = file.take(bytes);
    if (taken < bytes.length) file.blob.blocks.wait(() => this.events.free());
    return taken;
  }

  /** The client is gone in the middle. */
  leave(): void {
    const before = this.#state;
    this.#state = { state: "over" };
    if (before.state === "taking") this.#end(before.file, "cancelled");
  }

  stored(): void {
    if (this.#state.state !== "taking") return;
    const { file } = this.#state;
    this.#state = { state: "over" };
    this.files.close(file);
  }

  lose(fault: Fault): void {
    if (this.#state.state !== "taking") return;
    const { file } = this.#state;
    this.#lost(fault.message);
    this.#end(file, fault.code === "disk-full" ? "storage" : "cancelled");
  }

  async #open(id: string): Promise<void> {
    let file: OpenFile | undefined;
    try {
      file = await this.files.open(id);
      if (this.#state.state === "offered") await file.put(0, this);
      if (this.#state.state !== "offered") {
        this.#end(file, "cancelled");
        return;
      }
      this.#state = { state: "taking", file };
      if (file.record.size === 0) void file.finish();
      this.events.free();
    } catch (error) {
      if (file !== undefined) this.files.close(file);
      if (!(error instanceof Refusal)) this.events.trouble(error);
      this.#lost(error instanceof Refusal ? error.message : "the server could not store it");
    }
  }

  #lost(sentence: string): void {
    this.#state = { state: "over" };
    this.events.failed(sentence);
    this.events.free();
  }

  /** Says in the room that it has failed, if nobody else has. */
  #end(file: OpenFile, reason: FailReason): void {
    file.leave(this);
    this.files.close(file);
    this.files.fail(file.record.id, reason).catch((error) => {
      if (!(error instanceof Refusal)) this.events.trouble(error);
    });
  }
}
