import { signal } from "@preact/signals";
import type { Dictionary, Key, Phrase } from "../i18n/en.ts";
import { en } from "../i18n/en.ts";
import { id } from "../i18n/id.ts";

export type { Key };

const dictionaries = { en, id } as const satisfies Record<string, Dictionary>;

/** The languages of the UI. */
export type Language = keyof typeof dictionaries;

/** The language that is shown now. One for the page: whatever calls `t` follows it. */
export const language = signal<Language>("en");

/** What stands for the names in braces of a text. */
export type Values = { [name: string]: string | number };

/** The text of a key in the language that is shown now, its places in braces filled in. */
export function t(key: Key, values: Values = {}): string {
  const phrase: Phrase = dictionaries[language.value][key];
  const text = typeof phrase === "string" ? phrase : phrase[values.count === 1 ? "one" : "other"];
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** The first of the browser's languages that the UI has; "in" is what Indonesian was called before 1989. */
export function pickLanguage(wished: readonly string[]): Language {
  for (const tag of wished) {
    const [primary = ""] = tag.toLowerCase().split("-");
    if (primary === "in") return "id";
    if (Object.hasOwn(dictionaries, primary)) return primary as Language;
  }
  return "en";
}

/** The time of day of a line, e.g. 14:05. */
export function formatTime(at: number): string {
  return format({ hour: "numeric", minute: "2-digit" }).format(at);
}

/** The day of a day line: today, yesterday, or its date. */
export function formatDay(at: number, now = Date.now()): string {
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days === 0) return t("day.today");
  if (days === 1) return t("day.yesterday");
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format({
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(isThisYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** When the local day of a time began, which is 23 to 25 hours before the next. */
export function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

// Making a format takes a hundred times as long as using it.
const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = language.value + JSON.stringify(options);
  let made = formats.get(name);
  if (!made) {
    made = new Intl.DateTimeFormat(language.value, options);
    formats.set(name, made);
  }
  return made;
}
