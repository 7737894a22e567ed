/**
 * Gives the memory of bytes back, once nobody reads them any more: each chunk of a socket or of a request is a copy of its
 * own, and at full speed the collector lets tens of megabytes of them gather.
 *
 * Only where they end with their memory: what stands behind them may still be read.
 */
export function letGo(bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return;
  const { buffer, byteOffset, length } = bytes;
  if (buffer instanceof ArrayBuffer && byteOffset + length === buffer.byteLength) buffer.transfer(0);
}
