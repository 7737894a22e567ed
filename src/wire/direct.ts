const pattern = /^@m([1-9][0-9]{0,15})\+m([1-9][0-9]{0,15})$/;

/** The two members of a conversation of two, by number, the lower one first. */
export type Pair = { low: number; high: number };

/** The number of a member's id on the wire; undefined for what is none. */
export function memberNumber(wireId: string): number | undefined {
  const digits = /^m([1-9][0-9]{0,15})$/.exec(wireId)?.[1];
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * The id of the room of two members: the same for both.
 *
 * @returns  undefined for one and the same member.
 * @see docs/PROTOCOL.md §9.6
 */
export function directRoom(one: number, other: number): string | undefined {
  return one === other ? undefined : `@m${Math.min(one, other)}+m${Math.max(one, other)}`;
}

/** The two to whom a room belongs; undefined for a room of any other kind, and for a spelling that `directRoom` never makes. */
export function pairOf(room: string): Pair | undefined {
  const [, first, second] = pattern.exec(room) ?? [];
  const low = Number(first);
  const high = Number(second);
  return Number.isSafeInteger(low) && Number.isSafeInteger(high) && low < high ? { low, high } : undefined;
}

/** The one of the two that a member talks to; undefined for somebody else. */
export function otherOf({ low, high }: Pair, member: number): number | undefined {
  if (member === low) return high;
  return member === high ? low : undefined;
}
