import * as v from "valibot";
import { type BridgeState, bridgeStateSchema } from "../wire/bridge-state.ts";

const answerMsMax = 1_000;

/**
 * Asks whether this program answers on a web port of this machine.
 *
 * @returns What it says of itself; undefined when nothing, or something else, answers.
 */
export async function askRunning(port: number): Promise<BridgeState | undefined> {
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    const answer = await fetch(`http://localhost:${port}/api/bridge`, { redirect: "error", signal });
    const state = v.safeParse(bridgeStateSchema, await answer.json());
    return state.success ? state.output : undefined;
  } catch {
    // Whatever answers there is not this program.
    return undefined;
  }
}
