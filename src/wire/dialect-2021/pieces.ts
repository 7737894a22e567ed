import { limits } from "../limits.ts";
import { utf8Length } from "../utf8.ts";
import { filePrefix, fileWord, labelOf } from "./words.ts";

const encoder = new TextEncoder();

/**
 * Makes the messages that show a member's text to a 2021 client: each labelled, for a message must never be exactly
 * "FILE", and of at most 1,024 bytes, for the client decodes each read alone.
 *
 * @param text  Any text that a room took.
 */
export function textPieces(name: string, text: string): Uint8Array[] {
  const label = labelOf(name);
  return cutText(text, limits.dialectMessageBytesMax - utf8Length(label)).map((piece) =>
    encoder.encode(label + piece),
  );
}

/**
 * Makes the messages that tell a 2021 client something in the server's own words. No member's text can look like
 * them, as those begin with "[".
 */
export function noticePieces(sentence: string): Uint8Array[] {
  return cutText(sentence, limits.dialectMessageBytesMax - 2).map((piece) => encoder.encode(`* ${piece}`));
}

/**
 * Makes the messages in which a 2021 server is sent a text, short enough to be passed on with the sender's label.
 *
 * @param name  The sender, as the server knows it.
 */
export function sentPieces(name: string, text: string): Uint8Array[] {
  const pieces = cutText(text, limits.dialectMessageBytesMax - utf8Length(labelOf(name)));
  // A blank behind it, which nobody sees, and the server takes it for a text.
  return pieces.map((piece) => encoder.encode(piece === fileWord ? `${piece} ` : piece));
}

/**
 * Makes the messages that begin a file; its bytes follow, and nothing may come in between.
 *
 * @param name  A safe name: the original client opens it as a path.
 * @param user  Who sent it, for a client; a server is not told.
 */
export function filePieces(name: string, size: number, user?: string): Uint8Array[] {
  const messages = [fileWord, filePrefix + name, String(size)];
  if (user !== undefined) messages.push(user);
  return messages.map((message) => encoder.encode(message));
}

/**
 * Cuts a text between characters.
 *
 * @param bytesMax  Most bytes of a piece in UTF-8, at least 4.
 * @returns         One piece or more, which together are the text.
 */
export function cutText(text: string, bytesMax: number): string[] {
  // Three bytes a unit at most: most texts need no counting.
  if (text.length * 3 <= bytesMax) return [text];
  const pieces: string[] = [];
  let from = 0;
  let bytes = 0;
  let at = 0;
  for (const char of text) {
    const charBytes = utf8Length(char);
    if (bytes + charBytes > bytesMax) {
      pieces.push(text.slice(from, at));
      from = at;
      bytes = 0;
    }
    bytes += charBytes;
    at += char.length;
  }
  pieces.push(text.slice(from));
  return pieces;
}
