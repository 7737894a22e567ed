import { afterEach, beforeAll, expect, test } from "bun:test";
import type { Phrase } from "../../../src/ui/i18n/en.ts";
import { en } from "../../../src/ui/i18n/en.ts";
import { id } from "../../../src/ui/i18n/id.ts";
import { roomsEn } from "../../../src/ui/i18n/rooms-en.ts";
import { roomsId } from "../../../src/ui/i18n/rooms-id.ts";
import {
  dictionariesLoaded,
  formatDay,
  formatTime,
  language,
  pickLanguage,
  t,
} from "../../../src/ui/models/i18n.ts";

beforeAll(() => dictionariesLoaded);
afterEach(() => {
  language.value = "en";
});

const places = (phrase: Phrase) =>
  [
    ...new Set((typeof phrase === "string" ? phrase : phrase.one + phrase.other).match(/\{\w+\}/g) ?? []),
  ].sort();

test("Every text has the same places in both languages", () => {
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect([key, ...places(id[key])]).toEqual([key, ...places(en[key])]);
  }
  for (const key of Object.keys(roomsEn) as (keyof typeof roomsEn)[]) {
    expect([key, ...places(roomsId[key])]).toEqual([key, ...places(roomsEn[key])]);
  }
});

test("A text follows the language, fills its places, and chooses by count", () => {
  expect(t("login.enter")).toBe("Enter");
  expect(t("problem.room-full", { room: "{room}" })).toStartWith("{room} is full");
  expect(t("rooms.unread", { count: 1 })).toBe("1 unread message");
  expect(t("rooms.unread", { count: 2 })).toBe("2 unread messages");
  language.value = "id";
  expect(t("login.enter")).toBe("Masuk");
});

test("The language is the first of the browser's that there is", () => {
  expect(pickLanguage(["fr-FR", "id-ID", "en-US"])).toBe("id");
  expect(pickLanguage(["in"])).toBe("id");
  expect(pickLanguage(["ms"])).toBe("en");
  expect(pickLanguage([])).toBe("en");
});

test("Days are told by how near they are, over a change of the clocks too", () => {
  const now = new Date(2026, 2, 30, 1).getTime();
  expect(formatDay(new Date(2026, 2, 30, 0, 1).getTime(), now)).toBe("Today");
  expect(formatDay(new Date(2026, 2, 29, 23).getTime(), now)).toBe("Yesterday");
  expect(formatDay(new Date(2026, 2, 2).getTime(), now)).toContain("March");
  expect(formatDay(new Date(2026, 2, 2).getTime(), now)).not.toContain("2026");
  expect(formatDay(new Date(2025, 2, 2).getTime(), now)).toContain("2025");
  language.value = "id";
  expect(formatDay(new Date(2026, 2, 2).getTime(), now)).toContain("Maret");
  expect(formatTime(new Date(2026, 2, 2, 14, 5).getTime())).toContain("05");
});
