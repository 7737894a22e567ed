import { html } from "htm/preact";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import { LoginView } from "./login.ts";
import { NoticesView } from "./notices.ts";
import { Mark } from "./roof.ts";
import { RoomsView } from "./rooms.ts";
import { StartView } from "./start.ts";

/** The whole page. */
export function AppView({ app }: { app: App }) {
  return html`${screen(app)}<${NoticesView} notices=${app.notices} />`;
}

function screen(app: App) {
  switch (app.screen.value) {
    case "loading":
      return html`<main class="loading" aria-label=${t("app.loading")}><${Mark} /></main>`;
    case "start":
      return html`<${StartView} app=${app} />`;
    case "login":
      return html`<${LoginView} app=${app} />`;
    case "rooms":
      return html`<${RoomsView} app=${app} />`;
  }
}
