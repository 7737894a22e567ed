import { signal } from "@preact/signals";
import type { Key as FirstKey, Phrase } from "../i18n/en.ts";
import { en } from "../i18n/en.ts";
import type { roomsEn } from "../i18n/rooms-en.ts";

/** Every text of the UI. Some come later than the first paint, with what says them. */
export type Key = FirstKey | LaterKey;
type LaterKey = keyof typeof roomsEn;
type Dictionary = Partial<Record<Key, Phrase>>;

/** The languages of the UI. */
export type Language = "en" | "id";

const isLanguage: Record<Language, true> = { en: true, id: true };
const dictionaries = signal<Partial<Record<Language, Dictionary>>>({ en });

/**
 * The languages besides English come after what every page needs: only one that is read in another is drawn later
 * for it. Settled when they are here, or when it is known that they cannot be had, and English stands in for them.
 */
export const dictionariesLoaded: Promise<void> = import("../i18n/id.ts").then(
  ({ id }) => {
    dictionaries.value = { ...dictionaries.peek(), id };
  },
  () => {},
);

/** Takes the English texts that come later. The other languages come whole. */
export function learn(later: Record<LaterKey, Phrase>): void {
  dictionaries.value = { ...dictionaries.peek(), en: { ...en, ...later } };
}

/** The language that is shown now. One for the page: whatever calls `t` follows it. */
export const language = signal<Language>("en");

/** What stands for the names in braces of a text. */
export type Values = { [name: string]: string | number };

/** The text of a key in the language that is shown now, its places in braces filled in. */
export function t(key: Key, values: Values = {}): string {
  const { en: english, [language.value]: shown } = dictionaries.value;
  const phrase: Phrase = shown?.[key] ?? english?.[key] ?? key;
  const text = typeof phrase === "string" ? phrase : phrase[values.count === 1 ? "one" : "other"];
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** The first of the browser's languages that the UI has; "in" is what Indonesian was called before 1989. */
export function pickLanguage(wished: readonly string[]): Language {
  for (const tag of wished) {
    const [primary = ""] = tag.toLowerCase().split("-");
    if (primary === "in") return "id";
    if (Object.hasOwn(isLanguage, primary)) return primary as Language;
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

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A size for people, e.g. 4.2 MB: thousands, as the makers of disks and most systems count. */
export function formatBytes(bytes: number): string {
  let at = 0;
  // 999.95 kB would be shown as 1,000.
  while (at < units.length - 1 && bytes / 1000 ** at >= 999.95) at += 1;
  const value = bytes / 1000 ** at;
  const unit = units[at] ?? "byte";
  const digits = at === 0 || value >= 100 ? 0 : 1;
  const options = { style: "unit", unit, unitDisplay: at === 0 ? "long" : "short" } as const;
  return formatNumber({ ...options, maximumFractionDigits: digits }).format(value);
}

/** A share of a whole, e.g. 45%: never 100 before all is there. */
export function formatShare(share: number): string {
  return formatNumber({ style: "percent" }).format(share < 1 ? Math.min(0.99, share) : 1);
}

/** How long something still takes, roughly: 20 s, 5 min, 2 h. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return inUnit("second", Math.max(1, Math.ceil(seconds / 5) * 5 - (seconds < 5 ? 4 : 0)));
  if (seconds < 3600) return inUnit("minute", Math.ceil(seconds / 60));
  return inUnit("hour", Math.ceil(seconds / 1800) / 2);
}

function inUnit(unit: "second" | "minute" | "hour", value: number): string {
  return formatNumber({ style: "unit", unit, unitDisplay: "short" }).format(value);
}

/** When the local day of a time began, which is 23 to 25 hours before the next. */
export function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

// Making a format takes a hundred times as long as using it.
const formats = new Map<string, Intl.DateTimeFormat>();
const numberFormats = new Map<string, Intl.NumberFormat>();

function formatNumber(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = language.value + JSON.stringify(options);
  let made = numberFormats.get(name);
  if (!made) {
    made = new Intl.NumberFormat(language.value, options);
    numberFormats.set(name, made);
  }
  return made;
}

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = language.value + JSON.stringify(options);
  let made = formats.get(name);
  if (!made) {
    made = new Intl.DateTimeFormat(language.value, options);
    formats.set(name, made);
  }
  return made;
}
