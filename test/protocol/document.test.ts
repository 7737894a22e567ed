import { describe, expect, test } from "bun:test";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { closeCodes } from "../../src/wire/closes.ts";
import { errorCodes } from "../../src/wire/errors.ts";
import { transferAnswers } from "../../src/wire/file-frames.ts";
import { limits, wireVersion } from "../../src/wire/limits.ts";
import { helloText } from "../../src/wire/prelude.ts";
import { Document, isPlayed, type Language } from "./document.ts";
import { entryKinds, entryTables, fieldsOf, schemas } from "./schemas.ts";

const english = await Document.read("en");
const indonesian = await Document.read("id");

/** The words in which the two documents say the same. */
const words = {
  en: {
    required: ["yes", "no"],
    closes: ["yes", "no"],
    never: "never",
    atOnce: "at once",
    thousands: ",",
    name: "Name",
    code: "Code",
    errors: "16.2",
    value: "Value",
    sides: ["client", "relay"],
    parts: ["**Purpose.**", "**Parameters.**", "**Result on success.**", "**Result on failure.**"],
    example: "**Example.**",
    norm: /\b(MUST|SHOULD|MAY)\b/,
  },
  id: {
    required: ["ya", "tidak"],
    closes: ["ya", "tidak"],
    never: "tidak",
    atOnce: "segera",
    thousands: ".",
    name: "Nama",
    code: "Kode",
    errors: "16.2",
    value: "Nilai",
    sides: ["klien", "relay"],
    parts: ["**Tujuan.**", "**Parameter.**", "**Result.**", "- Berhasil: ", "- Gagal: "],
    example: "**Contoh.**",
    norm: /\b(HARUS|TIDAK BOLEH|SEBAIKNYA|BOLEH)\b/,
  },
} as const satisfies Record<Language, object>;

