import type { Signal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Problem } from "../models/problem.ts";
import { ProblemText } from "./problem.ts";

/** What a field is: its label, and what is entered and what is wrong with it, as signals. */
export interface FieldProps {
  label: string;
  value: Signal<string>;
  problem: Problem | null;
  hint?: string;
  placeholder?: string;
  /** The browser's name for it, so that it can offer what was entered before. */
  name?: string;
  isFirst?: boolean;
  take?: () => void;
}

/** A labelled line of text with its hint, or in place of the hint what is wrong with it. */
export function Field({ label, value, problem, hint, placeholder, name, isFirst, take }: FieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // A dialog follows autofocus when it is shown, a page only when it is loaded.
    if (isFirst) input.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    if (problem) input.current?.focus();
  }, [problem]);
  const about = problem || hint ? `${id}-about` : undefined;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input
      id=${id}
      ref=${input}
      name=${name}
      value=${value}
      placeholder=${placeholder}
      autofocus=${isFirst}
      autocomplete=${name === "name" ? "nickname" : "off"}
      autocapitalize="off"
      spellcheck=${false}
      dir="auto"
      aria-invalid=${problem !== null}
      aria-describedby=${about}
      onInput=${(event: InputEvent) => {
        value.value = (event.currentTarget as HTMLInputElement).value;
      }}
    />
    <div id=${about} role=${problem && "alert"}>
      ${problem ? html`<${ProblemText} problem=${problem} take=${take} />` : hint && html`<p class="hint">${hint}</p>`}
    </div>
  </div>`;
}
