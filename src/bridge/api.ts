import { type BridgeState, joinAddressSchema } from "../wire/bridge-state.ts";
import { parseAddress } from "./address.ts";
import { readBody } from "./body.ts";
import { type Control, type Log, Problem } from "./control.ts";
import type { BridgeLimits } from "./limits.ts";
import type { Pages } from "./pages.ts";
import { probe } from "./probe.ts";
import type { Relay } from "./relay.ts";
import type { Transfers } from "./transfers.ts";

/** What the API stands on. */
export type ApiParts = {
  control: Control;
  relay: Relay;
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
 * Every answer is JSON: a BridgeState, or {message} with a sentence for people.
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
      const { target } = relay;
      // Our own relay is met like any other, so that the page knows the server before its first connection.
      const probed = target && (await probe(target, log, limits));
      if (target && probed?.ok) relay.meet(target, probed.answer);
      return Response.json({ ...this.#state(), ...(hostSecret === undefined ? {} : { hostSecret }) });
    });
  }

  /** POST /api/join {address}: 200 with a BridgeState once a relay has answered there; 400, 409, 413, 415, 500, 502. */
  join(request: Request): Promise<Response> {
    return this.#change(async () => {
      const { control, log, limits, relay } = this.#parts;
      const body = await readBody(request, joinAddressSchema, limits.bodyBytesMax);
      if (!body.ok) return problem(body.status, body.sentence);
      const refusal = this.#unlessStart();
      if (refusal) return refusal;
      const address = parseAddress(body.value.address);
      if (!address.ok) return problem(400, address.problem);
      const probed = await probe(address.target, log, limits);
      if (!probed.ok) return problem(502, probed.problem);
      await control.join(address.target);
      relay.meet(address.target, probed.answer);
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
    const { via: _, ...state } = control.state();
    return { program: "pendopo", version, data: dataId, ...state, server: relay.server };
  }
}

/** The answer that says why not. */
export function problem(status: number, message: string): Response {
  return Response.json({ message }, { status });
}
