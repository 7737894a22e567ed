/** A fenced block: ```mark info, and what stands in it. */
export type Fence = { mark: string; info: string; text: string; section: string; line: number };

/** Whether a fence is an example that the player plays. */
export function isPlayed({ mark }: Fence): boolean {
  return mark === "wire" || mark === "dialect";
}

/** A table below a comment `<!-- fields NAME -->`, or below a heading. */
export type Row = string[];

export type Language = "en" | "id";

const paths = { en: "docs/PROTOCOL.md", id: "docs/PROTOKOL.md" };

/** One of the two protocol documents, as the tests read it. */
export class Document {
  readonly lines: readonly string[];
  readonly fences: readonly Fence[];
  /** Titles of chapters and sections, without their numbers' leading marks: "9.1 `join` (client)". */
  readonly headings: readonly string[];

  private constructor(
    readonly language: Language,
    readonly path: string,
    text: string,
  ) {
    this.lines = text.split("\n");
    this.fences = fencesOf(this.lines);
    this.headings = this.lines.flatMap((line) => /^#{2,3} (.*)$/.exec(line)?.[1] ?? []);
  }

  static async read(language: Language): Promise<Document> {
    const path = paths[language];
    return new Document(language, path, await Bun.file(path).text());
  }

  /** The document without its fences: fences quote, the rest says. */
  get prose(): string[] {
    let isFenced = false;
    return this.lines.filter((line) => {
      const isMark = line.startsWith("```");
      if (isMark) isFenced = !isFenced;
      return !isFenced && !isMark;
    });
  }

  /** Names behind `<!-- fields`, in order. */
  get fieldTables(): string[] {
    return this.lines.flatMap((line) => /^<!-- fields (\S+) -->$/.exec(line)?.[1] ?? []);
  }

  /** Rows of the table below `<!-- fields NAME -->`, without its head. */
  fields(name: string): Row[] {
    return this.#rowsFrom(this.lines.indexOf(`<!-- fields ${name} -->`) + 1);
  }

  /** Rows of the first table whose head has this first column and which stands in a section with this number. */
  table(section: string, firstColumn: string): Row[] {
    const from = this.lines.findIndex((line) => line.startsWith("#") && line.includes(` ${section}`));
    if (from < 0) throw new Error(`${this.path} has no section ${section}`);
    const head = this.lines.findIndex((line, i) => i > from && line.startsWith(`| ${firstColumn} |`));
    if (head < 0) throw new Error(`${this.path} has no table "${firstColumn}" in section ${section}`);
    return this.#rowsFrom(head);
  }

  /** Requirement ids, in order, each where it is laid down. */
  get requirements(): string[] {
    return this.prose.flatMap((line) => /^- \*\*\[(R-[A-Z0-9]+-\d+)\]\*\* /.exec(line)?.[1] ?? []);
  }

  /** List items that lay down a requirement, joined to one line each. */
  get items(): string[] {
    const items: string[] = [];
    for (const line of this.prose) {
      if (line.startsWith("- ")) items.push(line);
      else if (line.startsWith("  ") && items.length > 0) items.push(`${items.pop()} ${line.trim()}`);
      else if (line.trim() !== "") items.push("");
    }
    return items.filter((item) => item.startsWith("- **[R-"));
  }

  /** The text of a section: from its heading to the next one of the same or a higher rank. */
  sectionOf(heading: string): string {
    const from = this.lines.findIndex(
      (line) => /^#{2,3} /.test(line) && line.replace(/^#+ /, "") === heading,
    );
    const to = this.lines.findIndex((line, i) => i > from && /^#{2,3} /.test(line));
    return this.lines.slice(from, to < 0 ? undefined : to).join("\n");
  }

  #rowsFrom(head: number): Row[] {
    const rows: Row[] = [];
    for (let i = head + 2; this.lines[i]?.startsWith("|"); i++) rows.push(cellsOf(this.lines[i] ?? ""));
    return rows;
  }
}

function cellsOf(line: string): Row {
  return line
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());
}

function fencesOf(lines: readonly string[]): Fence[] {
  const fences: Fence[] = [];
  let open: Fence | undefined;
  let section = "";
  lines.forEach((line, i) => {
    if (open === undefined) {
      section = /^#{2,3} ([\w.]+)/.exec(line)?.[1] ?? section;
      const [, mark, info] = /^```(\w+) ?(.*)$/.exec(line) ?? [];
      if (mark !== undefined) open = { mark, info: info ?? "", text: "", section, line: i + 1 };
    } else if (line === "```") {
      fences.push(open);
      open = undefined;
    } else {
      open.text += `${line}\n`;
    }
  });
  return fences;
}
