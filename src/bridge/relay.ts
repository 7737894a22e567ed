import type { BridgeState } from "../wire/bridge-state.ts";
import type { PreludeAnswer } from "../wire/prelude.ts";
import type { Target } from "./address.ts";
import type { Control } from "./control.ts";
import type { Change, Trust, Way } from "./trust.ts";

/** The relay as the bridge knows it: where it is, and who answered there last. */
export class Relay {
  readonly #control: Control;
  readonly #trust: Trust;
  #met: { target: Target; answer: PreludeAnswer } | null = null;

  constructor(control: Control, trust: Trust) {
    this.#control = control;
    this.#trust = trust;
  }

  get target(): Target | null {
    const { target, via } = this.#control.state();
    return via ?? target;
  }

  /** The present target, and whom to expect there; null in mode "start". */
  get way(): Way | null {
    const { target } = this;
    if (target === null) return null;
    const { mode, via, fingerprint } = this.#control.state();
    // What is said to a relay of this program never leaves the process, and inside TLS a file would cost it half as much
    // processor time again.
    const isOwn = mode === "server" || via !== undefined;
    return { target, guard: isOwn ? null : this.#trust.guard(target, fingerprint) };
  }

  /** The server that answered last at the present target. */
  get server(): BridgeState["server"] {
    const { answer } = this;
    return answer && { id: answer.server, fingerprint: answer.fingerprint };
  }

  /** How it was spoken to; undefined before it has answered. */
  get transport(): PreludeAnswer["transport"] | undefined {
    return this.answer?.transport;
  }

  /** Why it was not spoken to, if that is its certificate. */
  get change(): Change | null {
    return this.target && this.#trust.change(this.target);
  }

  private get answer(): PreludeAnswer | null {
    return this.#met !== null && isSame(this.#met.target, this.target) ? this.#met.answer : null;
  }

  /** Remembers who answered at a target, which may have been left meanwhile. */
  meet(target: Target, answer: PreludeAnswer): void {
    this.#met = { target, answer };
  }
}

function isSame(one: Target, other: Target | null): boolean {
  return one.host === other?.host && one.port === other.port;
}
