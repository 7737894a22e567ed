import { expect, test } from "bun:test";
import { directRoom, memberNumber, otherOf, pairOf } from "../../src/wire/direct.ts";
import { checkRoom } from "../../src/wire/names.ts";

test("The room of two is the same for both, and is theirs", () => {
  expect(directRoom(7, 1)).toBe("@m1+m7");
  expect(directRoom(1, 7)).toBe("@m1+m7");
  expect(pairOf("@m1+m7")).toEqual({ low: 1, high: 7 });
  expect(otherOf({ low: 1, high: 7 }, 7)).toBe(1);
  expect(otherOf({ low: 1, high: 7 }, 1)).toBe(7);
  expect(otherOf({ low: 1, high: 7 }, 2)).toBeUndefined();
});

test("Nobody has a room of two alone", () => {
  expect(directRoom(3, 3)).toBeUndefined();
  expect(pairOf("@m3+m3")).toBeUndefined();
});

test("R-DIRECT-2: There is one spelling of each, and no other room can be spelled like one", () => {
  for (const id of [
    "@m7+m1",
    "@m01+m7",
    "@M1+m7",
    "@m1+m7 ",
    " @m1+m7",
    "@m1+m7+m8",
    "m1+m7",
    "＠m1+m7",
    "@m0+m1",
    "@m1+m9999999999999999",
  ])
    expect(pairOf(id)).toBeUndefined();
  for (const id of ["@m1+m7", "＠m1+m7", "\u200d@m1+m7", "﹫m1+m7"])
    expect(checkRoom(id)).toMatchObject({ ok: false });
});

test("A member's id has a number", () => {
  expect(memberNumber("m12")).toBe(12);
  for (const id of ["12", "m", "m0", "m1.5", "mm1", ""]) expect(memberNumber(id)).toBeUndefined();
});
