/**
 * The network of an address, as far as one person has it to themselves: an IPv4 address is its own; of an IPv6 address
 * it is the first 64 bits, for whoever has one has all 2^64 behind them (RFC 6177 §2).
 *
 * @param address  As the system writes it, also with a zone ("fe80::1%eth0") or an IPv4 address in it ("::ffff:1.2.3.4").
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const groups = groupsOf(address.replace(/%.*$/, ""));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return groups.slice(6).flatMap(bytesOf).join(".");
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (dotted) {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(1).map(Number);
    const groups = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
    return groupsOf(address.slice(0, dotted.index) + groups);
  }
  const [left = [], right] = address.split("::").map((half) => half.split(":").filter(Boolean).map(hex));
  if (right === undefined) return left;
  return [...left, ...Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right];
}

function hex(group: string): number {
  return Number.parseInt(group, 16);
}

function bytesOf(group: number): [number, number] {
  return [group >> 8, group & 0xff];
}
