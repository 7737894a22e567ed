import { html } from "htm/preact";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import type { Room } from "../models/room.ts";
import { Banner } from "./banner.ts";
import { Composer } from "./composer.ts";
import { DropZone } from "./drop.ts";
import { Icon } from "./icon.ts";
import { Outside } from "./outside.ts";
import { ProblemText } from "./problem.ts";
import { RoomHead } from "./room-head.ts";
import { TimelineView } from "./timeline.ts";

/** One room: its head, what was said, and what one says. */
export function RoomView({ app, room }: { app: App; room: Room }) {
  const isOut = room.isOut.value;
  return html`<main class="room" aria-labelledby="room-title">
    <${RoomHead} app=${app} room=${room} />
    <${Banner} connection=${app.connection} />
    ${room.isLegacy.value && html`<p class="room-note small quiet">${t("room.legacy")}</p>`}
    <${RoomProblems} room=${room} />
    ${(!isOut || room.timeline.value.length > 0) && html`<${TimelineView} room=${room} />`}
    ${isOut ? html`<${Outside} app=${app} room=${room} />` : html`<${Composer} room=${room} />`}
    <${DropZone} room=${room} />
  </main>`;
}

/** What keeps this room, and no other, from being written. */
function RoomProblems({ room }: { room: Room }) {
  const problem = room.problem.value;
  return html`<div class="banners room-problems" role="status">
    ${problem && !room.isOut.value && html`<div class="banner"><${ProblemText} problem=${problem} /></div>`}
    ${
      room.isReadOnly.value &&
      html`<div class="banner">
        <${Icon} name="alert" />
        <p>
          <strong>${t("banner.readonly")}</strong>. <span class="banner-what">${t("banner.readonly.what")}</span>
        </p>
      </div>`
    }
  </div>`;
}