for (const document of [english, indonesian]) {
  const word = words[document.language];
  const bare = (cell: string | undefined) => cell?.replaceAll("`", "");

  describe(`${document.path} says what the schemas say:`, () => {
    for (const [name, schema] of schemas) {
      const fields = fieldsOf(schema);
      if (fields.length === 0) continue;
      test(`the fields of ${name}`, () => {
        const rows = document.fields(name);
        expect(rows.map(([field, form, required]) => [bare(field), bare(form), required])).toEqual(
          fields.map((field) => [field.name, field.form, word.required[field.isRequired ? 0 : 1]]),
        );
        for (const [i, field] of fields.entries()) {
          const meaning = rows[i]?.[3] ?? "";
          expect(meaning).not.toBe("");
          if (document.language === "en" && field.meaning !== undefined) expect(meaning).toBe(field.meaning);
        }
      });
    }

    test("each table of fields is that of a schema, once", () => {
      const tables = document.fieldTables;
      expect(tables.filter((name) => !schemas.has(name))).toEqual([]);
      expect(tables.length).toBe(new Set(tables).size);
    });

    test("the limits", () => {
      const number = (cell: string) => Number(/^[\d.,]+/.exec(cell)?.[0].replaceAll(word.thousands, ""));
      const rows = document.table("6. ", word.name);
      expect(rows.map(([name, value = ""]) => [bare(name), number(value)])).toEqual(Object.entries(limits));
    });

    test("the error codes", () => {
      const retry = (ms: number | null) =>
        ms === null ? word.never : ms === 0 ? word.atOnce : `${grouped(ms, word.thousands)} ms`;
      const rows = document.table(word.errors, word.code);
      expect(rows.map(([code, closes, when]) => [bare(code), closes, when])).toEqual(
        Object.entries(errorCodes).map(([code, { closes, retryMs }]) => [
          code,
          word.closes[closes ? 0 : 1],
          retry(retryMs),
        ]),
      );
      for (const row of rows) expect(row.filter((cell) => cell === "")).toEqual([]);
    });

    test("the close codes", () => {
      const rows = document.table("18.2", word.code);
      expect(rows.map(([code, name]) => [bare(name), Number(code)])).toEqual(Object.entries(closeCodes));
    });
  });

  describe(`${document.path} keeps its form:`, () => {
    for (const name of schemas.keys()) {
      const [group, frame = ""] = name.split("/");
      if (group !== "client" && group !== "relay" && group !== "transfer") continue;
      const isAnswer = group === "relay" || (group === "transfer" && Object.hasOwn(transferAnswers, frame));
      test(`${name} has a section, or stands in the table of pings`, () => {
        const title = `\`${frame}\` (${group === "transfer" ? group : word.sides[group === "client" ? 0 : 1]})`;
        if (frame === "ping" || frame === "pong") {
          expect(document.lines.filter((line) => line.startsWith(`| ${title} |`))).toHaveLength(1);
          return;
        }
        const headings = document.headings.filter((heading) => heading.endsWith(` ${title}`));
        expect(headings).toHaveLength(1);
        const section = document.sectionOf(headings[0] ?? "");
        expect(section).toContain(word.parts[0]);
        expect(section).toContain(`<!-- fields ${name} -->`);
        if (isAnswer) return;
        for (const part of word.parts) expect(section).toContain(part);
        const exampleBehind = frame === "typing" ? "```wire" : "";
        if (exampleBehind === "")
          expect(section.includes("```wire") || section.includes(word.example)).toBe(true);
      });
    }

    test("every requirement has an id of its own", () => {
      expect(document.requirements.length).toBeGreaterThan(100);
      expect(document.requirements.length).toBe(new Set(document.requirements).size);
    });

    test("every requirement binds, and nothing else does", () => {
      expect(document.items.length).toBe(document.requirements.length);
      expect(document.items.filter((item) => !word.norm.test(item))).toEqual([]);
      const itemLines = new Set(document.items);
      const explained = document.sectionOf(
        document.headings.find((heading) => heading.startsWith("1.1 ")) ?? "",
      );
      const loose = document.prose
        .join("\n")
        .replace(explained, "")
        .split(/\n(?=- |\n)/)
        .map((paragraph) => paragraph.replaceAll(/\n\s*/g, " ").trim())
        .filter((paragraph) => word.norm.test(paragraph) && !itemLines.has(paragraph));
      expect(loose).toEqual([]);
    });

    test("every § and every R- in its text leads somewhere", () => {
      const numbers = new Set(document.headings.map((heading) => heading.split(/\.? /)[0]));
      const text = document.prose.join("\n");
      const sections = [...text.matchAll(/(?<!RFC \d+ )§(\d+(?:\.\d+)?)/g)].map(([, number]) => number);
      expect(sections.filter((number) => !numbers.has(number))).toEqual([]);
      const ids = [...text.matchAll(/R-[A-Z0-9]+-\d+/g)].map(([id]) => id);
      expect(ids.filter((id) => !document.requirements.includes(id))).toEqual([]);
    });

    test("every link to a chapter leads to its heading", () => {
      const anchors = new Set(document.headings.map(anchorOf));
      const links = [...document.prose.join("\n").matchAll(/\]\(#([^)]+)\)/g)].map(
        ([, anchor]) => anchor ?? "",
      );
      expect(links.length).toBeGreaterThan(20);
      expect(links.filter((link) => !anchors.has(link))).toEqual([]);
    });

    test("a fence is marked by one of the words of §1.3", () => {
      const marks = new Set(document.fences.map(({ mark }) => mark));
      const explained = document.sectionOf(
        document.headings.find((heading) => heading.startsWith("1.3 ")) ?? "",
      );
      expect([...marks].filter((mark) => !explained.includes(`\`${mark}\``))).toEqual([]);
    });

    test("the version is that of the program", () => {
      expect(document.lines[0]?.endsWith(` ${wireVersion}`)).toBe(true);
    });

    test("§7.6 R-HELLO-1: the worked signature is that of the form of §7.4", () => {
      const [seed, key, nonce, server, , bytes, signature] = document
        .table("7.6", document.language === "en" ? "What" : "Apa")
        .map((row) => bare(row[1]) ?? "");
      const text = helloText({
        type: "challenge",
        nonce: nonce ?? "",
        server: server ?? "",
        fingerprint: null,
      });
      expect(Buffer.from(text).toString("hex")).toBe(bytes ?? "");
      const der = Buffer.concat([
        Buffer.from("302e020100300506032b657004220420", "hex"),
        Buffer.from(seed ?? "", "hex"),
      ]);
      const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
      expect(createPublicKey(privateKey).export({ format: "jwk" }).x).toBe(key);
      expect(sign(null, Buffer.from(text), privateKey).toString("base64url")).toBe(signature ?? "");
      const form =
        document.fences.find(({ section, mark }) => section === "7.4" && mark === "text")?.text ?? "";
      const filled = ["pendopo-hello-1", nonce, server, "plain"];
      expect(form.trimEnd().split("\n")).toHaveLength(filled.length);
      expect(text).toBe(filled.join("\n"));
    });
  });
}

describe("Both documents are one:", () => {
  test("the same requirements in the same order", () => {
    expect(indonesian.requirements).toEqual([...english.requirements]);
  });

  test("the same chapters and sections in the same order", () => {
    const numbers = (document: Document) =>
      document.headings.map((heading) => heading.replace(/^(Appendix|Lampiran) /, "").split(" ")[0]);
    expect(numbers(indonesian)).toEqual(numbers(english));
  });

  test("the same tables of fields in the same order", () => {
    expect(indonesian.fieldTables).toEqual(english.fieldTables);
  });

  test("the same examples, but for the words that people say", () => {
    const shape = (document: Document) =>
      document.fences
        .filter(isPlayed)
        .map(({ section, info, text }) => [section, info, text.split("\n").map(shapeOf)]);
    expect(shape(indonesian)).toEqual(shape(english));
  });
});

test("Every kind of entry has a table", () => {
  expect(new Set(entryTables)).toEqual(new Set(entryKinds));
});

test("What the source says of the document is there", async () => {
  const missing: string[] = [];
  for await (const path of new Bun.Glob("src/**/*.ts").scan(".")) {
    const source = await Bun.file(path).text();
    for (const [, title = ""] of source.matchAll(/@see docs\/PROTOCOL\.md "([^"]+)"/g)) {
      if (!english.headings.some((heading) => heading.endsWith(title))) missing.push(`${path}: "${title}"`);
    }
    for (const [, number = ""] of source.matchAll(/@see docs\/PROTOCOL\.md §([\d.]*\d)/g)) {
      if (!english.headings.some((heading) => heading.split(/\.? /)[0] === number))
        missing.push(`${path}: §${number}`);
    }
  }
  expect(missing).toEqual([]);
});

/** What a line of an example does, without its words. */
function shapeOf(line: string): string {
  if (line.startsWith("#")) return "#";
  const [, closer] = /^([CSO]\w*) (?:closes|menutup)$/.exec(line) ?? [];
  if (closer !== undefined) return closer;
  const [, reset] = /^(O\d*) (?:is reset|direset)$/.exec(line) ?? [];
  return reset ?? /^[CS]\w*: (?:\{"type":"\w+")?|^O\d*[<>] /.exec(line)?.[0] ?? line;
}

function grouped(number: number, separator: string): string {
  return String(number).replace(/(?<=\d)(?=(\d{3})+$)/g, separator);
}

/** The anchor that a heading gets where the document is read, as on GitHub. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
