import { isIPv4, isIPv6 } from "node:net";
import type { JoinFailure } from "../wire/bridge-state.ts";
import { readShort } from "../wire/fingerprint.ts";
import { defaultRelayPort } from "../wire/limits.ts";

/** Where a relay listens; the host in its one spelling (`canonical`). */
export type Target = { host: string; port: number };

/** An address as it was read, or a sentence that says what to do. */
export type AddressCheck =
  | { ok: true; target: Target /** The short one, where there was one. */; fingerprint?: string }
  | { ok: false; code: JoinFailure /** What was typed, cut. */; typed: string; problem: string };

const hostName = /^(?=.{1,253}$)[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_.])?$/u;

/**
 * Reads the address of a relay as people write it: HOST, HOST:PORT, an IPv6 address bare or in brackets, [v6]:PORT;
 * behind any of them, as in an invite, /FINGERPRINT. (A slash means nothing to any shell, and chats leave it alone.)
 *
 * Also takes a whole invite line ("pendopo --connect HOST") and a pasted "http://HOST/", since both get pasted.
 *
 * @param raw  Whatever was typed; without a port it means 12345.
 */
export function parseAddress(raw: string): AddressCheck {
  const address = raw
    .trim()
    .replace(/^.*--connect[\s=]+/, "")
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/\/$/, "");
  if (address === "")
    return refuse("address-invalid", "", "Type the address of a server, such as 192.168.1.5");
  const [place = "", ...behind] = address.split("/");
  const { host: written, port } = split(place.normalize("NFC"));
  const typed = raw.trim().slice(0, 80).toWellFormed();
  const host = isHost(written) ? canonical(written) : "";
  if (!isHost(host)) {
    return refuse(
      "address-invalid",
      typed,
      `Type an address such as 192.168.1.5 or 192.168.1.5:12345: "${typed}" is none`,
    );
  }
  const fingerprint = behind.length === 0 ? undefined : readShort(behind.join("/"));
  if (behind.length > 0 && fingerprint === undefined) {
    return refuse(
      "address-fingerprint",
      typed,
      `Type the whole invite, or nothing behind the slash: "${typed}" has no fingerprint there`,
    );
  }
  const invited = fingerprint === undefined ? {} : { fingerprint };
  if (port === undefined) return { ok: true, target: { host, port: defaultRelayPort }, ...invited };
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65_535) {
    return refuse("address-port", typed, `Type a port from 1 to 65535 after the colon: "${typed}" has none`);
  }
  return { ok: true, target: { host, port: number }, ...invited };
}

/** Writes an address as `parseAddress` reads it; the usual port is left out. */
export function formatAddress(target: Target): string {
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return target.port === defaultRelayPort ? target.host : `${host}:${target.port}`;
}

/** Host and port; an empty host where the brackets are wrong. */
function split(address: string): { host: string; port?: string } {
  const bracketed = /^\[(.*)\](?::(.*))?$/.exec(address);
  if (bracketed) {
    const [, host = "", port] = bracketed;
    return withPort(isIPv6(host) ? host : "", port);
  }
  const [host = "", port, ...more] = address.split(":");
  // More than one colon without brackets: an IPv6 address that has no port.
  return more.length > 0 ? { host: address } : withPort(host, port);
}

function withPort(host: string, port: string | undefined): { host: string; port?: string } {
  return port === undefined ? { host } : { host, port };
}

function isHost(host: string): boolean {
  if (host.includes(":")) return isIPv6(host);
  // A resolver would take "1.2.3" for 1.2.0.3.
  if (/^[\d.]+$/.test(host)) return isIPv4(host);
  return hostName.test(host) && !host.includes("..");
}

/**
 * The one spelling of a host, since servers are known by address: small letters, RFC 5952, and IPv4 in four decimal
 * numbers, also where it came as IPv6 (::ffff:1.2.3.4) or as a resolver would read it (0x7f.1).
 */
function canonical(host: string): string {
  if (!host.includes(":")) {
    const url = `http://${host}`;
    // Other letters would come back in Punycode, which is no name that a network without DNS knows.
    return isAscii(host) && URL.canParse(url) ? new URL(url).hostname : host.toLowerCase();
  }
  const [address = "", zone] = host.split("%");
  const groups = expand(address);
  if (/^(?:0:){5}ffff:/.test(groups.join(":"))) {
    return groups
      .slice(6)
      .flatMap((group) => [Number(`0x${group}`) >> 8, Number(`0x${group}`) & 255])
      .join(".");
  }
  const short = new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
  return zone === undefined ? short : `${short}%${zone}`;
}

/** The eight groups of an IPv6 address. (Bun's URL does not read each address that has IPv4 at its end.) */
function expand(address: string): string[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.slice(0, 4).map(Number) as [number, number, number, number];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = [], tail = []] = hex
    .split("::")
    .map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].map((group) => Number(`0x${group}`).toString(16));
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

function refuse(code: JoinFailure, typed: string, problem: string): AddressCheck {
  return { ok: false, code, typed, problem };
}
