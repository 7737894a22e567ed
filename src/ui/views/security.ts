import { html } from "htm/preact";
import type { BridgeState } from "../../wire/bridge-state.ts";
import { securityWords } from "../i18n/security.ts";
import { language } from "../models/i18n.ts";
import { Icon } from "./icon.ts";
import { serverName } from "./login.ts";
import { Popover } from "./popover.ts";

/** Which server, and whether the way to it is encrypted; behind it, the letters by which one knows the server. */
export function Security({ bridge }: { bridge: BridgeState }) {
  const way = wayOf(bridge);
  const name = serverName(bridge);
  if (!way) return html`<p class="small quiet">${name}</p>`;
  const words = securityWords[language.value];
  const isPlain = way === "plain";
  return html`<button type="button" class="security small" data-way=${way} popovertarget="security">
      <${Icon} name=${isPlain ? "unlock" : "lock"} />
      <span class=${isPlain ? "" : "for-readers"}>${words[way]}</span>
      <span class="security-name">${name}</span>
    </button>
    <${Popover} id="security" label=${words.title} draw=${() => html`<${Panel} bridge=${bridge} way=${way} />`} />`;
}

type Way = "tls" | "own" | "plain";

/** What is between this program and the server; undefined before it has answered. */
function wayOf({ mode, transport, isLegacy }: BridgeState): Way | undefined {
  // The bridge's own hop says nothing of the one behind it, which a server of 2021 has in plain.
  if (isLegacy) return "plain";
  if (mode === "server") return "own";
  return transport;
}

function Panel({ bridge, way }: { bridge: BridgeState; way: Way }) {
  const words = securityWords[language.value];
  return html`<section class="panel">
    <h2>${words[way]}</h2>
    <p class="quiet">${words[`${way}What`]}</p>
    ${way !== "plain" && html`<code class="fingerprint">${bridge.fingerprint}</code>`}
  </section>`;
}
