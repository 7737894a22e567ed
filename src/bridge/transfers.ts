import type { Log } from "./control.ts";
import type { BridgeLimits } from "./limits.ts";
import type { Relay } from "./relay.ts";
import { TransferLink } from "./transfer-link.ts";
import { TransferProblem } from "./transfer-problem.ts";

/** The transfer connections to the relay that are open. */
export class Transfers {
  readonly #open = new Set<TransferLink>();

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
    const { way } = relay;
    if (way === null) throw new TransferProblem("no-target", "Join a server first: this program has none");
    if (this.#open.size >= limits.transfersMax) {
      throw new TransferProblem("transfers-full", "Wait for another transfer to end: too many are under way");
    }
    const link = new TransferLink({
      way,
      onAnswer: (answer) => relay.meet(way.target, answer),
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
}
