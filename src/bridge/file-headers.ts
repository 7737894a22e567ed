import { safeFileName } from "../wire/file-name.ts";
import { isInline } from "../wire/media-type.ts";

/** What is to be said of a file whose bytes are answered. */
export type Served = {
  /** Of any language. */
  name: string;
  /** As the relay told it from the bytes; not to be trusted to be one. */
  mediaType: string;
  /** Whether it may be shown where it is, if its type allows that; otherwise it is always kept. */
  mayShow: boolean;
  /** Quotes included. */
  etag: string;
  /** Whether its bytes can never change any more. */
  isComplete: boolean;
};

// A file runs nothing, loads nothing, and belongs to no origin, whatever opens it; a browser's own viewer of pictures
// and films may show them.
const policy =
  "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

const plainType = "application/octet-stream";

/**
 * The headers of a file's bytes.
 *
 * What is not shown has no type of its own: a page of ours must not be able to take a peer's file for a script.
 */
export function fileHeaders({ name, mediaType, mayShow, etag, isComplete }: Served): Headers {
  const isShown = mayShow && isInline(mediaType) && /^[a-z]+\/[a-z0-9.+-]+$/.test(mediaType);
  return new Headers({
    "Accept-Ranges": "bytes",
    // Its address has a ticket in it: nobody but this browser may keep it, and only to ask whether it is still good.
    "Cache-Control": isComplete ? "private, no-cache" : "no-store",
    "Content-Disposition": disposition(isShown ? "inline" : "attachment", name),
    "Content-Security-Policy": policy,
    "Content-Type": isShown ? withCharset(mediaType) : plainType,
    ETag: etag,
  });
}

/** The headers of a zip that is made as it goes out: nothing can go on in the middle of it. */
export function zipHeaders(folderName: string): Headers {
  return new Headers({
    "Accept-Ranges": "none",
    "Cache-Control": "no-store",
    "Content-Disposition": disposition("attachment", `${folderName}.zip`),
    "Content-Security-Policy": policy,
    "Content-Type": "application/zip",
  });
}

/**
 * Writes a Content-Disposition whose name arrives in every language.
 *
 * @param name  Made safe by the relay, and again here: it may be anybody's relay.
 *
 * @see RFC 6266 §4.3, RFC 8187 §3.2
 */
export function disposition(kind: "inline" | "attachment", name: string): string {
  const safe = safeFileName(name);
  // For what is older than filename*: ASCII, and nothing that would end or escape the quoted string.
  const plain = safe.replace(/[^\x20-\x7e]|["\\%]/gu, "_");
  const encoded = encodeURIComponent(safe).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function withCharset(mediaType: string): string {
  return mediaType === "text/plain" ? "text/plain; charset=utf-8" : mediaType;
}
