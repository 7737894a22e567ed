import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Read, type Understood, understood } from "./client.ts";

const login = (user: string, room: string): Understood => ({ login: [user, room] });

describe("R-2021-8: A login is read", () => {
  const cases: [what: string, reads: Read[], expected: [user: string, room: string]][] = [
    [
      "with its pause of 100 ms",
      [
        [0, "alice"],
        [100, "room1"],
      ],
      ["alice", "room1"],
    ],
    [
      "when a busy machine shortened the pause to 13 ms",
      [
        [0, "alice"],
        [13, "room1"],
      ],
      ["alice", "room1"],
    ],
    [
      "when the user was cut",
      [
        [0, "al"],
        [5, "ice"],
        [100, "room1"],
      ],
      ["alice", "room1"],
    ],
    [
      "when the room was cut",
      [
        [0, "alice"],
        [100, "ro"],
        [9, "om"],
        [9, "1"],
      ],
      ["alice", "room1"],
    ],
    [
      "when a person types it in nc",
      [
        [0, "alice\n"],
        [3000, "room1\n"],
      ],
      ["alice", "room1"],
    ],
    ["when nc sends both in one read", [[0, "alice\nroom1\n"]], ["alice", "room1"]],
    [
      "when the line ends are CR LF",
      [
        [0, "alice\r\n"],
        [1000, "room1\r\n"],
      ],
      ["alice", "room1"],
    ],
    [
      "when Enter is pressed once too often",
      [
        [0, "\nalice\n"],
        [9, "\n"],
        [900, "room1\n"],
      ],
      ["alice", "room1"],
    ],
    [
      "without the words that the original server takes out",
      [
        [0, "superUser X"],
        [100, "Join 7"],
      ],
      ["superX", "7"],
    ],
    [
      "when both came in one read: all of it is the user",
      [
        [0, "aliceroom1"],
        [5000, "hello"],
      ],
      ["aliceroom1", "hello"],
    ],
  ];
  for (const [what, reads, expected] of cases) {
    test(what, () => expect(understood(reads)).toEqual([login(...expected)]));
  }

  test("when it was cut within letters", () => {
    const [user, room] = [Buffer.from("älice"), Buffer.from("räum 漢")];
    for (let i = 1; i < user.length; i++) {
      for (let j = 1; j < room.length; j++) {
        const reads: Read[] = [
          [0, user.subarray(0, i)],
          [3, user.subarray(i)],
          [100, room.subarray(0, j)],
          [3, room.subarray(j)],
        ];
        expect(understood(reads)).toEqual([login("älice", "räum 漢")]);
      }
    }
  });

  test("and what nc sent behind it is not lost", () => {
    expect(understood([[0, "alice\nroom1\nhello\nFILE\nworld"]])).toEqual([
      login("alice", "room1"),
      { text: "hello" },
      { text: "FILE" },
      { text: "world" },
    ]);
  });

  test("not before there is a room", () => {
    expect(understood([[0, "alice"]])).toEqual([]);
    expect(understood([[0, "alice\n"]])).toEqual([]);
  });
});

const word = fc
  .string({ unit: fc.constantFrom(..."abcäö漢😀 -"), minLength: 1, maxLength: 12 })
  .map((s) => `x${s}x`);

test("R-2021-5: A login is the same however its two messages are cut", () => {
  fc.assert(
    fc.property(word, word, fc.array(fc.nat(40), { maxLength: 4 }), fc.nat(15), (user, room, cuts, gapMs) => {
      const pieces = (message: string, firstMs: number): Read[] => {
        const bytes = Buffer.from(message);
        const at = [...new Set(cuts.map((n) => n % bytes.length))].filter((n) => n > 0).sort((a, b) => a - b);
        return [0, ...at].map((from, i) => [i === 0 ? firstMs : gapMs, bytes.subarray(from, at[i])]);
      };
      expect(understood([...pieces(user, 0), ...pieces(room, 100)])).toEqual([login(user, room)]);
    }),
  );
});

describe("R-2021-1: No login is", () => {
  for (const [what, bytes] of [
    ["a request of HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["another one", "POST /api HTTP/1.1\r\n\r\n"],
    ["a proxy's request", "CONNECT example.com:443 HTTP/1.1\r\n\r\n"],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a request of RTSP", "OPTIONS rtsp://camera RTSP/1.0\r\n\r\n"],
    ["a banner of SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["a hello of TLS", Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00)],
    ["a native frame behind a blank", ' {"type":"prelude"}\n'],
    ["bytes that are no text", Uint8Array.of(0x41, 0xff, 0xfe)],
    ["control characters", "ali\u0007ce"],
    ["more than two names can be", "x".repeat(1025)],
  ] as const) {
    test(what, () => {
      const all = Buffer.from(bytes as string);
      expect(understood([[0, all]])).toEqual([{ noise: true }]);
      for (let i = 1; i < Math.min(all.length, 40); i++) {
        expect(
          understood([
            [0, all.subarray(0, i)],
            [7, all.subarray(i)],
          ]).at(0),
        ).toEqual({ noise: true });
      }
    });
  }

  test("what no bytes can do is throw", () => {
    const anyReads = fc.array(fc.tuple(fc.nat(200), fc.uint8Array({ minLength: 1, maxLength: 40 })));
    fc.assert(fc.property(anyReads, (reads) => void understood(reads as Read[])));
  });
});
