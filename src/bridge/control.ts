import type { BridgeState } from "../wire/bridge-state.ts";
import type { Target } from "./address.ts";

/** What the program is doing, without what the bridge itself knows. */
export type ProgramState = Pick<BridgeState, "mode" | "canReset" | "invites" | "isLegacy"> & {
  /** The relay to which pages are piped; null in mode "start". */
  target: Target | null;
  /** Where they are piped instead, when the target is a server of 2021: a relay of this program speaks to it. */
  via?: Target;
  /** The short fingerprint that the invite carried: nobody else is spoken to. */
  fingerprint?: string;
};

/**
 * What a page may ask of the program. `main.ts` implements it.
 *
 * The bridge calls one at a time, calls `host` and `join` in mode "start" only, and `reset` only when
 * `canReset` says so. Each resolves once `state()` tells the new state, and rejects with a `Problem`, the state
 * unchanged, when it cannot be done.
 */
export interface Control {
  /** Cheap: called for every request and every WebSocket. */
  state(): ProgramState;
  /**
   * Starts this program's own relay; it listens when the promise resolves.
   *
   * @returns The secret that makes the page's member the server's host, in base64url, where there is one.
   */
  host(): Promise<{ hostSecret?: string }>;
  /**
   * Takes a relay that has just answered a prelude as the target.
   *
   * @param fingerprint  The short one that the address carried, as an invite does.
   */
  join(target: Target, fingerprint?: string): Promise<void>;
  /** Goes back to mode "start"; stops a relay that `host` started. */
  reset(): Promise<void>;
}

/** Something that went wrong in a way that its message tells a person what to do; nothing else is shown to a page. */
export class Problem extends Error {
  override readonly name = "Problem";
}

/** Where the bridge tells what it does: sentences without texts, secrets, or names from outside. */
export interface Log {
  debug(sentence: string): void;
  info(sentence: string): void;
  warn(sentence: string): void;
  /** @param cause  Whatever was thrown: its stack belongs into the log, and nowhere else. */
  error(sentence: string, cause: unknown): void;
}
