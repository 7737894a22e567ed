import type { PreludeAnswer } from "../wire/prelude.ts";
import { formatAddress } from "./address.ts";
import type { Log } from "./control.ts";
import { type BridgeLimits, bridgeLimits } from "./limits.ts";
import { type LinkEnd, RelayLink } from "./relay-link.ts";
import type { Way } from "./trust.ts";

/** What answered at an address: a relay, or why there is none, with a sentence for people. */
export type Probed = { ok: true; answer: PreludeAnswer } | { ok: false; reason: LinkEnd; problem: string };

/** Asks whether a relay answers there, and is the right one: connects, as far as its first line, hangs up. Never rejects. */
export function probe(way: Way, log: Log, limits: BridgeLimits = bridgeLimits): Promise<Probed> {
  const { promise, resolve } = Promise.withResolvers<Probed>();
  const link = new RelayLink(
    way,
    {
      opened(answer) {
        resolve({ ok: true, answer });
        link.cut();
      },
      received() {},
      drained() {},
      ended(reason) {
        resolve({ ok: false, reason, problem: describe(reason, formatAddress(way.target)) });
      },
    },
    limits,
    log,
  );
  return promise;
}

function describe(reason: LinkEnd, address: string): string {
  switch (reason) {
    case "relay-unreachable":
      return `Check the address and that the server is running: nothing answers at ${address}`;
    case "relay-closed":
      return `Try again in a moment: the server at ${address} hung up`;
    case "not-a-relay":
      return `Check the address: what answers at ${address} is no Pendopo server`;
    case "version-unsupported":
      return `Use the same version of Pendopo on both machines: the server at ${address} speaks another`;
    case "fingerprint-changed":
      return `Ask whoever runs the server at ${address}: it does not have the certificate by which it is known`;
    case "not-encrypted":
      return `Ask whoever runs the server at ${address}: it does not encrypt, or somebody in between prevents it`;
  }
}
