/** How many of a file's first bytes tell its type. */
export const sniffBytes = 4096;

const unknown = "application/octet-stream";

/** Bytes that stand at an offset of every file of a type; "?" is any byte. */
const signatures: readonly [type: string, text: string, offset?: number][] = [
  ["image/png", "\x89PNG\r\n\x1a\n"],
  ["image/jpeg", "\xff\xd8\xff"],
  ["image/gif", "GIF87a"],
  ["image/gif", "GIF89a"],
  ["image/webp", "RIFF????WEBPVP8"],
  ["image/avif", "ftypavif", 4],
  ["image/avif", "ftypavis", 4],
  ["image/heic", "ftyphei", 4],
  ["image/heic", "ftypmif1", 4],
  ["image/tiff", "II*\0"],
  ["image/tiff", "MM\0*"],
  ["image/bmp", "BM????\0\0\0\0"],
  ["audio/wav", "RIFF????WAVE"],
  ["video/x-msvideo", "RIFF????AVI "],
  ["audio/mp4", "ftypM4A", 4],
  ["audio/mp4", "ftypM4B", 4],
  ["video/quicktime", "ftypqt", 4],
  ["video/3gpp", "ftyp3g", 4],
  ["video/mp4", "ftyp", 4],
  ["audio/flac", "fLaC"],
  ["audio/mpeg", "ID3"],
  ["application/pdf", "%PDF-"],
  ["application/zip", "PK\x03\x04"],
  ["application/zip", "PK\x05\x06"],
  ["application/gzip", "\x1f\x8b"],
  ["application/zstd", "\x28\xb5\x2f\xfd"],
  ["application/x-xz", "\xfd7zXZ\0"],
  ["application/x-7z-compressed", "7z\xbc\xaf\x27\x1c"],
  ["application/vnd.rar", "Rar!\x1a\x07"],
  ["application/x-tar", "ustar", 257],
];

// What a browser may take for a page or an image that runs scripts, wherever in the sniffed part it stands.
const markup: readonly [type: string, pattern: RegExp][] = [
  ["image/svg+xml", /<(?:\w+:)?svg[\s>]/i],
  ["text/html", /<(?:!doctype html|html|head|body|script|iframe|img|a|div|p|title|table|style|!--)[\s/>-]/i],
  ["text/xml", /^\s*<\?xml\b/i],
];

/**
 * Tells a file's media type from its bytes; its name and its sender have no say.
 *
 * @param head     The file's first bytes, `sniffBytes` of them where there are as many.
 * @param isWhole  Whether that is the whole file: otherwise a character may be cut at the end.
 */
export function mediaTypeOf(head: Uint8Array, isWhole: boolean): string {
  const signature = signatures.find(([, text, offset]) => isAt(head, text, offset ?? 0));
  if (signature !== undefined) return signature[0];
  if (isAt(head, "OggS", 0))
    return includes(head, "theora") || includes(head, "video") ? "video/ogg" : "audio/ogg";
  if (isAt(head, "\x1a\x45\xdf\xa3", 0)) return includes(head, "webm") ? "video/webm" : "video/x-matroska";
  if (isMpegAudio(head)) return "audio/mpeg";
  const text = textOf(head, isWhole);
  if (text === undefined) return unknown;
  return markup.find(([, pattern]) => pattern.test(text))?.[0] ?? "text/plain";
}

const rasters = ["png", "jpeg", "gif", "webp", "avif", "bmp"].map((name) => `image/${name}`);

/** Whether a browser may show a file of this type by itself: none of these can run anything. */
export function isInline(mediaType: string): boolean {
  return rasters.includes(mediaType) || mediaType === "text/plain" || /^(?:audio|video)\//.test(mediaType);
}

function isAt(head: Uint8Array, text: string, offset: number): boolean {
  if (head.length < offset + text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "?" && head[offset + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

function includes(head: Uint8Array, word: string): boolean {
  return new TextDecoder("latin1").decode(head.subarray(0, 256)).includes(word);
}

/** The first header of a frame: 11 bits of synchronisation, then version, layer, bit rate and sampling rate, none reserved. */
function isMpegAudio([first, second = 0, third = 0]: Uint8Array): boolean {
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return false;
  const isLayer3 = (second & 0x06) === 0x02;
  return (
    isLayer3 && (second & 0x18) !== 0x08 && third >> 4 !== 0x0f && third >> 4 !== 0 && (third & 0x0c) !== 0x0c
  );
}

/** The text, where the bytes are UTF-8 without control characters; an empty file is text. */
function textOf(head: Uint8Array, isWhole: boolean): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: !isWhole });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters tell text from other bytes
    return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
