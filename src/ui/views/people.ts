import { html } from "htm/preact";
import { t } from "../models/i18n.ts";
import type { Me } from "../models/me.ts";
import type { Room } from "../models/room.ts";
import { Avatar } from "./avatar.ts";

/** Everybody who is in the room now. */
export function PeopleList({ room, me }: { room: Room; me: Me }) {
  const people = room.people.value;
  return html`<section class="panel">
    <h2>${t("room.people.here", { count: people.length })}</h2>
    <ul class="people">
      ${people.map(
        (person) => html`<li key=${person.member}>
          <${Avatar} person=${person} />
          <span class="people-name" dir="auto">${person.name}</span>
          ${person.member === me.member.value && html`<span class="small quiet">${t("room.people.you")}</span>`}
        </li>`,
      )}
    </ul>
  </section>`;
}
