import { useSignal } from "@preact/signals";
import type { Problem } from "../models/problem.ts";
import { useBusy } from "./dialog.ts";

/**
 * A question with one field: what is entered, whether the answer is awaited, and what was wrong with it.
 *
 * @param answer  What is done with a value; the problem goes away when the value changes.
 */
export function useAsk(answer: (value: string) => Promise<Problem | null>, before = "") {
  const value = useSignal(before);
  const failed = useSignal<{ value: string; problem: Problem } | null>(null);
  const { isBusy, during } = useBusy();
  async function run() {
    const asked = value.value;
    await during(async () => {
      const problem = await answer(asked);
      failed.value = problem && { value: asked, problem };
    });
  }
  return {
    value,
    problem: failed.value?.value === value.value ? failed.value.problem : null,
    isBusy: isBusy.value,
    submit(event: Event) {
      event.preventDefault();
      run();
    },
    take() {
      value.value = failed.value?.problem.suggestion ?? value.value;
      run();
    },
  };
}
