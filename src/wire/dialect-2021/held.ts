/** Reads closer together than this may be one message, cut on its way; real pauses are 100 ms, at times shortened. */
const messageGapMs = 50;

/** Where one read ended and the next began, and the pause between them. */
type Seam = { offset: number; ms: number };

/** Bytes that wait to be understood, and how they came. */
export class Held {
  /** The bytes, and place for more behind them. */
  #space: Uint8Array = new Uint8Array(0);
  #bytes: Uint8Array = this.#space;
  #seams: Seam[] = [];
  #at = 0;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** How many bytes came in the first read. */
  get firstRead(): number {
    return this.#seams[0]?.offset ?? this.length;
  }

  /** How many reads they came in. */
  get reads(): number {
    return this.#seams.length + 1;
  }

  /**
   * @param bytes  Copied.
   * @param at     When they came: milliseconds of a clock that never goes back.
   */
  push(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    if (this.length > 0) this.#seams.push({ offset: this.length, ms: at - this.#at });
    this.#at = at;
    const { length } = this;
    if (length + bytes.length > this.#space.length) {
      // Doubling: what comes in many reads must not be copied for each.
      const space = new Uint8Array(Math.max(length + bytes.length, 2 * length));
      space.set(this.#bytes);
      this.#space = space;
    }
    this.#space.set(bytes, length);
    this.#bytes = this.#space.subarray(0, length + bytes.length);
  }

  /** Removes the first bytes. */
  take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(0, length);
    this.#space = this.#space.subarray(length);
    this.#bytes = this.#bytes.subarray(length);
    this.#seams = this.#seams
      .map(({ offset, ms }) => ({ offset: offset - length, ms }))
      .filter(({ offset }) => offset > 0);
    return taken;
  }

  /** The first pause between messages behind an offset; undefined where there is none. */
  pauseAfter(offset: number): number | undefined {
    return this.#seams.find((seam) => seam.offset > offset && seam.ms >= messageGapMs && this.#isWhole(seam))
      ?.offset;
  }

  /** Where the longest pause was, however short. */
  get longestPause(): number | undefined {
    let longest: Seam | undefined;
    for (const seam of this.#seams) {
      if (this.#isWhole(seam) && seam.ms > (longest?.ms ?? -1)) longest = seam;
    }
    return longest?.offset;
  }

  /** A seam within a character is no end of a message. */
  #isWhole({ offset }: Seam): boolean {
    return !isContinuation(this.#bytes[offset]);
  }
}

/** Whether bytes are UTF-8, but for a character at their end of which more may come. */
export function isUtf8Start(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Reads a message, line ends at its end dropped; undefined when it is not UTF-8. */
export function decodeMessage(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).replace(/[\r\n]+$/, "");
  } catch {
    return undefined;
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
