import { shorten } from "../wire/fingerprint.ts";
import { formatAddress, type Target } from "./address.ts";
import type { Log } from "./control.ts";

/** A server as it was met: where, under which id, and by which certificate (SHA-256 in base64url). */
export type KnownServer = { address: string; server: string; fingerprint: string };

/** Where the servers that were met are kept, for good. `main.ts` hands it in. */
export interface KnownServers {
  /**
   * What was met at an address, and under an id anywhere. Cheap: called for every connection.
   *
   * @throws {Problem} when nothing can be kept: then nobody is connected to.
   */
  find(address: string, server: string): KnownServer[];
  /** Takes the place of what was known of this address; what was met elsewhere stays. */
  remember(known: KnownServer): void;
}

/** What a server showed on a connection; no fingerprint: it spoke plain. */
export type Shown = { server: string; fingerprint: string | null };

/** What is asked of the other end of a link. */
export interface Guard {
  /** Whether the connection may go on inside TLS. */
  admits(shown: Shown): boolean;
  /** Whether a server that would stay in plain should have had a certificate. Nobody goes on in plain either way. */
  missesCertificate(server: string): boolean;
  /** It went on, inside TLS, and everything agreed: from now on this server is known. */
  met(server: string, fingerprint: string): void;
}

/** Where a link goes, and what it asks there; without a guard it speaks plain. */
export type Way = { target: Target; guard: Guard | null };

/** That another certificate was shown than was to be expected, all in short fingerprints. */
export type Change = {
  known: string;
  /** null: none at all. */
  shown: string | null;
  /** Whether a person may take the new one: not against what the invite names, and a plain server has none. */
  mayAccept: boolean;
};

/**
 * Whom this program takes for the server that it was told to speak to: the one that answered there before; who answers
 * first is believed. An invite narrows that to the certificate that it names, and undoes nothing that is known.
 */
export class Trust {
  /** What was shown last and not admitted. */
  #refused: { target: Target; shown: Shown; change: Change } | null = null;

  constructor(
    private readonly known: KnownServers,
    private readonly log: Log,
  ) {}

  /**
   * A guard for a target.
   *
   * @param invited  The short fingerprint that the invite carried.
   */
  guard(target: Target, invited?: string): Guard {
    return {
      admits: (shown) => this.#admits(target, shown, invited),
      missesCertificate: (server) => !this.#admits(target, { server, fingerprint: null }, invited),
      met: (server, fingerprint) => this.#met({ address: formatAddress(target), server, fingerprint }),
    };
  }

  /** @throws {Problem} when nothing can be kept. */
  check(target: Target): void {
    this.known.find(formatAddress(target), "");
  }

  /** Why the last connection to a target was not made; null when it was, or for other reasons. */
  change(target: Target): Change | null {
    return this.#refused && isSame(this.#refused.target, target) ? this.#refused.change : null;
  }

  /**
   * Takes the certificate that was refused, for this target alone, because a person has compared it.
   *
   * @param short  What that person saw.
   * @returns      Whether that is what was refused last at this target, and may be taken; or was taken already, as by the
   *               same person in another tab.
   */
  accept(target: Target, short: string): boolean {
    const change = this.change(target);
    if (this.#refused === null || change === null) return this.#isKnown(formatAddress(target), short);
    if (!change.mayAccept || change.shown !== short) return false;
    const { server, fingerprint } = this.#refused.shown;
    if (fingerprint === null) return false;
    this.known.remember({ address: formatAddress(target), server, fingerprint });
    this.#refused = null;
    this.log.warn("Somebody has accepted the server's new certificate");
    return true;
  }

  #admits(target: Target, shown: Shown, invited: string | undefined): boolean {
    const known = this.#expected(target, shown, invited);
    const short = shown.fingerprint === null ? null : shorten(shown.fingerprint);
    if (known === undefined || known === short) {
      if (this.change(target) !== null) this.#refused = null;
      return true;
    }
    const mayAccept = short !== null && (invited === undefined || invited === short);
    this.#refused = { target, shown, change: { known, shown: short, mayAccept } };
    this.log.warn(
      short === null
        ? "Not connected: the server has a certificate, and answered without"
        : `Not connected: the certificate of the server is ${short}, and not ${known}`,
    );
    return false;
  }

  /** The short fingerprint that a server must have; undefined when nobody else is known there. */
  #expected(target: Target, { server, fingerprint }: Shown, invited: string | undefined): string | undefined {
    if (invited !== undefined && (fingerprint === null || shorten(fingerprint) !== invited)) return invited;
    const address = formatAddress(target);
    const known = this.known.find(address, server);
    // Accepted here, or met here before: that it has another certificate elsewhere was said then.
    if (known.some((one) => isEqual(one, { address, server, fingerprint }))) return undefined;
    const other = known.find((one) => one.fingerprint !== fingerprint);
    return other && shorten(other.fingerprint);
  }

  #met(met: KnownServer): void {
    const known = this.known.find(met.address, met.server);
    if (!known.some((one) => isEqual(one, met))) this.known.remember(met);
  }

  #isKnown(address: string, short: string): boolean {
    const known = this.known.find(address, "");
    return known.some((one) => one.address === address && shorten(one.fingerprint) === short);
  }
}

function isEqual(one: KnownServer, other: Shown & { address: string }): boolean {
  return (
    one.address === other.address && one.server === other.server && one.fingerprint === other.fingerprint
  );
}

function isSame(one: Target, other: Target): boolean {
  return one.host === other.host && one.port === other.port;
}
