import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../../src/wire/limits.ts";
import { checkName, checkRoom, suggestName } from "../../src/wire/names.ts";
import { charCount } from "../../src/wire/utf8.ts";
import { anyText } from "./arbitraries.ts";

/** The name as it is shown, or the problem in brackets. */
const shown = (raw: string) => {
  const checked = checkName(raw);
  return checked.ok ? checked.name : `(${checked.problem})`;
};

/** The form for comparing. */
const fold = (raw: string) => {
  const checked = checkName(raw);
  if (!checked.ok) throw new Error(`"${raw}" is no name: ${checked.problem}`);
  return checked.fold;
};

describe("A name", () => {
  test("may be of any script", () => {
    for (const name of ["Ada", "Łukasz", "José", "小林", "Ольга", "علی‌رضا", "ศรี", "O'Neil-2", "👩‍💻", "🏳️‍🌈"])
      expect(shown(name)).toBe(name.normalize("NFC"));
  });

  test("is shown in NFC", () => {
    expect(shown("Jose\u0301")).toBe("José");
  });

  test("loses the white space around it, and has single blanks inside", () => {
    expect(shown(" \t Ada \n\u3000 Lovelace\u00a0")).toBe("Ada Lovelace");
  });

  test("may not be empty, nor be of characters alone that nobody can see", () => {
    for (const raw of ["", "  ", "\n", "\u200d", "\u200c\u200d", "\u3164", "\u115f", "\ufe0f"]) {
      expect(shown(raw)).toBe("(empty)");
    }
  });

  test("may not hold controls, bidi controls, invisible formatting, private use or lone surrogates", () => {
    for (const bad of [
      "\u0000",
      "\u001b",
      "\u007f",
      "\u0085",
      "\u00ad",
      "\u200b",
      "\u200e",
      "\u202e",
      "\u2066",
    ])
      expect(shown(`a${bad}b`)).toBe("(characters)");
    for (const bad of ["\u2060", "\ue000", "\ud83d", "\ude00", "\u{e0041}", "\u{f0000}", "\u180e"])
      expect(shown(`a${bad}b`)).toBe("(characters)");
  });

  test("is as long as it has code points", () => {
    const { nameCharsMax } = limits;
    expect(shown("😀".repeat(nameCharsMax))).toBe("😀".repeat(nameCharsMax));
    expect(shown("😀".repeat(nameCharsMax + 1))).toBe("(too-long)");
    // Composed it is half as long.
    expect(shown("e\u0301".repeat(nameCharsMax))).toBe("é".repeat(nameCharsMax));
    expect(shown(` ${"a".repeat(nameCharsMax)} `)).toBe("a".repeat(nameCharsMax));
  });

  test("that has been checked is checked once for all", () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        const checked = checkName(raw);
        fc.pre(checked.ok);
        expect(checkName(checked.name)).toEqual(checked);
        expect(charCount(checked.name)).toBeLessThanOrEqual(limits.nameCharsMax);
      }),
      { numRuns: 500 },
    );
  });
});

describe("Two names are the same", () => {
  const same: [one: string, other: string][] = [
    ["Ada", "ADA"],
    ["Ada", " ada "],
    ["Jose\u0301", "JOSÉ"],
    ["ｗｉｄｅ", "wide"],
    ["ﬁne", "FINE"],
    ["①", "1"],
    ["Στέφανος", "ΣΤΈΦΑΝΟΣ"],
    ["straße", "STRASSE"],
    ["straße", "STRAẞE"],
    ["ſam", "Sam"],
    ["علی‌رضا", "علیرضا"],
    ["🏳️‍🌈", "🏳🌈"],
    ["a\u00a0b", "a b"],
  ];
  for (const [one, other] of same) {
    test(`${one} and ${other}`, () => expect(fold(one)).toBe(fold(other)));
  }

  test("whose letters differ in case alone, for every letter there is", () => {
    const differing: string[] = [];
    for (let code = 0x21; code <= 0x1ffff; code++) {
      const char = String.fromCodePoint(code);
      const cases = [char, char.toUpperCase(), char.toLowerCase()];
      if (new Set(cases).size === 1 || !checkName(char).ok) continue;
      if (new Set(cases.map(fold)).size > 1) differing.push(char);
    }
    expect(differing).toEqual([]);
  });

  test("only then", () => {
    const names = ["Ada", "Adam", "Ada 2", "Bda", "Àda", "ada.", "Åda"];
    expect(new Set(names.map(fold)).size).toBe(names.length);
  });
});

describe("The id of a room", () => {
  test("keeps the rules of names, and may be longer", () => {
    expect(checkRoom(" Lobby  1 ")).toEqual({ ok: true, name: "Lobby 1", fold: "lobby 1" });
    expect(checkRoom("a".repeat(limits.roomCharsMax)).ok).toBe(true);
    expect(checkRoom("a".repeat(limits.roomCharsMax + 1))).toEqual({ ok: false, problem: "too-long" });
    expect(checkRoom("")).toEqual({ ok: false, problem: "empty" });
    expect(checkRoom("a\u202eb")).toEqual({ ok: false, problem: "characters" });
  });

  test('may hold "@", but not begin with it', () => {
    expect(checkRoom("a@b").ok).toBe(true);
    expect(checkRoom(" @ada")).toEqual({ ok: false, problem: "reserved" });
  });

  test('may not fold to one that begins with "@" either', () => {
    for (const raw of ["\uff20ada", "\ufe6bada", "\u200d@ada"]) {
      expect(checkRoom(raw)).toEqual({ ok: false, problem: "reserved" });
    }
  });
});

describe("A suggestion", () => {
  test("is the name with a number behind it", () => {
    expect(suggestName("Ada", 2)).toBe("Ada 2");
  });

  test("is a valid name, and another one, whatever the name", () => {
    const visible = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(visible, fc.integer({ min: 2, max: 999 }), (raw, attempt) => {
        const checked = checkName(raw);
        fc.pre(checked.ok);
        const suggestion = suggestName(checked.name, attempt);
        expect(shown(suggestion)).toBe(suggestion);
        expect(suggestion.endsWith(` ${attempt}`)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("of the longest name is cut between characters", () => {
    const suggestion = suggestName("😀".repeat(limits.nameCharsMax), 10);
    expect(suggestion).toBe(`${"😀".repeat(limits.nameCharsMax - 3)} 10`);
  });
});
