import type { ReadonlySignal } from "@preact/signals";
import { signal } from "@preact/signals";
import * as v from "valibot";
import type { BridgeState } from "../../wire/bridge-state.ts";
import { bridgeStateSchema, joinFailures } from "../../wire/bridge-state.ts";
import type { Deps } from "./deps.ts";
import type { Problem } from "./problem.ts";

/** The program that serves this page. */
export type Bridge = {
  /** What it said last; null before it has answered. */
  state: ReadonlySignal<BridgeState | null>;
  /** Asks it anew; false when it does not answer. */
  ask(): Promise<boolean>;
  /** Starts a relay here. */
  host(): Promise<Problem | null>;
  /** Looks for a relay at an address. */
  join(address: string): Promise<Problem | null>;
  /** Takes the new certificate of the server for its own, by its short fingerprint. */
  accept(fingerprint: string): Promise<Problem | null>;
  /** Goes back to hosting nothing and joining nobody. */
  reset(): Promise<Problem | null>;
};

const askMsMax = 5_000;
const failureSchema = v.object({
  message: v.string(),
  // One that a newer program may add is told by its sentence.
  code: v.fallback(v.optional(v.picklist(joinFailures)), undefined),
  address: v.optional(v.string()),
});

export function createBridge(deps: Deps): Bridge {
  const state = signal<BridgeState | null>(null);

  async function command(path: string, body?: object): Promise<Problem | null> {
    let response: Response;
    let answer: unknown;
    try {
      response = await deps.fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body ?? {}),
      });
      answer = await response.json();
    } catch {
      return { key: "problem.program" };
    }
    const checked = v.safeParse(bridgeStateSchema, answer);
    if (response.ok && checked.success) {
      const { hostSecret, ...told } = checked.output;
      // In the address, where the program's own start address has it: so it survives a reload before the login.
      if (hostSecret !== undefined) deps.setHash(`#host=${hostSecret}`);
      state.value = told;
      return null;
    }
    const failure = v.safeParse(failureSchema, answer);
    const { code, address = "" } = failure.success ? failure.output : {};
    if (code !== undefined) return { key: `problem.${code}`, values: { address } };
    const message = failure.success ? failure.output.message : `${response.status} ${response.statusText}`;
    return { key: "problem.bridge", values: { message } };
  }

  return {
    state,
    async ask() {
      try {
        const response = await deps.fetch("/api/bridge", { signal: AbortSignal.timeout(askMsMax) });
        const checked = v.safeParse(bridgeStateSchema, await response.json());
        if (checked.success) state.value = checked.output;
        return checked.success;
      } catch {
        return false;
      }
    },
    host: () => command("/api/host"),
    join: (address) => command("/api/join", { address }),
    accept: (fingerprint) => command("/api/accept", { fingerprint }),
    reset: () => command("/api/reset"),
  };
}
