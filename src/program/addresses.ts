import { networkInterfaces } from "node:os";

/**
 * The addresses under which other machines may reach this one: IPv4 first, then IPv6.
 *
 * @param listening  The address on which the relay listens; "0.0.0.0" and "::" stand for all.
 */
export function reachableAddresses(listening: string): string[] {
  if (listening !== "0.0.0.0" && listening !== "::") return [listening];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = all.filter(({ internal, address }) => !internal && !isLinkLocal(address));
  const v4 = outside.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  if (listening === "0.0.0.0") return [...new Set(v4)];
  const v6 = outside.filter(({ family }) => family === "IPv6").map(({ address }) => address);
  return [...new Set([...v4, ...v6])];
}

/** Of no use to others without the name of an interface of theirs (fe80::) or without a DHCP server (169.254.). */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address) || address.startsWith("169.254.");
}
