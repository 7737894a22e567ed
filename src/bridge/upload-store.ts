import type { Readable } from "node:stream";
import { DataStore, Upload } from "@tus/server";
import type { Ready } from "../wire/file-frames.ts";
import { letGo } from "./memory.ts";
import { checkTicket, ticketHeader } from "./ticket.ts";
import type { TransferLink } from "./transfer-link.ts";
import { TransferProblem } from "./transfer-problem.ts";
import type { Transfers } from "./transfers.ts";

/**
 * Where one request of tus puts its bytes: the relay, over one connection.
 *
 * The relay knows everything about an upload, so nothing is kept here, and nothing is known of another request.
 */
export class UploadStore extends DataStore {
  override extensions = ["creation", "creation-with-upload", "termination"];
  #link: TransferLink | undefined;
  #ready: Ready | undefined;

  /** @param request  Its ticket is checked when it is needed. */
  constructor(
    private readonly transfers: Transfers,
    private readonly request: Request,
  ) {
    super();
  }

  /** How many bytes the relay said that it has; undefined before it was asked. */
  get offset(): number | undefined {
    return this.#ready?.offset;
  }

  /** The id of the file that the ticket is for. */
  async file(): Promise<string> {
    return (await this.#stat()).file;
  }

  /** An upload begins: it has been offered, so that there is nothing to make. */
  override async create(upload: Upload): Promise<Upload> {
    const { size, offset, state } = await this.#stat();
    if (upload.size !== size) {
      throw new TransferProblem("bad-frame", `Offer the file again: it was offered with ${size} bytes`);
    }
    if (state === "arriving" && offset === size) await this.#finish();
    return upload;
  }

  /** How far an upload is. One that has all bytes is made a file for good first: nobody would send more of it. */
  override async getUpload(id: string): Promise<Upload> {
    const { file, size, offset, state } = await this.#stat();
    if (file !== id)
      throw new TransferProblem("file-unknown", "Ask for a ticket again: this one is for another file");
    if (state === "failed")
      throw new TransferProblem("file-over", "Offer the file again: its upload has failed");
    if (state === "arriving" && offset === size) await this.#finish();
    return new Upload({ id, size, offset: Math.max(offset, Math.min(this.#claimed, size)) });
  }

  /** Hands on a request's body as it comes. @returns Where the upload goes on. */
  override async write(body: Readable, _id: string, offset: number): Promise<number> {
    const { size, state } = await this.#stat();
    if (state === "complete") return offset;
    const link = this.#connection();
    await link.ask({ type: "put", ticket: this.#ticket, offset }, "ready");
    const { stalledMsMax } = this.transfers.limits;
    link.patienceMs = stalledMsMax;
    let end = offset;
    for await (const bytes of watched(body, stalledMsMax)) {
      const { length } = bytes;
      await link.write(bytes);
      letGo(bytes);
      end += length;
    }
    link.patienceMs = this.transfers.limits.answerMsMax;
    if (end === size) await link.answer("stored");
    // Only when the relay has read it all: the next request would otherwise come before the last bytes of this one.
    else await link.finish();
    return end;
  }

  /** Ends an upload for good. */
  override async remove(): Promise<void> {
    await this.#connection().ask({ type: "cancel", ticket: this.#ticket }, "cancelled");
  }

  /** Lets go of the connection; what was written to it still arrives. */
  close(): void {
    void this.#link?.finish();
  }

  /**
   * Where the request's bytes are said to begin. A claim to be further than the relay's answer says is left to the relay:
   * bytes that it has taken from the request before may not be on its disk yet, and it waits for them before a put.
   */
  get #claimed(): number {
    const { method, headers } = this.request;
    return method === "PATCH" ? Number(headers.get("Upload-Offset")) : 0;
  }

  get #ticket(): string {
    return checkTicket(this.request.headers.get(ticketHeader));
  }

  #connection(): TransferLink {
    this.#link ??= this.transfers.open();
    return this.#link;
  }

  async #stat(): Promise<Ready> {
    const ticket = this.#ticket;
    this.#ready ??= await this.#connection().ask({ type: "stat", ticket }, "ready");
    return this.#ready;
  }

  async #finish(): Promise<void> {
    const ready = await this.#stat();
    const { size: offset } = ready;
    const link = this.#connection();
    await link.ask({ type: "put", ticket: this.#ticket, offset }, "ready");
    await link.answer("stored");
    this.#ready = { ...ready, state: "complete" };
  }
}

/** A body, which fails when nothing comes of it for too long while somebody waits for it. */
async function* watched(body: Readable, stalledMsMax: number): AsyncGenerator<Uint8Array> {
  const stall = () =>
    body.destroy(new TransferProblem("stalled", "Go on at the stored offset: nothing came for too long"));
  let timer = setTimeout(stall, stalledMsMax);
  try {
    for await (const bytes of body) {
      clearTimeout(timer);
      yield bytes;
      timer = setTimeout(stall, stalledMsMax);
    }
  } finally {
    clearTimeout(timer);
  }
}
