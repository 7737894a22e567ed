import type { Log } from "./control.ts";
import type { BridgeLimits } from "./limits.ts";
import type { Relay } from "./relay.ts";
import { TransferLink } from "./transfer-link.ts";
import { TransferProblem } from "./transfer-problem.ts";

/** The transfer connections to the relay that are open. */
export class Transfers {
  readonly #open = new Set<TransferLink>();
  #passedBytes = 0;

  constructor(
    private readonly relay: Relay,
    readonly limits: BridgeLimits,
    private readonly log: Log,
  ) {}

  /**
   * Opens a connection; whoever opens it ends it.
   *
   * @throws {TransferProblem} "no-target" or "transfers-full".
   */
  open(): TransferLink {
    const { relay, limits, log } = this;
    const { target } = relay;
    if (target === null) throw new TransferProblem("no-target", "Join a server first: this program has none");
    if (this.#open.size >= limits.transfersMax) {
      throw new TransferProblem("transfers-full", "Wait for another transfer to end: too many are under way");
    }
    const link = new TransferLink({
      target,
      onAnswer: (answer) => relay.meet(target, answer),
      onPassed: (count) => this.#passed(count),
      onEnd: () => this.#open.delete(link),
      limits,
      log,
    });
    this.#open.add(link);
    return link;
  }

  /** Drops all of them: what had come is kept, and goes on from there. */
  cut(): void {
    for (const link of this.#open) link.cut();
  }

  /**
   * What has passed is garbage, which the engine lets lie until there are 60 to 80 MB of it, whatever the number of
   * transfers. Swept every so often it stays below 50, for a tenth of the speed between loopback sockets (2.0 GB/s becomes 1.7)
   * and a millisecond each time.
   */
  #passed(count: number): void {
    this.#passedBytes += count;
    if (this.#passedBytes < this.limits.sweptEveryBytes) return;
    this.#passedBytes = 0;
    Bun.gc(true);
  }
}
