/** What a socket has received and nobody has read yet, as the system keeps it: writes that came together run together. */
export class Reads {
  #bytes = Buffer.alloc(0);
  #end: "end" | "reset" | undefined;
  #waiting: (() => void) | undefined;

  push(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    this.#waiting?.();
  }

  end(how: "end" | "reset"): void {
    this.#end ??= how;
    this.#waiting?.();
  }

  /**
   * One `recv`: waits until there is something, and returns as much of it as there is.
   *
   * @returns  Nothing at the other side's orderly end.
   * @throws   When the connection was reset.
   */
  async recv(bytesMax = 1024): Promise<Buffer> {
    while (this.#bytes.length === 0) {
      if (this.#end === "end") return Buffer.alloc(0);
      if (this.#end === "reset") throw new Error("Connection reset by peer");
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    const bytes = this.#bytes.subarray(0, bytesMax);
    this.#bytes = this.#bytes.subarray(bytesMax);
    return bytes;
  }
}
