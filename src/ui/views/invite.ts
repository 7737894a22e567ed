import { html } from "htm/preact";
import type { BridgeState } from "../../wire/bridge-state.ts";
import { t } from "../models/i18n.ts";
import type { Room } from "../models/room.ts";
import { CopyButton } from "./copy.ts";
import { Icon } from "./icon.ts";

/** How others get here: a line for each address of the server, and which room to enter. */
export function InvitePanel({ bridge, room }: { bridge: BridgeState | null; room: Room }) {
  const invites = bridge?.invites ?? [];
  return html`<section class="panel invite">
    <h2>${t("invite.title")}</h2>
    <p class="quiet">${invites.length > 0 ? t("invite.what", { count: invites.length }) : t("invite.none")}</p>
    <ul class="invites">
      ${invites.map(
        (line) => html`<li key=${line}>
          <code>${line}</code>
          <${CopyButton} text=${line} label=${t("copy.what", { text: line })} />
        </li>`,
      )}
    </ul>
    ${
      invites.length > 0 &&
      html`<p class="quiet">${t("invite.or")}</p>
        <p class="quiet">${t("invite.room")} <strong dir="auto">${room.id}</strong></p>
        ${room.isClosed.value && html`<p class="invite-key"><${Icon} name="key" /><span>${t("invite.key")}</span></p>`}`
    }
  </section>`;
}
