import type { Ready } from "../wire/file-frames.ts";
import { answerFile } from "./file-answer.ts";
import { checkTicket } from "./ticket.ts";
import type { TransferLink } from "./transfer-link.ts";
import { TransferProblem } from "./transfer-problem.ts";
import type { Transfers } from "./transfers.ts";

/** Downloads: a file, or any part of it, also while it is still arriving. */
export class Downloads {
  constructor(private readonly transfers: Transfers) {}

  /**
   * Answers GET and HEAD of /files/<ticket>/<file id>/<name>. The name in the address is for people: the file's own is answered.
   *
   * @throws {TransferProblem}
   */
  async answer(request: Request, rawTicket: string, id: string): Promise<Response> {
    const ticket = checkTicket(rawTicket);
    const link = openFor(request, this.transfers);
    try {
      const ready = await stat(link, ticket, id);
      const { size, fileName, mediaType, action, state } = ready;
      const [etag, ...olderEtags] = etagsOf(ready);
      const isComplete = state === "complete";
      const served = { name: fileName, mediaType, mayShow: action === "view", etag, isComplete };
      const stretch = { offset: 0, length: size };
      return await answerFile(request, { link, ticket, served, olderEtags, stretch }, this.transfers.limits);
    } catch (error) {
      link.cut();
      throw error;
    }
  }
}

/** Opens a connection for a request: it ends when the browser goes away, even before there is a body to cancel. */
export function openFor(request: Request, transfers: Transfers): TransferLink {
  const link = transfers.open();
  request.signal.addEventListener("abort", () => link.cut());
  return link;
}

/**
 * Asks what a ticket is for.
 *
 * @throws {TransferProblem}  Also when it is for another file, or not for reading.
 */
export async function stat(link: TransferLink, ticket: string, id: string): Promise<Ready> {
  const ready = await link.ask({ type: "stat", ticket }, "ready");
  if (ready.file !== id) {
    throw new TransferProblem("file-unknown", "Ask for a ticket again: this one is for another file");
  }
  if (ready.action === "put") {
    throw new TransferProblem("ticket-invalid", "Ask for a ticket to get the file: this one is to put it");
  }
  if (ready.state === "failed") {
    throw new TransferProblem("file-gone", "Ask for the file to be sent again: its upload has failed");
  }
  return ready;
}

/** The ETags of a file's bytes: by what they are once that is known, and by where they come from until then. */
export function etagsOf({ file, sha256 }: Ready, part = ""): [string, ...string[]] {
  const byId = `"${file}${part}"`;
  return sha256 === undefined ? [byId] : [`"${sha256}${part}"`, byId];
}
