import { html } from "htm/preact";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import type { Room } from "../models/room.ts";
import type { Rooms } from "../models/rooms.ts";
import { Avatar } from "./avatar.ts";
import { Icon } from "./icon.ts";
import { MeBar } from "./me.ts";
import { open, pane } from "./opened.ts";
import { Mark } from "./roof.ts";
import { Security } from "./security.ts";

/** All that is beside the room: which server, the rooms, and oneself. */
export function Sidebar({ app }: { app: App }) {
  const bridge = app.bridge.value;
  const list = app.rooms.list.value;
  const directs = list.filter((room) => room.other !== null);
  return html`<div class="sidebar">
    <header class="sidebar-head">
      <${Mark} />
      <div>
        <p class="wordmark">${t("app.name")}</p>
        ${bridge && html`<${Security} bridge=${bridge} />`}
      </div>
    </header>
    <nav class="room-list" aria-labelledby="rooms-title">
      <h2 id="rooms-title">${t("rooms.title")}</h2>
      <ul>
        ${list.filter((room) => room.other === null).map((room) => html`<li key=${room.id}><${RoomLink} rooms=${app.rooms} room=${room} /></li>`)}
      </ul>
      <button type="button" class="room-link join-link" onClick=${(event: Event) => open("join", event)}>
        <${Icon} name="plus" /><span>${t("rooms.join")}</span>
      </button>
      ${
        directs.length > 0 &&
        html`<h2 id="directs-title">${t("direct.title")}</h2>
          <ul aria-labelledby="directs-title">
            ${directs.map((room) => html`<li key=${room.id}><${RoomLink} rooms=${app.rooms} room=${room} /></li>`)}
          </ul>`
      }
    </nav>
    <${MeBar} app=${app} />
  </div>`;
}

function RoomLink({ rooms, room }: { rooms: Rooms; room: Room }) {
  const unread = room.unread.value;
  const isCurrent = rooms.current.value === room;
  return html`<button
    type="button"
    class="room-link"
    aria-current=${isCurrent ? "true" : undefined}
    data-unread=${unread > 0}
    onClick=${() => {
      rooms.show(room);
      pane.value = "room";
    }}
  >
    ${room.other && html`<${Avatar} person=${room.other} size="small" />`}
    <span class="room-name" dir="auto">${room.name}</span>
    ${room.isClosed.value && html`<${Icon} name="lock" /><span class="for-readers">${t("key.closed")}</span>`}
    ${
      unread > 0 &&
      html`<span class="count" aria-hidden="true">${unread > 99 ? "99+" : unread}</span>
        <span class="for-readers">${t("rooms.unread", { count: unread })}</span>`
    }
  </button>`;
}
