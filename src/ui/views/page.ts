import { effect } from "@preact/signals";
import type { App } from "../models/app.ts";

/** Keeps what lies outside the body true: the title, the language and the theme. */
export function followPage(app: App): () => void {
  const root = document.documentElement;
  const stops = [
    effect(() => {
      document.title = app.title.value;
    }),
    effect(() => {
      root.lang = app.settings.language.value;
    }),
    effect(() => {
      const theme = app.settings.theme.value;
      // public/theme.js does the same before the first paint.
      if (theme === "system") delete root.dataset.theme;
      else root.dataset.theme = theme;
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
