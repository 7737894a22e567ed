import type { Files } from "../room/files.ts";
import type { OpenFile, Sender } from "../room/open-file.ts";
import type { FailReason } from "../wire/file-entry.ts";

/** What an incoming file does to the connection that it comes from. */
export type Source = { pause(): void; resume(): void };

/**
 * A file on its way from a server of 2021 into a room: its bytes come with the texts, on one connection, and that
 * one is not read while they cannot be written.
 */
export class Incoming implements Sender {
  /** Bytes that came, and cannot be taken yet. */
  #waiting: Uint8Array[] = [];
  #file: OpenFile | undefined;
  #isOver = false;

  /**
   * @param opening    The file's id, once it may be put.
   * @param onTrouble  It could not be kept.
   */
  constructor(
    private readonly files: Files,
    opening: Promise<string>,
    private readonly source: Source,
    private readonly onTrouble: (cause: unknown) => void,
  ) {
    opening.then((id) => this.#open(id)).catch((cause) => this.#fail(cause));
  }

  /** @param bytes  Copied. */
  take(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#waiting.push(bytes.slice());
    this.#flush();
  }

  /** No more will come, though more was said. */
  cut(reason: FailReason): void {
    const file = this.#file;
    const wasOver = this.#isOver;
    this.#end();
    if (!wasOver && file !== undefined) this.#drop(file, reason);
  }

  /** All bytes are kept, and the room knows. */
  stored(): void {
    this.#end();
  }

  lose(fault: Error): void {
    const file = this.#file;
    if (this.#isOver || file === undefined) return;
    this.#fail(fault);
    this.#drop(file, "storage");
  }

  async #open(id: string): Promise<void> {
    const file = await this.files.open(id);
    if (this.#isOver) {
      this.#drop(file, "cancelled");
      this.files.close(file);
      return;
    }
    this.#file = file;
    await file.put(0, this);
    this.#flush();
    if (file.record.size === 0) void file.finish();
  }

  #flush(): void {
    for (let bytes = this.#waiting[0]; bytes !== undefined; bytes = this.#waiting[0]) {
      const taken = this.#file?.take(bytes) ?? 0;
      if (taken < bytes.length) {
        this.#waiting[0] = bytes.subarray(taken);
        this.source.pause();
        this.#file?.blob.blocks.wait(() => this.#flush());
        return;
      }
      this.#waiting.shift();
    }
    this.source.resume();
  }

  #drop(file: OpenFile, reason: FailReason): void {
    this.files.fail(file.record.id, reason).catch(this.onTrouble);
  }

  #fail(cause: unknown): void {
    this.#end();
    this.onTrouble(cause);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.source.resume();
    this.#file?.leave(this);
    if (this.#file !== undefined) this.files.close(this.#file);
  }
}
