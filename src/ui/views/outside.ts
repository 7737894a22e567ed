import { html } from "htm/preact";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import type { Room } from "../models/room.ts";
import { Icon } from "./icon.ts";
import { open } from "./opened.ts";

const wantsKey = new Set(["problem.room-closed", "problem.room-gone"]);

/** In place of where one writes, when one is not in the room: why, and what can be done about it. */
export function Outside({ app, room }: { app: App; room: Room }) {
  const problem = room.problem.value;
  if (!problem) return null;
  const hasKey = wantsKey.has(problem.key);
  return html`<div class="outside" role="alert">
    <${Icon} name=${hasKey ? "lock" : "alert"} />
    <p>${t(problem.key, problem.values)}</p>
    <div class="outside-ways">
      ${
        hasKey &&
        html`<button type="button" class="button main" onClick=${(event: Event) => open("unlock", event)}>
          ${t("key.enter")}
        </button>`
      }
      <button type="button" class="button" onClick=${(event: Event) => leave(app, room, event)}>
        ${t(problem.key === "problem.deleted" ? "room.unlist" : "room.leave")}
      </button>
    </div>
  </div>`;
}

/** Only what has not arrived is lost by leaving; without any of that there is nothing to ask. */
export function leave(app: App, room: Room, event: Event) {
  if (room.waiting.value > 0 || room.sending.value > 0) open("leave", event);
  else app.rooms.leave(room);
}
