import { expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "../../../src/ui/models/markup.ts";

const links = (text: string) => parse(text).flatMap((part) => (part.kind === "link" ? [part.source] : []));
const pieces = fc.constantFrom(
  "`",
  "``",
  "```",
  "\n",
  " ",
  "http://a.b",
  "https://x.y/(z)",
  "mailto:a@b",
  "javascript:x",
  ".",
  ")",
  "(",
  "w",
  "\u202e",
);

test("The sources of the parts, joined, are the text", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 30 }).map((all) => all.join("")),
      ),
      (text) => {
        expect(
          parse(text)
            .map(({ source }) => source)
            .join(""),
        ).toBe(text);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("Every link leads to http, https or mailto", () => {
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 30 }).map((all) => all.join("")),
      (text) => {
        for (const part of parse(text))
          if (part.kind === "link") expect(part.href).toMatch(/^(https?|mailto):/);
      },
    ),
  );
});

test("Punctuation after a link, and brackets around it, do not belong to it", () => {
  expect(links("See https://pendopo.example/a, (http://b.example/c_(d)) or [https://e.example]!")).toEqual([
    "https://pendopo.example/a",
    "http://b.example/c_(d)",
    "https://e.example",
  ]);
  expect(links("https://a.example/?q=1&r=(2).\nnext")).toEqual(["https://a.example/?q=1&r=(2)"]);
  expect(links('<a href="http://a.example">')).toEqual(["http://a.example"]);
});

test("What is no link of a known kind stays text", () => {
  for (const text of [
    "javascript:alert(1)",
    "xhttp://a.b",
    "data:text/html,x",
    "mailto:",
    "http://",
    "file:///etc",
    "ftp://a",
  ]) {
    expect(parse(text)).toEqual([{ kind: "text", source: text }]);
  }
  expect(links("mailto:ada@example.org")).toEqual(["mailto:ada@example.org"]);
});

test("A link ends before an invisible character that could make it look like another", () => {
  expect(links("https://good.example/\u202emoc.live")).toEqual(["https://good.example/"]);
});

test("Code keeps what is in it, links too", () => {
  expect(parse("a `b http://c.d` e")).toEqual([
    { kind: "text", source: "a " },
    { kind: "code", source: "`b http://c.d`", text: "b http://c.d" },
    { kind: "text", source: " e" },
  ]);
  expect(parse("`` `x` ``")[0]).toEqual({ kind: "code", source: "`` `x` ``", text: "`x`" });
  expect(parse("a ` b\nc ` d").map(({ kind }) => kind)).toEqual(["text"]);
});

test("A fence keeps its lines and its language; one that is not closed is text", () => {
  expect(parse("before\n```ts\nconst a = `1`;\n\n```\nafter")).toEqual([
    { kind: "text", source: "before\n" },
    { kind: "fence", source: "```ts\nconst a = `1`;\n\n```", text: "const a = `1`;\n", language: "ts" },
    { kind: "text", source: "\nafter" },
  ]);
  expect(parse("```\n```")).toEqual([{ kind: "fence", source: "```\n```", text: "", language: "" }]);
  expect(parse("```\nopen").map(({ kind }) => kind)).toEqual(["text"]);
});

test("A long text of nothing but openings is read in no time", () => {
  const started = performance.now();
  parse("```\n".repeat(2_000) + "`a ".repeat(700));
  parse("```a\n".repeat(1_600));
  parse("`".repeat(8_192));
  parse("https://((((".repeat(680));
  parse(`https://a.b/${")".repeat(8_000)}`);
  expect(performance.now() - started).toBeLessThan(250);
});
