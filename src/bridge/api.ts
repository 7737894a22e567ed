import { acceptSchema, type BridgeState, type JoinFailure, joinAddressSchema } from "../wire/bridge-state.ts";
import { shorten } from "../wire/fingerprint.ts";
import { formatAddress, parseAddress } from "./address.ts";
import { readBody } from "./body.ts";
import { type Control, type Log, Problem } from "./control.ts";
import type { BridgeLimits } from "./limits.ts";
import type { Pages } from "./pages.ts";
import { probe } from "./probe.ts";
import type { Relay } from "./relay.ts";
import type { Transfers } from "./transfers.ts";
import type { Trust } from "./trust.ts";

/** What the API stands on. */
export type ApiParts = {
  control: Control;
  relay: Relay;
  trust: Trust;
  pages: Pages;
  transfers: Transfers;
  version: string;
  dataId: string;
  limits: BridgeLimits;
  log: Log;
};

/**
 * The requests with which a page asks what this program is doing, and has it do something else.
 *
 * Every answer is JSON: a BridgeState, or {message} with a sentence for people, and where an address was not joined, its {code} and {address}.
 *
 * @see docs/PROTOCOL.md "The bridge"
 */
export class Api {
  readonly #parts: ApiParts;
  /** Host, join and reset change the same thing: one at a time. */
  #isBusy = false;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /** GET /api/bridge: 200 with a BridgeState. */
  state(): Response {
    return Response.json(this.#state());
  }

  /** POST /api/host: 200 with a BridgeState and perhaps the host's secret; 409, 500. */
  host(): Promise<Response> {
    return this.#change(async () => {
      const { control, log, limits, relay } = this.#parts;
      const refusal = this.#unlessStart();
      if (refusal) return refusal;
      const { hostSecret } = await control.host();
      const { way } = relay;
      // Our own relay is met like any other, so that the page knows the server before its first connection.
      const probed = way && (await probe(way, log, limits));
      if (way && probed?.ok) relay.meet(way.target, probed.answer);
      return Response.json({ ...this.#state(), ...(hostSecret === undefined ? {} : { hostSecret }) });
    });
  }

  /** POST /api/join {address}: 200 with a BridgeState once a relay has answered there; 400, 409, 413, 415, 500, 502. */
  join(request: Request): Promise<Response> {
    return this.#change(async () => {
      const { control, log, limits, relay, trust } = this.#parts;
      const body = await readBody(request, joinAddressSchema, limits.bodyBytesMax);
      if (!body.ok) return problem(body.status, body.sentence);
      const refusal = this.#unlessStart();
      if (refusal) return refusal;
      const address = parseAddress(body.value.address);
      if (!address.ok) {
        const { problem: sentence, code, typed } = address;
        return problem(400, sentence, { code, address: typed });
      }
      const { target, fingerprint } = address;
      trust.check(target);
      const probed = await probe({ target, guard: trust.guard(target, fingerprint) }, log, limits);
      // With another certificate than the known one it is the target all the same: the page then says what is the matter.
      if (!probed.ok && probed.reason !== "fingerprint-changed")
        return problem(502, probed.problem, { code: probed.reason, address: formatAddress(target) });
      await control.join(target, fingerprint);
      if (probed.ok) relay.meet(target, probed.answer);
      return this.state();
    });
  }

  /** POST /api/accept {fingerprint}: 200 with a BridgeState once the certificate that was refused is the known one; 400, 409, 413, 415. */
  accept(request: Request): Promise<Response> {
    return this.#change(async () => {
      const { limits, relay, trust } = this.#parts;
      const body = await readBody(request, acceptSchema, limits.bodyBytesMax);
      if (!body.ok) return problem(body.status, body.sentence);
      const { target } = relay;
      if (target === null || !trust.accept(target, body.value.fingerprint)) {
        return problem(
          409,
          "Reload this page and compare again: this is not the certificate that was refused",
        );
      }
      return this.state();
    });
  }

  /** POST /api/reset: 200 with a BridgeState of mode "start", every page's connection closed; 409, 500. */
  reset(): Promise<Response> {
    return this.#change(async () => {
      const { control, pages, transfers } = this.#parts;
      if (!control.state().canReset) {
        return problem(409, "Stop this program and start it anew: it was started for this server only");
      }
      const resetting = control.reset();
      // Before it is done: pages should hear that they have no server any more, not that one is stopping.
      pages.close("no-target");
      transfers.cut();
      await resetting;
      // One may have come back meanwhile.
      pages.close("no-target");
      transfers.cut();
      return this.state();
    });
  }

  async #change(action: () => Promise<Response>): Promise<Response> {
    if (this.#isBusy) return problem(409, "Wait a moment: this program is already starting or joining");
    this.#isBusy = true;
    try {
      return await action();
    } catch (error) {
      if (error instanceof Problem) return problem(500, error.message);
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  #unlessStart(): Response | undefined {
    return this.#parts.control.state().mode === "start"
      ? undefined
      : problem(409, "Reload this page: this program already has a server");
  }

  #state(): BridgeState {
    const { control, relay, version, dataId } = this.#parts;
    const { via: _, fingerprint: invited, ...state } = control.state();
    const { server, transport, change } = relay;
    const fingerprint = server?.fingerprint;
    const short = fingerprint && shorten(fingerprint);
    // Whoever was not invited has met the server by now, and can spare others the first meeting.
    const isMet = state.mode === "connect" && transport === "tls" && invited === undefined;
    return {
      program: "pendopo",
      version,
      data: dataId,
      ...state,
      invites: isMet ? state.invites.map((line) => `${line}/${short}`) : state.invites,
      server,
      ...(transport && { transport }),
      ...(short && { fingerprint: short }),
      ...(change && { change }),
    };
  }
}

/** The answer that says why not. */
export function problem(
  status: number,
  message: string,
  failure?: { code: JoinFailure; address: string },
): Response {
  return Response.json({ message, ...failure }, { status });
}
