import { signal } from "@preact/signals";
import { html } from "htm/preact";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import { LoginView } from "./login.ts";
import { NoticesView } from "./notices.ts";
import { Mark } from "./roof.ts";
import { StartView } from "./start.ts";

/**
 * The largest part of the page comes while it connects: what is painted first, the start or the login, needs none
 * of it, and who is in a room already waits longer for the server than for this.
 */
const rooms = signal<typeof import("./rooms.ts") | null>(null);
void import("./rooms.ts").then((loaded) => {
  rooms.value = loaded;
});

/** The whole page. */
export function AppView({ app }: { app: App }) {
  const bridge = app.bridge.value;
  const late = rooms.value;
  return html`${screen(app)}<${NoticesView} notices=${app.notices} />
    ${late && html`<${late.TakeDialog} app=${app} />`}
    ${late && bridge?.change && html`<${late.ChangedServer} app=${app} bridge=${bridge} />`}`;
}

function screen(app: App) {
  switch (app.screen.value) {
    case "loading":
      return html`<${Loading} />`;
    case "start":
      return html`<${StartView} app=${app} />`;
    case "login":
      return html`<${LoginView} app=${app} />`;
    case "rooms":
      return rooms.value ? html`<${rooms.value.RoomsView} app=${app} />` : html`<${Loading} />`;
  }
}

function Loading() {
  return html`<main class="loading" aria-label=${t("app.loading")}><${Mark} /></main>`;
}
