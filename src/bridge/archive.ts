import type { TransferLink } from "./transfer-link.ts";

/** The bytes of a folder's archive as they come from the relay, from its first on. */
export class Archive {
  #position = 0;
  #rest = new Uint8Array(0);

  constructor(private readonly link: TransferLink) {}

  /**
   * The bytes of a stretch, in pieces as they come; those before it are left out.
   *
   * @param offset  Not before the end of what was read last.
   */
  async *read(offset: number, length: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let skip = offset - this.#position; skip > 0; skip = offset - this.#position) await this.#take(skip);
    for (let left = length; left > 0; ) {
      const bytes = await this.#take(left);
      left -= bytes.length;
      yield bytes;
    }
  }

  /** All has been read: ends the connection in good order. */
  finish(): void {
    void this.link.finish();
  }

  async #take(lengthMax: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#rest.length === 0) this.#rest = (await this.link.read()) as Uint8Array<ArrayBuffer>;
    const bytes = this.#rest.subarray(0, lengthMax);
    this.#rest = this.#rest.subarray(bytes.length);
    this.#position += bytes.length;
    return bytes;
  }
}
