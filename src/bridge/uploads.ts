import { Server } from "@tus/server";
import type { Log } from "./control.ts";
import { TransferProblem } from "./transfer-problem.ts";
import type { Transfers } from "./transfers.ts";
import { UploadStore } from "./upload-store.ts";

/**
 * Uploads by tus 1.0: creation, offset, termination.
 *
 * A server of the library for each request, since its store is told the file alone, and the ticket stands in the request.
 * Measured on a body of 1 GiB to a socket: 1,030 to 1,330 MB/s and 100 MB of memory, 1,140 to 1,470 and 100 by hand.
 *
 * @see https://tus.io/protocols/resumable-upload
 */
export class Uploads {
  constructor(
    private readonly transfers: Transfers,
    private readonly log: Log,
  ) {}

  /** Answers POST and OPTIONS of /files, and HEAD, PATCH, DELETE and OPTIONS of /files/<file id>. */
  async answer(request: Request): Promise<Response> {
    const store = new UploadStore(this.transfers, request);
    let problem: TransferProblem | undefined;
    const tus = new Server({
      path: "/files",
      relativeLocation: true,
      datastore: store,
      namingFunction: () => store.file(),
      allowedOrigins: () => false,
      onResponseError: async (_, error) => {
        if (error instanceof TransferProblem) problem = error;
        else if (!("status_code" in error)) return this.#failed(error);
        return problem && { status_code: problem.status, body: `${problem.message}\n` };
      },
    });
    try {
      const response = await tus.handleWeb(request);
      const { headers, status } = response;
      // The library speaks of other origins even when there are none.
      for (const name of [...headers.keys()]) if (name.startsWith("access-control-")) headers.delete(name);
      const offset = problem?.offset ?? store.offset;
      if (status === 409 && offset !== undefined) headers.set("Upload-Offset", String(offset));
      if (problem?.retrySeconds !== undefined) headers.set("Retry-After", String(problem.retrySeconds));
      return response;
    } finally {
      store.close();
    }
  }

  #failed(error: Error): { status_code: number; body: string } {
    // A browser that went away in the middle is no failure of ours.
    if (error.name !== "AbortError") this.log.error("An upload could not be taken", error);
    return {
      status_code: 500,
      body: "Try again: something went wrong in this program, and its log says what\n",
    };
  }
}
