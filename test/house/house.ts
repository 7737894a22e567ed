// The house rule (docs: CONTRIBUTING.md): who may import whom, and what a room of the house must not touch.

import { posix } from "node:path";
import { SyntaxKind } from "typescript/unstable/ast";
import { createScanner } from "typescript/unstable/ast/scanner";

/** One breach of the rule, as a sentence. */
export type Breach = string;

interface Room {
  /** The rooms that it may import, besides itself. */
  imports: string[];
  /** Modules that it must not import. */
  modules?: RegExp;
  /** Globals that it must not name. */
  globals?: string[];
}

const ROOMS: Record<string, Room> = {
  wire: {
    imports: [],
    modules: /^(node|bun):|^bun$/,
    globals: ["Bun", "process", "Buffer", "document", "window", "navigator", "localStorage", "location"],
  },
  room: {
    imports: ["wire"],
    modules: /^bun$|^bun:|^node:(net|tls|dgram|http|https|http2|fs|fs\/promises|sqlite)$/,
    globals: ["Bun", "document", "window"],
  },
  ui: { imports: ["wire"], modules: /^(node|bun):|^bun$/, globals: ["Bun", "Buffer"] },
  store: { imports: ["room", "wire"], globals: ["document", "window"] },
  relay: { imports: ["room", "wire"], globals: ["document", "window"] },
  bridge: { imports: ["room", "wire"], globals: ["document", "window"] },
  program: { imports: ["wire"], globals: ["document", "window"] },
};

/** The one file that knows every room. */
const MAIN = "src/main.ts";

/**
 * Checks one source file.
 *
 * @param path    From the root of the project, e.g. "src/room/log.ts".
 * @param source  Its text.
 * @returns       The breaches, in the order of the file.
 */
export function check(path: string, source: string): Breach[] {
  const [, name = ""] = path.split("/");
  const room = ROOMS[name];
  if (path !== MAIN && !room)
    return [`${path} is in no room of the house (${Object.keys(ROOMS).join(", ")})`];

  const { modules, globals } = read(source);
  const breaches: Breach[] = [];
  for (const module of modules) {
    const why = room ? mayNotImport(path, name, room, module) : mayMainNotImport(module);
    if (why) breaches.push(`${path} imports "${module}": ${why}`);
  }
  for (const global of globals) {
    if (room?.globals?.includes(global)) breaches.push(`${path} names ${global}: ${name} must not know it`);
  }
  return breaches;
}

function mayNotImport(path: string, name: string, room: Room, module: string): string | undefined {
  if (!module.startsWith(".")) {
    return room.modules?.test(module) ? `${name} must do without it` : undefined;
  }
  const target = posix.join(posix.dirname(path), module);
  const [top, to = ""] = target.split("/");
  if (top !== "src") return "it is outside of src";
  if (target === MAIN) return "nobody imports main.ts";
  if (to === name || room.imports.includes(to)) return undefined;
  return `${name} may import ${room.imports.join(" and ") || "nothing of ours"}`;
}

function mayMainNotImport(module: string): string | undefined {
  if (!module.startsWith(".")) return undefined;
  const target = posix.join("src", module);
  return target.startsWith("src/") || target === "package.json" ? undefined : "it is outside of src";
}

interface Token {
  kind: SyntaxKind;
  text: string;
}

/**
 * Reads which modules a source names: import, import type, export from, import(), import("...").Type, require(), and
 * new URL("./...") as for workers; and which identifiers stand alone in it. By tokens, so that words in comments and
 * strings do not count, and because a bundler's own list leaves types out.
 */
function read(source: string): { modules: string[]; globals: Set<string> } {
  const tokens = tokenize(source);
  const modules: string[] = [];
  const globals = new Set<string>();
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    const after = tokens[i + 1];
    if (token.kind === SyntaxKind.StringLiteral || token.kind === SyntaxKind.NoSubstitutionTemplateLiteral) {
      const opener = before?.text === "(" ? tokens[i - 2]?.text : before?.text;
      if (["from", "import", "require"].includes(opener ?? "")) modules.push(token.text);
      if (opener === "URL" && token.text.startsWith(".")) modules.push(token.text);
    }
    if (token.kind === SyntaxKind.Identifier) {
      const isMember = before?.text === "." || before?.text === "?.";
      const isKey =
        (after?.text === ":" || after?.text === "?") &&
        (before?.text === "{" || before?.text === "," || before?.text === ";" || before?.text === "readonly");
      if (!isMember && !isKey) globals.add(token.text);
    }
  });
  return { modules, globals };
}

function tokenize(source: string): Token[] {
  const scanner = createScanner(true);
  scanner.setText(source);
  const tokens: Token[] = [];
  // Open braces; true: that of a template's ${, whose closing one goes on with the template.
  const braces: boolean[] = [];
  for (;;) {
    let kind = scanner.scan();
    if (kind === SyntaxKind.EndOfFile) return tokens;
    if (isSlash(kind) && mayStartRegExp(tokens.at(-1))) kind = scanner.reScanSlashToken();
    if (kind === SyntaxKind.OpenBraceToken) braces.push(false);
    if (kind === SyntaxKind.TemplateHead) braces.push(true);
    if (kind === SyntaxKind.CloseBraceToken && braces.pop()) {
      kind = scanner.reScanTemplateToken(false);
      if (kind === SyntaxKind.TemplateMiddle) braces.push(true);
    }
    const isText = kind === SyntaxKind.StringLiteral || kind === SyntaxKind.NoSubstitutionTemplateLiteral;
    tokens.push({ kind, text: isText ? scanner.getTokenValue() : scanner.getTokenText() });
  }
}

function isSlash(kind: SyntaxKind): boolean {
  return kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken;
}

/** A slash after a value divides. After `)` it is taken to divide too: no file of ours has `if (x) /re/.test(y)`. */
function mayStartRegExp(before: Token | undefined): boolean {
  if (!before) return true;
  const endsValue = [
    SyntaxKind.Identifier,
    SyntaxKind.NumericLiteral,
    SyntaxKind.BigIntLiteral,
    SyntaxKind.StringLiteral,
    SyntaxKind.RegularExpressionLiteral,
    SyntaxKind.NoSubstitutionTemplateLiteral,
    SyntaxKind.TemplateTail,
    SyntaxKind.CloseParenToken,
    SyntaxKind.CloseBracketToken,
    SyntaxKind.CloseBraceToken,
    SyntaxKind.ThisKeyword,
  ];
  return !endsValue.includes(before.kind);
}
