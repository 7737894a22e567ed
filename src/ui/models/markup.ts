/**
 * A piece of a message's text. The sources of all parts, joined, are the text; views draw each as an element
 * and never as HTML.
 */
export type Part =
  | { kind: "text"; source: string }
  | { kind: "link"; source: string; href: string }
  | { kind: "code"; source: string; text: string }
  | { kind: "fence"; source: string; text: string; language: string };

// A fence is a line of its own that opens, and one of its own that closes.
const fences = /(?<=^|\n)```([^\n`]*)\n(?:([\s\S]*?)\n)??```[ \t]*(?=\n|$)/g;
// One or two ticks, so that `` `a` `` can be shown too; never over a line's end.
const codes = /(?<!`)(`{1,2})(?!`)([^\n]+?)(?<!`)\1(?!`)/g;
// Invisible characters end a link: they could make it look like another one.
const links = /(?<![\p{L}\p{N}])(?:https?:\/\/|mailto:)[^\s<>"`\p{Cc}\p{Cf}]+/giu;
const trailing = ".,;:!?'*_~\u2026\u3001\u3002\uff0c\uff01\uff1f\u00bb\u201d\u2019\u300d\u300f";
const opening = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
]);
const protocols = ["http:", "https:", "mailto:"];

/** Finds links, `code` and fenced code in a message; everything else is text as it was written. */
export function parse(text: string): Part[] {
  return split(text, fences, fence, (rest) =>
    split(rest, codes, code, (rest) => split(rest, links, link, (source) => [{ kind: "text", source }])),
  );
}

/** Cuts a text at what a pattern finds; `made` may take less than was found, or nothing. */
function split(
  text: string,
  pattern: RegExp,
  made: (found: RegExpMatchArray) => Part | null,
  between: (rest: string) => Part[],
): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(pattern)) {
    const part = made(found);
    if (part === null) continue;
    if (found.index > from) parts.push(...between(text.slice(from, found.index)));
    parts.push(part);
    from = found.index + part.source.length;
  }
  if (from < text.length) parts.push(...between(text.slice(from)));
  return parts;
}

function fence([source, language = "", text = ""]: RegExpMatchArray): Part {
  return { kind: "fence", source, text, language: language.trim() };
}

function code([source, , text = ""]: RegExpMatchArray): Part {
  // As in Markdown: a blank on both sides only keeps ticks apart.
  const isPadded = text.startsWith(" ") && text.endsWith(" ") && text.trim() !== "";
  return { kind: "code", source, text: isPadded ? text.slice(1, -1) : text };
}

function link([found]: RegExpMatchArray): Part | null {
  const source = withoutTail(found);
  // A lone "mailto:" parses, and leads nowhere.
  if (/^mailto:[^@]*$/i.test(source) || !URL.canParse(source)) return null;
  const { protocol, href } = new URL(source);
  return protocols.includes(protocol) ? { kind: "link", source, href } : null;
}

/** Leaves off the punctuation after a link, and the brackets that were opened before it. */
function withoutTail(found: string): string {
  const counts = new Map<string, number>();
  for (const char of found) counts.set(char, (counts.get(char) ?? 0) + 1);
  const count = (char: string): number => counts.get(char) ?? 0;
  let end = found.length;
  for (; end > 0; end--) {
    const last = found.charAt(end - 1);
    const open = opening.get(last);
    if (open !== undefined && count(last) > count(open)) counts.set(last, count(last) - 1);
    else if (!trailing.includes(last)) break;
  }
  return found.slice(0, end);
}
