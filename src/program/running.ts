import * as v from "valibot";
import { type BridgeState, bridgeStateSchema } from "../wire/bridge-state.ts";

const answerMsMax = 1_000;

/**
 * Looks for this program on web ports of this machine.
 *
 * @param first   The first of those that it would take by itself.
 * @param count   How many they are.
 * @param isOurs  Whether one that runs does what this one was started for.
 * @returns       Where its page is; undefined when there is none.
 */
export async function findRunning(
  first: number,
  count: number,
  isOurs: (state: BridgeState) => boolean,
): Promise<string | undefined> {
  for (let port = first; port < first + count; port++) {
    const state = await askRunning(port);
    // Nobody there: whoever came before us would have taken this port.
    if (state === undefined) return undefined;
    if (isOurs(state)) return `http://localhost:${port}`;
  }
  return undefined;
}

/**
 * Asks whether this program answers on a web port of this machine.
 *
 * @returns What it says of itself; undefined when nothing, or something else, answers.
 */
async function askRunning(port: number): Promise<BridgeState | undefined> {
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
