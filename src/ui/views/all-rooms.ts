import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import type { App } from "../models/app.ts";
import { formatDay, formatTime, t } from "../models/i18n.ts";
import type { Problem } from "../models/problem.ts";
import { offline } from "../models/problem.ts";
import type { LobbyRoom } from "../models/rooms.ts";
import { Dialog, useBusy } from "./dialog.ts";
import type { IconName } from "./icon.ts";
import { Icon } from "./icon.ts";
import type { DialogName } from "./opened.ts";
import { openRoom } from "./opened.ts";
import { ProblemText } from "./problem.ts";

/** Every room of the server, for its host, who manages them without being in them. */
export function AllRooms({ app }: { app: App }) {
  const rooms = useSignal<readonly LobbyRoom[] | null>(null);
  const isLast = useSignal(true);
  const problem = useSignal<Problem | null>(null);
  const { isBusy, during } = useBusy();
  const load = (from: number) =>
    during(async () => {
      const page = await app.rooms.managing.all(from);
      problem.value = page ? null : offline;
      if (!page) return;
      const shown = rooms.value ?? [];
      // One that was said something in meanwhile is on both pages.
      const known = new Set(shown.map(({ room }) => room));
      rooms.value = [...shown, ...page.rooms.filter(({ room }) => !known.has(room))];
      isLast.value = page.isLast;
    });
  useEffect(() => {
    void load(0);
  }, []);
  return html`<${Dialog} title=${t("all.title")} kind="wide">
    <div class="all-rooms">
      <p class="quiet">${t("all.what")}</p>
      ${problem.value && html`<div role="alert"><${ProblemText} problem=${problem.value} /></div>`}
      ${rooms.value?.length === 0 && html`<p>${t("all.none")}</p>`}
      <ul>
        ${rooms.value?.map((each) => html`<li key=${each.room}><${RoomLine} room=${each} /></li>`)}
      </ul>
      ${
        !isLast.value &&
        html`<button
          type="button"
          class="button"
          aria-disabled=${isBusy.value}
          onClick=${() => load(rooms.value?.length ?? 0)}
        >
          ${t("all.more")}
        </button>`
      }
    </div>
  <//>`;
}

function RoomLine({ room: { room, people, at, isClosed } }: { room: LobbyRoom }) {
  const button = (name: DialogName, icon: IconName, label: string) => html`<button
    type="button"
    class="icon-button"
    aria-label=${label}
    title=${label}
    onClick=${(event: Event) => openRoom(name, { id: room, name: room, isClosed }, event)}
  >
    <${Icon} name=${icon} />
  </button>`;
  return html`
    <span class="all-rooms-room">
      <span class="all-rooms-name">
        <span dir="auto">${room}</span>
        ${isClosed && html`<${Icon} name="lock" /><span class="for-readers">${t("key.closed")}</span>`}
      </span>
      <span class="small quiet">${t("lobby.people", { count: people })} · ${formatDay(at)} ${formatTime(at)}</span>
    </span>
    ${button("rekey", "key", t(isClosed ? "all.rekey" : "all.close", { room }))}
    ${isClosed ? button("open", "unlock", t("all.open", { room })) : html`<span class="all-rooms-gap"></span>`}
    ${button("delete", "trash", t("all.delete", { room }))}
  `;
}
