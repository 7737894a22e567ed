import type { HandleStore, Put, PutFile, PutOutcome } from "../../../src/ui/models/deps.ts";
import type { Handle, Picked } from "../../../src/ui/models/picked.ts";
import type { FakeRelay } from "./fake-relay.ts";

/** A file on a disk of a test, which may be changed or put away. */
export class FakeHandle {
  /** Whether the browser may read it without asking. */
  isGranted = true;
  /** What the person says when asked. */
  isWelcome = true;
  constructor(public picked: Picked | null) {}
}

/** What a browser has of files: how they are sent to the relay, and the handles that it keeps. */
export class FakeFiles {
  /** Bytes of each piece; between two of them anything may happen. */
  pieceBytes = 1000;
  /** Puts that stand still until `flow` is true again. */
  isFlowing = true;
  /** How the next puts end in place of success. */
  endsWith: PutOutcome | null = null;
  /** How many bytes have been sent, sent twice ones counted twice. */
  sentBytes = 0;
  running = 0;
  mostRunning = 0;
  readonly kept = new Map<string, FakeHandle>();
  readonly #relay: FakeRelay;

  constructor(relay: FakeRelay) {
    this.#relay = relay;
  }

  readonly put: PutFile = (options): Put => {
    const { promise: outcome, resolve } = Promise.withResolvers<PutOutcome>();
    let isStopped = false;
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    void this.#send(options, () => isStopped).then((ended) => {
      this.running -= 1;
      resolve(ended);
    });
    return {
      outcome,
      stop() {
        isStopped = true;
        resolve("stopped");
      },
    };
  };

  readonly handles: HandleStore = {
    put: async (key: string, handle: Handle) => {
      if (handle instanceof FakeHandle) this.kept.set(key, handle);
    },
    open: async (key) => {
      const handle = this.kept.get(key);
      return handle ? (handle.isGranted ? handle.picked : "ask") : null;
    },
    ask: async (key) => {
      const handle = this.kept.get(key);
      return handle?.isWelcome ? handle.picked : null;
    },
    remove: async (key) => {
      this.kept.delete(key);
    },
  };

  async #send(options: Parameters<PutFile>[0], isStopped: () => boolean): Promise<PutOutcome> {
    const { file, ticket, source, progress } = options;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isStopped()) return "stopped";
      if (this.endsWith) return this.endsWith;
      const stored = this.#relay.stored(file, ticket);
      if (stored === null) return this.#relay.isDown ? "broken" : "refused";
      if (await source.hasChanged("any")) return "changed";
      progress(stored);
      if (stored === source.blob.size) {
        this.#relay.finish(file);
        return "stored";
      }
      if (!this.isFlowing) continue;
      const piece = await source.blob.slice(stored, stored + this.pieceBytes).bytes();
      if (isStopped()) return "stopped";
      this.sentBytes += piece.length;
      this.#relay.receive(file, piece);
    }
  }
}
