import { html } from "htm/preact";
import type { BridgeState } from "../../wire/bridge-state.ts";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import { Banner } from "./banner.ts";
import { LanguageChoice } from "./choice.ts";
import { Field } from "./field.ts";
import { Roof } from "./roof.ts";

/** A name, a room, and in. */
export function LoginView({ app }: { app: App }) {
  const { login } = app;
  const isBusy = login.busy.value;
  const wantsRoomOnly = login.name.peek() !== "" && login.room.peek() === "";
  return html`<main class="arrival">
    <div class="arrival-head">
      <${Roof} />
      <h1>${t("login.title")}</h1>
      <${Server} app=${app} />
    </div>
    <form
      class="card login"
      onSubmit=${(event: Event) => {
        event.preventDefault();
        login.enter();
      }}
    >
      <${Banner} connection=${app.connection} />
      <${Field}
        label=${t("login.name")}
        value=${login.name}
        problem=${login.nameProblem.value}
        hint=${t("login.name.hint")}
        name="name"
        isFirst=${!wantsRoomOnly}
        take=${() => login.takeSuggestion()}
      />
      <${Field}
        label=${t("login.room")}
        value=${login.room}
        problem=${login.roomProblem.value}
        hint=${t("login.room.hint")}
        name="room"
        isFirst=${wantsRoomOnly}
      />
      ${
        login.wantsKey.value &&
        html`<${Field} label=${t("key.label")} value=${login.key} problem=${login.keyProblem.value} hint=${t("key.unlock.what")} />`
      }
      <button type="submit" class="button main wide" aria-disabled=${isBusy}>
        ${isBusy ? t("login.entering") : t("login.enter")}
      </button>
      <p class="login-other">
        <button type="button" class="link" onClick=${() => app.taking.paste()}>${t("login.carried")}</button>
      </p>
    </form>
    <footer class="arrival-foot"><${LanguageChoice} settings=${app.settings} /></footer>
  </main>`;
}

/** Which server one is about to enter, and the way to another. */
function Server({ app }: { app: App }) {
  const bridge = app.bridge.value;
  if (!bridge) return null;
  return html`<p class="claim">
    ${t("login.server")} <strong>${serverName(bridge)}</strong>
    ${
      bridge.canReset &&
      html`${" · "}<button type="button" class="link" onClick=${() => app.leaveServer()}>${t("login.leave")}</button>`
    }
  </p>`;
}

/** What a server is called on the screen: its address, or "this computer". */
export function serverName(bridge: BridgeState): string {
  if (bridge.mode === "server" || !bridge.target) return t("login.server.here");
  const { host, port } = bridge.target;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
