import type { Signal } from "@preact/signals";
import { effect, signal } from "@preact/signals";
import * as v from "valibot";
import type { Deps } from "./deps.ts";
import type { Language } from "./i18n.ts";
import { language, pickLanguage } from "./i18n.ts";
import type { Kept } from "./kept.ts";

type Theme = "system" | "light" | "dark";

/** What a person has set for this browser, whatever the server; writing keeps it. */
export type Settings = { language: Signal<Language>; theme: Signal<Theme> };

const settingsKey = "pendopo/settings";
const settingsSchema = v.partial(
  v.object({ language: v.picklist(["en", "id"]), theme: v.picklist(["system", "light", "dark"]) }),
);

/** Reads the settings; a language that was never chosen is the browser's. */
export function createSettings(deps: Deps, kept: Kept): Settings {
  const before = kept.get(settingsKey, settingsSchema) ?? {};
  const theme = signal<Theme>(before.theme ?? "system");
  const fromBrowser = pickLanguage(deps.languages);
  language.value = before.language ?? fromBrowser;
  let isFirst = true;
  effect(() => {
    // Only what was chosen: a browser whose language changes later is followed otherwise.
    const isChosen = before.language !== undefined || language.value !== fromBrowser;
    const settings = { theme: theme.value, ...(isChosen ? { language: language.value } : {}) };
    if (!isFirst) kept.set(settingsKey, settings);
    isFirst = false;
  });
  return { language, theme };
}
