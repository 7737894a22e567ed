import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { recordingOf, said } from "../../recordings/recordings.ts";
import { type Read, type Understood, understood } from "./client.ts";

const chat = (...reads: Read[]) => understood(reads, { login: false });
const text = (words: string): Understood => ({ text: words });
const file = (name: string, bytes: string | Uint8Array): Understood => ({
  file: name,
  bytes: Buffer.from(bytes as string),
});
const header = (name: string, size: number): Read[] => [
  [500, "FILE"],
  [100, `client_${name}`],
  [100, String(size)],
];

describe("R-2021-13: A text", () => {
  test("is a read, and loses the line ends at its end alone", () => {
    expect(chat([0, "  two blanks  "], [50, "one\ntwo\r\n"], [50, "\n"])).toEqual([
      text("  two blanks  "),
      text("one\ntwo"),
    ]);
  });

  test("is waited for when it was cut within a letter", () => {
    const bytes = Buffer.from("Grüße");
    expect(chat([0, bytes.subarray(0, 3)], [40, bytes.subarray(3)])).toEqual([text("Grüße")]);
  });

  test("of several segments is one", () => {
    const long = "x".repeat(1460);
    expect(chat([0, long], [0, long], [40, "the end"], [200, "next"])).toEqual([
      text(`${long}${long}the end`),
      text("next"),
    ]);
  });

  test("that is no UTF-8 is told apart", () => {
    expect(chat([0, Uint8Array.of(0x41, 0xff)], [99, "well"])).toEqual([{ garbled: true }, text("well")]);
  });
});

describe("R-2021-20: FILE is a text", () => {
  test("when nothing follows, as when no file was chosen", () => {
    expect(chat([0, "FILE"])).toEqual([text("FILE")]);
  });
  test("when another text follows, soon or late", () => {
    expect(chat([0, "FILE"], [100, "hello"])).toEqual([text("FILE"), text("hello")]);
    expect(chat([0, "FILE"], [9000, "client_a.txt"], [100, "5"])).toEqual([
      text("FILE"),
      text("client_a.txt"),
      text("5"),
    ]);
  });
  test("when it is part of one", () => {
    expect(chat([0, "FILES"], [99, "the FILE"], [99, "FILE it"], [99, "F"], [99, "FI"])).toEqual(
      ["FILES", "the FILE", "FILE it", "F", "FI"].map(text),
    );
  });
  test("when a name follows and no size", () => {
    expect(chat([0, "FILE"], [100, "client_x"], [100, "hello"])).toEqual(
      ["FILE", "client_x", "hello"].map(text),
    );
  });
  test("and nothing at all when a file dialog was closed", () => {
    expect(chat([0, "FILE"], [100, "client_"], [5000, "hello"])).toEqual([text("hello")]);
    expect(chat([0, "FILE"], [100, "client_"], [100, "12"])).toEqual([text("12")]);
    expect(chat([0, "FILEclient_"])).toEqual([]);
  });
});

describe("R-2021-20: A file is read", () => {
  test("and what comes in the same read as its last byte is the next message", () => {
    expect(chat(...header("a.txt", 5), [100, "helloand a text"])).toEqual([
      file("a.txt", "hello"),
      text("and a text"),
    ]);
    expect(
      chat(...header("a.txt", 5), [100, "helloFILE"], [100, "client_b.txt"], [100, "0"], [9, "next"]),
    ).toEqual([file("a.txt", "hello"), file("b.txt", ""), text("next")]);
  });
  test("of 0 bytes, without waiting for more", () => {
    expect(chat(...header("a.txt", 0), ...header("b.txt", 0))).toEqual([
      file("a.txt", ""),
      file("b.txt", ""),
    ]);
  });
  test("behind a text that ran together with its beginning", () => {
    expect(chat([0, "helloFILE"], ...header("a.txt", 2).slice(1), [100, "hi"])).toEqual([
      text("hello"),
      file("a.txt", "hi"),
    ]);
  });
  test("whose name ends with digits", () => {
    expect(chat(...header("photo1", 3), [100, "123"])).toEqual([file("photo1", "123")]);
    expect(chat(...header("a.mp4", 3), [100, "123"])).toEqual([file("a.mp4", "123")]);
  });
  test("whose name is not ASCII", () => {
    expect(chat(...header("Tugas 漢字 😀.txt", 2), [100, "hi"])).toEqual([file("Tugas 漢字 😀.txt", "hi")]);
  });
});

