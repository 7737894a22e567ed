import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import type { Person } from "../models/people.ts";
import type { Problem } from "../models/problem.ts";
import type { Room } from "../models/room.ts";
import { Avatar } from "./avatar.ts";
import { focusComposer } from "./focus.ts";
import { Icon } from "./icon.ts";
import { managedOf, openFree, openPerson, pane } from "./opened.ts";
import { ProblemText } from "./problem.ts";

/** Everybody who is in the room now, and those who were: each can be spoken to alone. */
export function PeopleList({ app, room }: { app: App; room: Room }) {
  const people = room.people.value;
  const away = room.away.value.filter((person) => !room.about.value?.removed.includes(person));
  const problem = useSignal<Problem | null>(null);
  async function message(person: Person) {
    problem.value = await app.rooms.direct(person);
    if (problem.value) return;
    // Not back to the button that opened the list: one has come to talk.
    document.getElementById("people")?.hidePopover();
    pane.value = "room";
    focusComposer();
  }
  async function admit(person: Person) {
    problem.value = await app.rooms.managing.admit(room.id, person);
  }
  useEffect(() => room.askAbout(), [room]);
  const { mayManage = false, removed = [] } = room.about.value ?? {};
  const free = (person: Person) => html`<button
    type="button"
    class="icon-button"
    aria-label=${t("people.free", { name: person.name.value })}
    title=${t("people.free", { name: person.name.value })}
    onClick=${(event: Event) => openFree(person.name.value, event)}
  >
    <${Icon} name="key" />
  </button>`;
  const row = (person: Person) => html`<li key=${person.member}>
    <${Avatar} person=${person} />
    <span class="people-name" dir="auto">${person.name}</span>
    ${app.me.isHost.value && away.includes(person) && free(person)}
    ${
      person.member === app.me.member.value
        ? html`<span class="small quiet">${t("room.people.you")}</span>`
        : html`<button
            type="button"
            class="icon-button"
            aria-label=${t("direct.message", { name: person.name.value })}
            title=${t("direct.message", { name: person.name.value })}
            onClick=${() => message(person)}
          >
            <${Icon} name="message" />
          </button>
          ${
            mayManage &&
            html`<button
              type="button"
              class="icon-button"
              aria-label=${t("manage.remove", { name: person.name.value })}
              title=${t("manage.remove", { name: person.name.value })}
              onClick=${(event: Event) => openPerson("remove", person, managedOf(room), event)}
            >
              <${Icon} name="remove" />
            </button>`
          }`
    }
  </li>`;
  const removedRow = (person: Person) => html`<li key=${person.member}>
    <${Avatar} person=${person} />
    <span class="people-name" dir="auto">${person.name}</span>
    <button type="button" class="button small" onClick=${() => admit(person)}>${t("manage.admit")}</button>
  </li>`;
  return html`<section class="panel">
    <h2>${t("room.people.here", { count: people.length })}</h2>
    ${problem.value && html`<div role="alert"><${ProblemText} problem=${problem.value} /></div>`}
    <ul class="people">
      ${people.map(row)}
    </ul>
    ${
      away.length > 0 &&
      html`<h3 class="quiet">${t("room.people.away")}</h3>
        <ul class="people away">
          ${away.map(row)}
        </ul>`
    }
    ${
      removed.length > 0 &&
      html`<h3 class="quiet">${t("manage.removed")}</h3>
        <ul class="people away">
          ${removed.map(removedRow)}
        </ul>`
    }
  </section>`;
}
