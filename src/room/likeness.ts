import looks from "unhomoglyph/data.json";

/** By what names are told apart: two names with the same `fold`, or the same `look`, are taken for one another. */
export type Likeness = { readonly fold: string; readonly look: string };

// Unicode's list of characters that look like others (UTS #39), from each to the one that stands for all of them.
const standIns: Readonly<Record<string, string>> = looks;

/**
 * By what a name is told apart from others.
 *
 * As it is written it is compared by its look alone ("Iris" with a capital i, and with a small L); without regard to
 * case also by that of its fold ("АDА" in Cyrillic letters, and "ada").
 *
 * @param name  As it is shown.
 * @param fold  As `checkName` folds it.
 */
export function likenessOf({ name, fold }: { name: string; fold: string }): Likeness {
  return { fold: lookOf(fold).toLowerCase(), look: lookOf(name.normalize("NFKC").replace(invisible, "")) };
}

const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** The skeleton of UTS #39 §4. */
function lookOf(text: string): string {
  let look = "";
  for (const character of text.normalize("NFD")) look += standIns[character] ?? character;
  return look.normalize("NFD");
}