describe("R-2021-20 R-2021-5: Where the pauses of a header were lost, it is read", () => {
  const name = "client_note.txt";
  for (const [what, reads] of [
    [
      "between FILE and the name",
      [
        [0, `FILE${name}`],
        [100, "7"],
        [100, "2 bytes"],
      ],
    ],
    [
      "between the name and the size",
      [
        [0, "FILE"],
        [100, `${name}7`],
        [100, "x bytes"],
      ],
    ],
    [
      "between the size and the bytes",
      [
        [0, "FILE"],
        [100, name],
        [100, "7x bytes"],
      ],
    ],
    [
      "between the size and bytes that begin with a digit",
      [
        [0, "FILE"],
        [100, name],
        [100, "72 bytes"],
      ],
    ],
    ["everywhere", [[0, `FILE${name}7x bytes`]]],
    ["everywhere, and a text behind it", [[0, `FILE${name}7x bytesafter`]]],
    [
      "everywhere but within",
      [
        [0, `FI`],
        [3, `LE${name}7x b`],
        [3, "ytes"],
      ],
    ],
  ] as [string, Read[]][]) {
    test(what, () => {
      const [first, second] = chat(...reads);
      expect(first).toEqual(
        file("note.txt", what.includes("digit") || what.includes("FILE and") ? "2 bytes" : "x bytes"),
      );
      expect(second).toEqual(what.includes("behind it") ? text("after") : undefined);
    });
  }

  test("a file of 0 bytes, once nothing more has come", () => {
    expect(chat([0, "FILEclient_empty.bin0"])).toEqual([file("empty.bin", "")]);
  });

  test("in the recordings, with any of them glued", () => {
    for (const name of ["file_512", "file_text", "file_empty", "file_200k"]) {
      const messages = said(recordingOf(name), "client").slice(2);
      const separate = chat(...messages.map(({ bytes }): Read => [100, bytes]));
      for (let from = 0; from < messages.length - 1; from++) {
        for (let to = from + 1; to < messages.length; to++) {
          const glued = Buffer.concat(messages.slice(from, to + 1).map(({ bytes }) => bytes));
          const reads = [
            ...messages.slice(0, from).map(({ bytes }) => bytes),
            glued,
            ...messages.slice(to + 1).map(({ bytes }) => bytes),
          ];
          expect(chat(...reads.map((bytes): Read => [100, bytes]))).toEqual(separate);
        }
      }
    }
  });
});

test("R-2021-20: A file's bytes arrive whole however they are cut, whatever they are", () => {
  const word = fc.string({
    unit: fc.constantFrom(..."FILE client_0123456789.x"),
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(word, fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 9 }), (body, cuts) => {
      const bytes = Buffer.from(body);
      const reads: Read[] = [];
      let from = 0;
      for (const length of [...cuts, bytes.length]) {
        if (from >= bytes.length) break;
        reads.push([reads.length === 0 ? 100 : 3, bytes.subarray(from, from + length)]);
        from += length;
      }
      expect(chat(...header("any.bin", bytes.length), ...reads, [200, "after"])).toEqual([
        file("any.bin", bytes),
        text("after"),
      ]);
    }),
  );
});

test("No bytes make the reader throw, or keep it from the text that follows", () => {
  const anyReads = fc.array(
    fc.tuple(
      fc.nat(2000),
      fc.oneof(fc.uint8Array({ minLength: 1 }), fc.constantFrom("FILE", "client_", "client_a", "3")),
    ),
  );
  fc.assert(fc.property(anyReads, (reads) => void chat(...(reads as Read[]))));
});
