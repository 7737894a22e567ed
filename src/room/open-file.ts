import type { RefusalCode } from "../wire/errors.ts";
import { Fault, Refusal } from "../wire/errors.ts";
import { Blob } from "./blob.ts";
import type { Blocks } from "./blocks.ts";
import type { FileRecord, OpenBytes, Published } from "./file-store.ts";
import { StorageFull } from "./storage-errors.ts";

/** Whoever puts a file's bytes. */
export interface Sender {
  /** All bytes are kept. */
  stored(published: Published): void;
  /** It is over for this sender; the file may go on with another. */
  lose(fault: Fault): void;
}

/** What an open file needs of those around it. */
export type OpenFileOptions = {
  record: FileRecord;
  bytes: OpenBytes;
  blocks: Blocks;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** Bytes came, or the sender went. */
  onProgress: (file: OpenFile) => void;
  /** All bytes are there: makes the entry that says so. */
  complete: (published: Published) => Promise<void>;
  /** Its bytes can neither be written nor read any more. */
  onBroken: (file: OpenFile, error: unknown) => void;
};

/** A file that somebody puts or gets at present. */
export class OpenFile {
  readonly blob: Blob;
  /** How many hold it open. */
  holders = 0;
  #sender: Sender | undefined;
  #heardAt: number;
  #isEnding = false;
  #finishing: Promise<void> | undefined;
  #whenComplete: (() => void)[] = [];

  constructor(private readonly options: OpenFileOptions) {
    const { bytes, blocks, now } = options;
    this.#heardAt = now();
    this.blob = new Blob(
      bytes,
      blocks,
      bytes.stored,
      () => this.#stored(),
      (error) => this.#failed(error),
    );
  }

  get record(): FileRecord {
    return this.options.record;
  }

  get bytes(): OpenBytes {
    return this.options.bytes;
  }

  /** Whether somebody is putting bytes, or all of them are being made a file for good. */
  get isArriving(): boolean {
    return this.#sender !== undefined || this.#finishing !== undefined;
  }

  /**
   * Goes on with the upload; whoever sent before is sent away, for it is usually a connection that has died.
   *
   * @param offset  Place of the first byte that will come.
   * @throws {Refusal} "offset-wrong", which says where to go on, "file-over" or "file-gone".
   * @throws {Fault} "taken-over" when yet another one came meanwhile.
   */
  async put(offset: number, sender: Sender): Promise<void> {
    if (this.record.state !== "arriving") throw overRefusal(this.record);
    const before = this.#sender;
    this.#sender = sender;
    before?.lose(takenOver());
    await this.blob.settled();
    if (this.record.state !== "arriving") throw overRefusal(this.record);
    if (this.#sender !== sender) throw takenOver();
    this.#heardAt = this.options.now();
    const { stored } = this.blob;
    if (offset !== stored) {
      this.#sender = undefined;
      throw new Refusal(
        "offset-wrong",
        `Go on at byte ${stored}: the server has as many, and not ${offset}`,
        {
          file: this.record.id,
          offset: stored,
        },
      );
    }
  }

  /**
   * Takes bytes of the sender.
   *
   * @returns  How many: fewer when there is no memory at present.
   * @throws {Fault} "too-many-bytes" when they go beyond the size that was offered: none is taken then.
   */
  take(bytes: Uint8Array): number {
    this.#heardAt = this.options.now();
    const { size } = this.record;
    if (this.blob.arrived + bytes.length > size) {
      throw new Fault(
        "too-many-bytes",
        `Offer the file again with its true size: more than ${size} bytes came`,
      );
    }
    return this.blob.append(bytes);
  }

  /**
   * Takes what its sender's connection has, and puts it where it is to be.
   *
   * @param read  Fills memory from its beginning on. @returns  How many bytes.
   * @returns     How many came; undefined when there is no memory at present.
   */
  fill(read: (into: Uint8Array) => number): number | undefined {
    const count = this.blob.fill(read, this.record.size - this.blob.arrived);
    if (count !== 0) this.#heardAt = this.options.now();
    return count;
  }

  /** @throws {Refusal} "file-over" when its upload has failed: what there is of it must not be read. */
  checkReadable(): void {
    if (this.record.state === "failed") throw overRefusal(this.record);
  }

  /** Runs something once the file is complete; never, if it fails. */
  whenComplete(run: () => void): void {
    if (this.record.state === "complete") run();
    else this.#whenComplete.push(run);
  }

  /** The sender is gone. */
  leave(sender: Sender): void {
    if (this.#sender !== sender) return;
    this.#sender = undefined;
    this.options.onProgress(this);
  }

  /** Whether a sender has sent nothing for some time, though more is expected of it. */
  isSilent(ms: number): boolean {
    const isExpected = this.#sender !== undefined && this.blob.arrived < this.record.size;
    return isExpected && this.options.now() - this.#heardAt >= ms;
  }

  /** Sends the sender away. */
  lose(fault: Fault): void {
    const sender = this.#sender;
    this.#sender = undefined;
    sender?.lose(fault);
    this.options.onProgress(this);
  }

  /** Makes it a file for good once all bytes are there; only once, however many ask. */
  finish(): Promise<void> {
    this.#finishing ??= this.#finish().finally(() => {
      this.#finishing = undefined;
    });
    return this.#finishing;
  }

