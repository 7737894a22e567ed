import { html } from "htm/preact";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import type { Room } from "../models/room.ts";
import { Banner } from "./banner.ts";
import { Composer } from "./composer.ts";
import { DropZone } from "./drop.ts";
import { Icon } from "./icon.ts";
import { open } from "./opened.ts";
import { ProblemText } from "./problem.ts";
import { RoomHead } from "./room-head.ts";
import { TimelineView } from "./timeline.ts";

/** One room: its head, what was said, and what one says. */
export function RoomView({ app, room }: { app: App; room: Room }) {
  return html`<main class="room" aria-labelledby="room-title">
    <${RoomHead} app=${app} room=${room} />
    <${Banner} connection=${app.connection} />
    <${RoomProblems} room=${room} />
    ${room.isLegacy.value && html`<p class="room-note small quiet">${t("room.legacy")}</p>`}
    <${TimelineView} room=${room} />
    <${Composer} room=${room} />
    <${DropZone} room=${room} />
  </main>`;
}

const wantsKey = new Set(["problem.room-closed", "problem.room-gone"]);

/** What keeps this room, and no other, from being written. */
function RoomProblems({ room }: { room: Room }) {
  const problem = room.problem.value;
  return html`<div class="banners" role="status">
    ${
      problem &&
      html`<div class="banner">
        <${ProblemText} problem=${problem} />
        ${
          wantsKey.has(problem.key) &&
          html`<button type="button" class="button small" onClick=${(event: Event) => open("unlock", event)}>
            ${t("key.enter")}
          </button>`
        }
      </div>`
    }
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
