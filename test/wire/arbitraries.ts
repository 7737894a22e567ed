import fc from "fast-check";

/** Any JavaScript string, lone surrogates included. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0x20, max: 0x7e }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0x0a, 0x0d, 0x22, 0x5c, 0x2028, 0x2029, 0xd83d, 0xde00, 0xfeff),
    ),
    { maxLength: 60 },
  )
  .map((units) => String.fromCharCode(...units));

/** Cuts bytes into chunks, empty ones among them. */
export function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const length of lengths) {
    chunks.push(bytes.subarray(from, from + length));
    from += length;
  }
  chunks.push(bytes.subarray(from));
  return chunks;
}

/** A key, a signature or the like: text of that many bytes in base64url. */
export function base64url(bytes: number): string {
  return Buffer.alloc(bytes, 7).toString("base64url");
}
