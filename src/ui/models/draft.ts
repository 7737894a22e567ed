import type { ReadonlySignal, Signal } from "@preact/signals";
import { computed, effect, signal } from "@preact/signals";
import * as v from "valibot";
import { limits } from "../../wire/limits.ts";
import { utf8Length } from "../../wire/utf8.ts";
import type { Kept } from "./kept.ts";
import type { Problem } from "./problem.ts";

/** What a person writes in a room and has not sent; it is kept over a reload. */
export type Draft = {
  text: Signal<string>;
  isEmpty: ReadonlySignal<boolean>;
  problem: ReadonlySignal<Problem | null>;
  /** It is not kept any more. */
  forget(): void;
};

export function createDraft(room: string, kept: Kept): Draft {
  const place = `draft/${room}`;
  const text = signal(kept.get(place, v.string()) ?? "");
  const stop = effect(() => {
    if (text.value === "") kept.remove(place);
    else kept.set(place, text.value);
  });
  return {
    text,
    isEmpty: computed(() => text.value.trim() === ""),
    problem: computed(() =>
      utf8Length(text.value) > limits.textBytesMax ? { key: "problem.text-too-long" } : null,
    ),
    forget() {
      stop();
      kept.remove(place);
    },
  };
}
