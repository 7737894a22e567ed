import { letGo } from "./memory.ts";
import type { TransferLink } from "./transfer-link.ts";

/**
 * The bytes of a file as the body of an answer: they are read from the relay as fast as the browser takes them, and
 * as they arrive there.
 *
 * Breaks off, so that the browser knows, where the relay does. And the other way round: only when the last bytes have
 * been taken is the connection ended in good order, by which the relay knows that the file was received.
 *
 * @param length  How many bytes there will be.
 */
export function streamBody(link: TransferLink, length: number): ReadableStream<Uint8Array> {
  let left = length;
  let last: Uint8Array | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // Asking for more says that what came before has been taken.
        letGo(last);
        if (left === 0) {
          controller.close();
          void link.finish();
          return;
        }
        // A relay that sends more than it was asked for is not believed.
        last = (await link.read()).subarray(0, left);
        left -= last.length;
        controller.enqueue(last);
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
  void link.finish();
  return whole;
}