  /** Waits until nothing is being written, or made a file for good. */
  async settled(): Promise<void> {
    await this.blob.settled();
    await this.#finishing;
  }

  /**
   * Begins to end the upload, one way or the other: only one of them can win, and its entry takes a moment.
   *
   * @throws {Refusal} "file-over" or "file-gone" when it has ended, or is about to.
   */
  beginEnd(): void {
    if (this.record.state !== "arriving" || this.#isEnding) throw overRefusal(this.record);
    this.#isEnding = true;
  }

  /** Its entry could not be kept: the upload goes on. */
  undoEnd(): void {
    this.#isEnding = false;
  }

  async #finish(): Promise<void> {
    try {
      const published = await this.bytes.publish();
      if (this.record.state !== "arriving" || this.#isEnding) return;
      this.beginEnd();
      try {
        await this.options.complete(published);
      } catch (error) {
        this.undoEnd();
        throw error;
      }
      Object.assign(this.record, { state: "complete", ...published });
      const sender = this.#sender;
      this.#sender = undefined;
      sender?.stored(published);
      for (const run of this.#whenComplete.splice(0)) run();
    } catch (error) {
      this.#failed(error);
    }
  }

  #stored(): void {
    this.options.onProgress(this);
    if (this.blob.stored === this.record.size) void this.finish();
  }

  #failed(error: unknown): void {
    const isFull = error instanceof StorageFull;
    if (!isFull) this.options.onBroken(this, error);
    // At once: what its sender sends now belongs behind bytes that were lost.
    this.lose(isFull ? diskFull() : uploadFailed());
  }
}

/** Why a file takes no bytes any more, or has none to give. */
export function overRefusal({ id, state }: FileRecord): Refusal {
  const refuse = (code: RefusalCode, sentence: string) => new Refusal(code, sentence, { file: id });
  if (state === "gone")
    return refuse("file-gone", "Ask for the file to be sent again: the server kept it for its time");
  if (state === "failed") return refuse("file-over", "Offer the file again: its upload has failed");
  return refuse("file-over", "Send nothing more: the file is complete");
}

/** For whoever puts a file whose upload is ended. */
export function uploadFailed(): Fault {
  return new Fault("upload-failed", "Offer the file again: its upload was ended");
}

/** There is no space for the bytes that came last; those before are kept. */
function diskFull(): Fault {
  return new Fault("disk-full", "Go on later: the disk of the server is full, what came before is kept");
}

function takenOver(): Fault {
  return new Fault("taken-over", "Leave it to the other one: another connection goes on with this upload");
}
