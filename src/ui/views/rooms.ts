import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { roomsEn } from "../i18n/rooms-en.ts";
import type { App } from "../models/app.ts";
import { learn } from "../models/i18n.ts";
import type { Rooms } from "../models/rooms.ts";
import { Dialogs } from "./dialogs.ts";
import { closeAll, opened, pane } from "./opened.ts";
import { RoomView } from "./room.ts";
import { Sidebar } from "./sidebar.ts";

export { ChangedServer } from "./changed.ts";
export { TakeDialog } from "./take.ts";

learn(roomsEn);

/** The list of rooms, and the one that is shown. A narrow window has place for one of the two. */
export function RoomsView({ app }: { app: App }) {
  const room = app.rooms.current.value;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => switchByKey(app.rooms, event);
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [app]);
  // Its room may have gone while it was open, with the last of the rooms.
  useEffect(() => closeAll, []);
  useEffect(() => {
    pane.value = room ? "room" : "list";
  }, [room]);
  return html`<div class="rooms" data-pane=${pane}>
    <${Sidebar} app=${app} />
    ${room ? html`<${RoomView} key=${room.id} app=${app} room=${room} />` : html`<main class="room"></main>`}
    <${Dialogs} app=${app} />
  </div>`;
}

/** Alt+ArrowUp and Alt+ArrowDown go through the list, and on from its ends. */
function switchByKey(rooms: Rooms, event: KeyboardEvent) {
  const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (!step || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || opened.value) return;
  const list = rooms.list.value;
  const current = rooms.current.value;
  const at = current ? list.indexOf(current) : -1;
  const next = list[(at + step + list.length) % list.length];
  if (!next) return;
  event.preventDefault();
  rooms.show(next);
}
