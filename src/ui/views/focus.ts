/** Moves the focus to where one writes. */
export function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>(".composer textarea")?.focus({ preventScroll: true });
}
