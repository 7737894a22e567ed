import { html } from "htm/preact";
import type { Person } from "../models/people.ts";

const HUES = 12;

/** A person's initials on a colour of their own. The name stands beside it, or in the label of what holds it. */
export function Avatar({ person, size = "" }: { person: Person; size?: "" | "small" }) {
  return html`<span class="avatar ${size}" data-hue=${hueOf(person.member)} aria-hidden="true">
    ${initials(person.name.value)}
  </span>`;
}

/**
 * Which of the twelve colours is a member's: the same on every screen, whatever the name is now.
 *
 * @returns 0 to 11.
 */
export function hueOf(member: string): number {
  let sum = 7;
  for (const character of member) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % HUES;
}

/** The first letters of the first and the last word; one letter when there is one word. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s_.-]+/u)
    .filter(Boolean);
  const first = firstLetter(words[0] ?? "?");
  const last = words.length > 1 ? firstLetter(words.at(-1) ?? "") : "";
  return (first + last).toLocaleUpperCase();
}

/** A letter as people count them: an emoji of several code points is one. */
function firstLetter(word: string): string {
  const [letter] = new Intl.Segmenter().segment(word);
  return letter?.segment ?? "";
}
