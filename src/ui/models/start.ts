import type { ReadonlySignal, Signal } from "@preact/signals";
import { signal } from "@preact/signals";
import * as v from "valibot";
import type { Bridge } from "./bridge.ts";
import type { Kept } from "./kept.ts";
import type { Problem } from "./problem.ts";

/** The start page: host here, or join an address. */
export type Start = {
  address: Signal<string>;
  /** Addresses that were joined before, newest first. */
  remembered: ReadonlySignal<readonly string[]>;
  busy: ReadonlySignal<"host" | "join" | null>;
  problem: ReadonlySignal<Problem | null>;
  host(): Promise<void>;
  join(): Promise<void>;
  forget(address: string): void;
};

const addressesKey = "pendopo/addresses";
const addressesMax = 8;

export function createStart(bridge: Bridge, kept: Kept): Start {
  const remembered = signal<readonly string[]>(kept.get(addressesKey, v.array(v.string())) ?? []);
  const address = signal(remembered.peek()[0] ?? "");
  const busy = signal<"host" | "join" | null>(null);
  const problem = signal<Problem | null>(null);

  async function run(what: "host" | "join", command: () => Promise<Problem | null>): Promise<boolean> {
    if (busy.peek() !== null) return false;
    busy.value = what;
    problem.value = null;
    problem.value = await command();
    busy.value = null;
    return problem.peek() === null;
  }

  function remember(addresses: readonly string[]): void {
    remembered.value = addresses.slice(0, addressesMax);
    kept.set(addressesKey, remembered.peek());
  }

  return {
    address,
    remembered,
    busy,
    problem,
    async host() {
      await run("host", bridge.host);
    },
    async join() {
      const wished = address.peek().trim();
      if (wished === "") {
        problem.value = { key: "problem.address-empty" };
        return;
      }
      if (!(await run("join", () => bridge.join(wished)))) return;
      remember([wished, ...remembered.peek().filter((other) => other !== wished)]);
    },
    forget(forgotten) {
      remember(remembered.peek().filter((other) => other !== forgotten));
    },
  };
}
