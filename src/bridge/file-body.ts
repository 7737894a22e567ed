import type { TransferLink } from "./transfer-link.ts";

/**
 * The bytes of a file as the body of an answer: they are read from the relay as fast as the browser takes them, and
 * as they arrive there.
 *
 * Breaks off, so that the browser knows, where the relay does.
 *
 * @param length  How many bytes there will be.
 */
export function streamBody(link: TransferLink, length: number): ReadableStream<Uint8Array> {
  let left = length;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // A relay that sends more than it was asked for is not believed.
        const bytes = (await link.read()).subarray(0, left);
        left -= bytes.length;
        controller.enqueue(bytes);
        if (left > 0) return;
        controller.close();
        link.cut();
      },
      cancel: () => link.cut(),
    },
    { highWaterMark: 0 },
  );
}

/** The bytes of a file, a few, in one piece. */
export async function wholeBody(link: TransferLink, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const bytes = (await link.read()).subarray(0, length - at);
    whole.set(bytes, at);
    at += bytes.length;
  }
  link.cut();
  return whole;
}
