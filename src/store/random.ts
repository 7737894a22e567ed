/** Random bytes as base64url text. */
export function randomText(bytes: number): string {
  return crypto.getRandomValues(Buffer.alloc(bytes)).toString("base64url");
}
