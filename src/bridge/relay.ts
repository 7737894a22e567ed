import type { BridgeState } from "../wire/bridge-state.ts";
import type { PreludeAnswer } from "../wire/prelude.ts";
import type { Target } from "./address.ts";
import type { Control } from "./control.ts";

/** The relay as the bridge knows it: where it is, and who answered there last. */
export class Relay {
  readonly #control: Control;
  #met: { target: Target; server: NonNullable<BridgeState["server"]> } | null = null;

  constructor(control: Control) {
    this.#control = control;
  }

  get target(): Target | null {
    const { target, via } = this.#control.state();
    return via ?? target;
  }

  /** The server that answered last at the present target. */
  get server(): BridgeState["server"] {
    return this.#met !== null && isSame(this.#met.target, this.target) ? this.#met.server : null;
  }

  /** Remembers who answered at a target, which may have been left meanwhile. */
  meet(target: Target, answer: PreludeAnswer): void {
    this.#met = { target, server: { id: answer.server, fingerprint: answer.fingerprint } };
  }
}

function isSame(one: Target, other: Target | null): boolean {
  return one.host === other?.host && one.port === other.port;
}
