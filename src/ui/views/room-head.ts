import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import type { Person } from "../models/people.ts";
import type { Room } from "../models/room.ts";
import { Avatar } from "./avatar.ts";
import { FilesPanel } from "./files.ts";
import { Icon } from "./icon.ts";
import { InvitePanel } from "./invite.ts";
import { type DialogName, managedOf, openRoom, pane } from "./opened.ts";
import { leave } from "./outside.ts";
import { PeopleList } from "./people.ts";
import { Popover } from "./popover.ts";

const FACES_MAX = 4;

/** The room's name, who is here now, and how others get here. */
export function RoomHead({ app, room }: { app: App; room: Room }) {
  const isOut = room.isOut.value;
  return html`<header class="room-head">
    <button
      type="button"
      class="icon-button to-list"
      aria-label=${t("rooms.back")}
      onClick=${() => {
        pane.value = "list";
      }}
    >
      <${Icon} name="back" />
      ${app.rooms.unreadTotal.value > 0 && html`<span class="dot"></span>`}
    </button>
    <h1 id="room-title" dir="auto">${room.name}</h1>
    ${
      room.isClosed.value &&
      html`<span class="room-lock" title=${t("key.closed")}>
        <${Icon} name="lock" /><span class="for-readers">${t("key.closed")}</span>
      </span>`
    }
    ${
      room.other
        ? html`<${IsHere} app=${app} other=${room.other} />`
        : !isOut &&
          html`${!room.isLegacy.value && html`<${WhoIsHere} room=${room} />`}
            <button type="button" class="button small invite-button" popovertarget="invite" aria-label=${t("room.invite")}>
              <${Icon} name="invite" /><span>${t("room.invite")}</span>
            </button>`
    }
    ${
      !isOut &&
      html`<button type="button" class="icon-button" popovertarget="files" aria-label=${t("file.title")}>
        <${Icon} name="files" />
      </button>`
    }
    <button type="button" class="icon-button" popovertarget="room-menu" aria-label=${t("room.menu")}>
      <${Icon} name="more" />
    </button>
    ${!isOut && html`<${RoomPanels} app=${app} room=${room} />`}
    <${Popover} id="room-menu" label=${t("room.menu")} draw=${() => html`<${RoomMenu} app=${app} room=${room} />`} />
  </header>`;
}

/** What there is to see of a room that one is in. */
function RoomPanels({ app, room }: { app: App; room: Room }) {
  return html`${
    !room.isLegacy.value &&
    html`<${Popover}
      id="people"
      label=${t("room.people")}
      draw=${() => html`<${PeopleList} app=${app} room=${room} />`}
    />`
  }
    <${Popover} id="files" label=${t("file.title")} draw=${() => html`<${FilesPanel} room=${room} />`} />
    <${Popover}
      id="invite"
      label=${t("invite.title")}
      draw=${() => html`<${InvitePanel} bridge=${app.bridge.value} room=${room} />`}
    />`;
}

function WhoIsHere({ room }: { room: Room }) {
  const people = room.people.value;
  if (people.length === 0) {
    return html`<p class="here-none small quiet">${room.state.value === "joining" && t("room.joining")}</p>`;
  }
  return html`<button type="button" class="here" data-state=${room.state.value} popovertarget="people">
    <span class="faces">
      ${people.slice(0, FACES_MAX).map((person) => html`<${Avatar} key=${person.member} person=${person} size="small" />`)}
    </span>
    <span class="here-count" aria-hidden="true">${people.length}</span>
    <span class="for-readers">${t("room.people.here", { count: people.length })}</span>
  </button>`;
}

/** Whether the other one would read it now: they are in a room of ours, if not yet in this one. */
function IsHere({ app, other }: { app: App; other: Person }) {
  const isHere = app.rooms.list.value.some((room) => room.people.value.includes(other));
  return html`<p class="presence small quiet" data-here=${isHere}>${t(isHere ? "direct.here" : "direct.away")}</p>`;
}

function RoomMenu({ app, room }: { app: App; room: Room }) {
  // Whose room it is may change its key without having it; of any other that one is out of, only its name is known.
  const isOurs = !room.isOut.value || room.problem.value?.key === "problem.room-closed";
  useEffect(() => {
    if (!room.other) room.askAbout();
  }, [room]);
  return html`<div class="menu">
    ${!room.isLegacy.value && isOurs && room.about.value?.mayManage && html`<${ManageItems} room=${room} />`}
    <button type="button" class="menu-item" onClick=${(event: Event) => leave(app, room, event)}>
      <${Icon} name="leave" /><span>${t(room.other ? "direct.close" : "room.leave")}</span>
    </button>
  </div>`;
}

/** What its maker and the host may do with a room. */
function ManageItems({ room }: { room: Room }) {
  const isClosed = room.isClosed.value;
  const ask = (name: DialogName) => (event: Event) => openRoom(name, managedOf(room), event);
  return html`
    <button type="button" class="menu-item" onClick=${ask("rekey")}>
      <${Icon} name="key" /><span>${t(isClosed ? "key.change" : "key.close")}</span>
    </button>
    ${
      isClosed &&
      html`<button type="button" class="menu-item" onClick=${ask("open")}>
        <${Icon} name="unlock" /><span>${t("key.open.do")}</span>
      </button>`
    }
    <button type="button" class="menu-item" onClick=${ask("delete")}>
      <${Icon} name="trash" /><span>${t("manage.delete")}</span>
    </button>
  `;
}
