/**
 * Gives the memory of bytes back whose end has been taken: each chunk of a socket is a copy of its own, and at full
 * speed the collector lets tens of megabytes of them gather.
 */
export function letGo({ buffer, byteOffset, length }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteOffset + length === buffer.byteLength) buffer.transfer(0);
}
