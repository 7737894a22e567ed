import { makeZip } from "client-zip";
import type { Ready } from "../wire/file-frames.ts";
import { mediaTypeOf, sniffBytes } from "../wire/media-type.ts";
import { Archive } from "./archive.ts";
import { etagsOf, openFor, stat } from "./downloads.ts";
import { answerFile } from "./file-answer.ts";
import { wholeBody } from "./file-body.ts";
import { zipHeaders } from "./file-headers.ts";
import { type FolderFile, indexStretch, readIndex } from "./folder-index.ts";
import type { Stretch } from "./range.ts";
import { checkTicket } from "./ticket.ts";
import { TransferProblem } from "./transfer-problem.ts";
import type { Transfers } from "./transfers.ts";

/** Folders: as a whole, in a zip that is made as it goes out, or a file of one. */
export class Folders {
  constructor(private readonly transfers: Transfers) {}

  /**
   * Answers GET and HEAD of /folders/<ticket>/<file id>/<name>.zip. The files stand in it as they are: what is large
   * in a folder is mostly packed already.
   *
   * @throws {TransferProblem}
   */
  async zip(request: Request, rawTicket: string, id: string): Promise<Response> {
    const ticket = checkTicket(rawTicket);
    const { limits } = this.transfers;
    const link = openFor(request, this.transfers);
    try {
      const ready = await stat(link, ticket, id);
      const index = indexStretch(ready, limits.indexBytesMax);
      const headers = zipHeaders(ready.fileName);
      if (request.method === "HEAD") {
        link.cut();
        return new Response(null, { headers });
      }
      // From its first byte to its last, so that the relay knows that the folder was received.
      await link.ask({ type: "get", ticket, offset: 0 }, "ready");
      link.patienceMs = ready.state === "complete" ? limits.stalledMsMax : Number.POSITIVE_INFINITY;
      const archive = new Archive(link);
      const files = readIndex(await gather(archive, index), ready.size);
      return new Response(makeZip(members(archive, files, ready.size)), { headers });
    } catch (error) {
      link.cut();
      throw error;
    }
  }

  /**
   * Answers GET and HEAD of /folders/<ticket>/<file id>/files/<path>, as for a file of its own.
   *
   * @param path  Decoded.
   * @throws {TransferProblem}
   */
  async file(request: Request, rawTicket: string, id: string, path: string): Promise<Response> {
    const ticket = checkTicket(rawTicket);
    const { ready, file } = await this.#find(request, ticket, id, path);
    const mayShow = ready.action === "view";
    const mediaType = mayShow ? await this.#sniff(request, ticket, file) : "";
    const [etag, ...olderEtags] = etagsOf(ready, `-${file.offset}`);
    const name = path.slice(path.lastIndexOf("/") + 1);
    const link = openFor(request, this.transfers);
    try {
      const served = { name, mediaType, mayShow, etag, isComplete: ready.state === "complete" };
      const stretch = { offset: file.offset, length: file.size };
      return await answerFile(request, { link, ticket, served, olderEtags, stretch }, this.transfers.limits);
    } catch (error) {
      link.cut();
      throw error;
    }
  }

  async #find(
    request: Request,
    ticket: string,
    id: string,
    path: string,
  ): Promise<{ ready: Ready; file: FolderFile }> {
    const link = openFor(request, this.transfers);
    try {
      const ready = await stat(link, ticket, id);
      const { offset, length } = indexStretch(ready, this.transfers.limits.indexBytesMax);
      await link.ask({ type: "get", ticket, offset, length }, "ready");
      const file = readIndex(await wholeBody(link, length), ready.size).find((each) => each.path === path);
      if (file) return { ready, file };
      throw new TransferProblem("file-unknown", "Look into the folder again: there is no such file in it");
    } finally {
      link.cut();
    }
  }

  /** The type of one file; the relay knows that of the archive. */
  async #sniff(request: Request, ticket: string, { offset, size }: FolderFile): Promise<string> {
    const link = openFor(request, this.transfers);
    try {
      const length = Math.min(size, sniffBytes);
      await link.ask({ type: "get", ticket, offset, length }, "ready");
      return mediaTypeOf(await wholeBody(link, length), length === size);
    } finally {
      link.cut();
    }
  }
}

async function gather(archive: Archive, { offset, length }: Stretch): Promise<Uint8Array> {
  const whole = new Uint8Array(length);
  let at = 0;
  for await (const bytes of archive.read(offset, length)) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}

/** What a zip can say of a time: 1980 to 2107. */
const [firstTime, lastTime] = [Date.UTC(1980, 0, 2), Date.UTC(2107, 11, 30)];

async function* members(archive: Archive, files: readonly FolderFile[], size: number) {
  let end = 0;
  for (const file of files) {
    const time = Number.isFinite(file.mtime) ? file.mtime : firstTime;
    const lastModified = new Date(Math.min(Math.max(time, firstTime), lastTime));
    end = file.offset + file.size;
    yield { name: file.path, size: file.size, lastModified, input: archive.read(file.offset, file.size) };
  }
  // What stands behind the last file is nothing, but the relay counts all bytes.
  for await (const _ of archive.read(end, size - end));
  archive.finish();
}
