import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { closeCodes } from "../../wire/closes.ts";
import type { Connection, ConnectionState } from "../models/connection.ts";
import type { Key } from "../models/i18n.ts";
import { t } from "../models/i18n.ts";
import { Icon } from "./icon.ts";

/** Says which hop failed and when it tries again; nothing while all is well. */
export function Banner({ connection }: { connection: Connection }) {
  const state = connection.state.value;
  // The live region is there before it has something to say, or screen readers would miss it.
  return html`<div class="banners" role="status">${draw(state, () => connection.retryNow())}</div>`;
}

function draw(state: ConnectionState, retryNow: () => void) {
  if (state.state === "connecting") {
    return html`<p class="banner connecting">${t("banner.connecting")}</p>`;
  }
  if (state.state === "waiting") {
    return html`<div class="banner">
      <${Icon} name="alert" />
      <p>
        <strong>${t(`banner.${state.hop}`)}</strong>. <span class="banner-what">${t(reasonKey(state) ?? whatKeys[state.hop])}</span>
      </p>
      <${Countdown} until=${state.retryAt} />
      <button type="button" class="button small" onClick=${retryNow}>${t("banner.retry")}</button>
    </div>`;
  }
  if (state.state === "refused") {
    const isChanged = state.code === `${closeCodes["fingerprint-changed"]}`;
    return html`<div class="banner">
      <${Icon} name="alert" />
      ${
        isChanged
          ? html`<p><strong>${t("close.fingerprint-changed")}</strong></p>`
          : html`<p><strong>${t("banner.refused")}</strong>. <span class="banner-what">${state.message}</span></p>`
      }
      <button type="button" class="button small" onClick=${retryNow}>${t("banner.retry")}</button>
    </div>`;
  }
  return null;
}

const whatKeys = {
  program: "banner.program.what",
  server: "banner.server.what",
  network: "banner.server.what",
} as const;

function reasonKey(state: Extract<ConnectionState, { state: "waiting" }>): Key | undefined {
  switch (state.reason) {
    case "not-a-relay":
    case "version-unsupported":
    case "not-encrypted":
      return `close.${state.reason}`;
    default:
      return undefined;
  }
}

/** Hidden from screen readers: a live region that changes every second cannot be listened to. */
function Countdown({ until }: { until: number }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    now.value = Date.now();
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 250);
    return () => clearInterval(timer);
  }, [until]);
  const seconds = Math.ceil((until - now.value) / 1000);
  return html`<span class="countdown" aria-hidden="true">
    ${seconds > 0 ? t("banner.next", { n: seconds }) : t("banner.trying")}
  </span>`;
}
