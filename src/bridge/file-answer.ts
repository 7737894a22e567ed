import { streamBody, wholeBody } from "./file-body.ts";
import { fileHeaders, type Served } from "./file-headers.ts";
import type { BridgeLimits } from "./limits.ts";
import { readRange, type Stretch } from "./range.ts";
import type { TransferLink } from "./transfer-link.ts";

/** What a file is answered from. */
export type FileSource = {
  link: TransferLink;
  ticket: string;
  served: Served;
  /** Earlier ETags of the same bytes: a download that began with one of them goes on. */
  olderEtags: readonly string[];
  /** Where it stands among what the ticket is for. */
  stretch: Stretch;
};

/**
 * Answers GET or HEAD of a file or a part of it: 200, 206, 304 or 416. Whoever calls it ends the link when it throws.
 *
 * @throws {TransferProblem}
 */
export async function answerFile(
  request: Request,
  { link, ticket, served, olderEtags, stretch }: FileSource,
  limits: BridgeLimits,
): Promise<Response> {
  const headers = fileHeaders(served);
  const size = stretch.length;
  const { etag, isComplete } = served;
  if (isComplete && isKnown(etag, request.headers.get("If-None-Match"))) {
    link.cut();
    return new Response(null, { status: 304, headers });
  }
  const wanted = readRange(request.headers, size, [etag, ...olderEtags]);
  if (wanted.is === "unsatisfiable") {
    link.cut();
    return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${size}` } });
  }
  const { offset, length } = wanted.is === "part" ? wanted.part : { offset: 0, length: size };
  const status = wanted.is === "part" ? 206 : 200;
  if (status === 206) headers.set("Content-Range", `bytes ${offset}-${offset + length - 1}/${size}`);
  // Bun takes it out again where the body is a stream.
  headers.set("Content-Length", String(length));
  if (request.method === "HEAD") {
    link.cut();
    return new Response(null, { status, headers });
  }
  await link.ask({ type: "get", ticket, offset: stretch.offset + offset, length }, "ready");
  // One that is still arriving may rest for days: its sender went home.
  link.patienceMs = isComplete ? limits.stalledMsMax : Number.POSITIVE_INFINITY;
  const isWhole = length === 0 || (isComplete && length <= limits.wholeBytesMax);
  return new Response(isWhole ? await wholeBody(link, length) : streamBody(link, length), {
    status,
    headers,
  });
}

function isKnown(etag: string, ifNoneMatch: string | null): boolean {
  return (ifNoneMatch ?? "").split(",").some((tag) => [etag, `W/${etag}`, "*"].includes(tag.trim()));
}
