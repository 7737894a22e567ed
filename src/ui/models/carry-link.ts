import { encode } from "./base64url.ts";

/** What a link carries: for which server, where its box is, and what opens it. */
export type CarryLink = {
  /** The beginning of the server's id. */
  readonly server: string;
  readonly code: string;
  readonly secret: string;
};

const serverChars = 8;
const mark = "#carry=";
// The code has 16 bytes, the secret 32.
const whole = /#carry=([\w-]{8})\.([\w-]{22})\.([\w-]{43})(?![\w.-])/;

/** @param page  The address of the page on the other device. */
export function formLink(page: string, server: string, code: string, secret: Uint8Array): string {
  return `${page}${mark}${server.slice(0, serverChars)}.${code}.${encode(secret)}`;
}

/**
 * Reads a link, with whatever stands around it.
 *
 * @returns null where there is none.
 */
export function readLink(text: string): CarryLink | "damaged" | null {
  if (!text.includes(mark)) return null;
  const [, server, code, secret] = whole.exec(text) ?? [];
  if (server === undefined || code === undefined || secret === undefined) return "damaged";
  return { server, code, secret };
}
