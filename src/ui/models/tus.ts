import type { DetailedError, Upload } from "tus-js-client";
import type { Put, PutFile, PutOutcome } from "./deps.ts";
import type { Source } from "./picked.ts";

/** So much is sent before it is looked whether the file is still the same. */
const pieceBytes = 64 * 2 ** 20;
/** The last piece of a file that takes a while: without it nobody takes the file for whole. */
const sealBytes = 64 * 2 ** 10;
const sealFromBytes = 2 ** 20;

/**
 * Sends a file's bytes by tus 1.0 (https://tus.io), from where the server has none yet.
 *
 * It tries once: what to do when it breaks depends on what the session says, and nobody here knows that.
 */
export const putFile: PutFile = ({ file, ticket, source, progress }) => {
  const { promise: outcome, resolve } = Promise.withResolvers<PutOutcome>();
  let upload: Upload | null = null;
  let isStopped = false;

  // 16 KB that a page needs only when somebody sends a file.
  import("tus-js-client").then(
    (tus) => {
      if (isStopped) return;
      upload = new tus.Upload(source.blob, {
        uploadUrl: `/files/${file}`,
        headers: { "Pendopo-Ticket": ticket },
        retryDelays: null,
        storeFingerprintForResuming: false,
        fileReader: { openFile: async () => reader(source) },
        onProgress: (bytes) => progress(bytes),
        onSuccess: () => resolve("stored"),
        onError(error) {
          const ended = outcomeOf(error);
          if (ended !== "broken") return resolve(ended);
          // A request breaks off as well when the browser finds that a file is another one.
          void source.hasChanged("any").then((hasChanged) => resolve(hasChanged ? "changed" : ended));
        },
      });
      upload.start();
    },
    () => resolve("broken"),
  );

  const put: Put = {
    outcome,
    stop() {
      isStopped = true;
      void upload?.abort();
      resolve("stopped");
    },
  };
  return put;
};

class Changed extends Error {}

/** Cuts a source into pieces, and looks before each of them, and before the end, whether it is still the same. */
function reader(source: Source) {
  const { blob } = source;
  const sealFrom = blob.size > sealFromBytes ? blob.size - sealBytes : blob.size;
  return {
    size: blob.size,
    async slice(from: number) {
      if (await source.hasChanged("large")) throw new Changed("The file is another one by now");
      const to = Math.min(from + pieceBytes, from < sealFrom ? sealFrom : blob.size);
      return { value: blob.slice(from, to), done: to >= blob.size };
    },
    close() {},
  };
}

function outcomeOf(error: Error | DetailedError): PutOutcome {
  const detailed = error as Partial<DetailedError> & { causingError?: Error };
  if (detailed.causingError instanceof Changed) return "changed";
  switch (detailed.originalResponse?.getStatus()) {
    case 401:
    case 403:
    case 404:
    case 410:
      return "refused";
    case 423:
      return "taken-over";
    case 507:
      return "full";
    default:
      return "broken";
  }
}
