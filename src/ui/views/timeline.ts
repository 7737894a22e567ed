import { html } from "htm/preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../models/i18n.ts";
import type { Person } from "../models/people.ts";
import type { Room } from "../models/room.ts";
import type { TimelineRow } from "../models/timeline.ts";
import { Avatar } from "./avatar.ts";
import { Latest } from "./latest.ts";
import { Mark } from "./roof.ts";
import { RowView } from "./row.ts";
import type { Place } from "./scroll.ts";
import { ScrollKeeper } from "./scroll.ts";

// Older entries are asked for when fewer screens than this are left above.
const SCREENS_AHEAD = 2;

// Where the reader was in each room, for when they come back to it.
const places = new WeakMap<Room, Place>();

/** What was said, oldest at the top. */
export function TimelineView({ room }: { room: Room }) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const keeper = useRef<ScrollKeeper | null>(null);
  const isPlaced = useRef(false);
  const rows = room.timeline.value;
  const older = room.older.value;
  const isAtEnd = room.isAtEnd.value;

  useLayoutEffect(() => {
    if (!scroller.current || !content.current || !list.current) return;
    const made = new ScrollKeeper(scroller.current, content.current, list.current, room.isAtEnd);
    keeper.current = made;
    return () => {
      if (made.place) places.set(room, made.place);
      else places.delete(room);
      made.stop();
    };
  }, [room]);

  useLayoutEffect(() => {
    const here = keeper.current;
    if (!here || !scroller.current || rows.length === 0) return;
    if (isPlaced.current) here.settle();
    else {
      isPlaced.current = true;
      arrive(here, room, scroller.current);
    }
    lookAhead();
  }, [rows, older, isAtEnd]);

  function lookAhead() {
    const element = scroller.current;
    if (!element || room.older.peek() !== "more") return;
    if (element.scrollTop < SCREENS_AHEAD * element.clientHeight) room.loadOlder();
  }
  function onScroll() {
    keeper.current?.measure();
    lookAhead();
  }

  return html`<div class="timeline-frame">
    <div
      class="timeline"
      role="log"
      aria-label=${t("room.timeline", { room: room.name.value })}
      aria-busy=${older === "loading"}
      tabindex="0"
      ref=${scroller}
      onScroll=${onScroll}
    >
      <div class="timeline-content" ref=${content}>
        <${Beginning} room=${room} />
        <div ref=${list}>${rows.map((row) => html`<${RowView} key=${row.key} row=${row} />`)}</div>
        <${NoticeLine} room=${room} />
      </div>
    </div>
    <${Latest} room=${room} />
  </div>`;
}

/** Where one stands when a room is shown: where one was, at the first unread line, or at the end. */
function arrive(keeper: ScrollKeeper, room: Room, scroller: HTMLElement) {
  const place = places.get(room);
  if (place && keeper.find(place.key)) {
    keeper.goTo(place);
    return;
  }
  room.isAtEnd.value = true;
  keeper.settle();
  const line = keeper.find("new");
  if (!line) return;
  const top = scroller.clientHeight / 4;
  const isAbove = line.getBoundingClientRect().top - scroller.getBoundingClientRect().top < top;
  if (isAbove) keeper.goTo({ key: "new", top });
}

/** What stands above the first line that is there. */
function Beginning({ room }: { room: Room }) {
  const isEmpty = room.timeline.value.every((row) => row.kind !== "run");
  if (room.older.value !== "none") {
    return html`<div class="older">
      <span class="spinner" aria-hidden="true"></span><span class="for-readers">${t("room.older")}</span>
    </div>`;
  }
  if (room.state.value === "joining" && isEmpty) return null;
  // What the room has is known once one has been in it; one's own lines may wait before that.
  const isKnown = room.state.value === "joined" || room.timeline.value.some(isKept);
  if (!isKnown && !room.other) return null;
  if (room.other) return html`<${DirectBeginning} other=${room.other} isEmpty=${isEmpty} />`;
  return html`<div class="beginning" data-empty=${isEmpty}>
    <${Mark} />
    <p class="beginning-title">${isEmpty ? t("room.empty") : t("room.beginning", { room: room.id })}</p>
    ${isEmpty && html`<p class="quiet">${t("room.empty.what")}</p>`}
  </div>`;
}

/** Whether a row has something in it that the relay keeps. */
function isKept(row: TimelineRow): boolean {
  return row.kind === "event" || (row.kind === "run" && row.lines.some(({ seq }) => seq !== null));
}

/** What stands above a conversation of two, which is there before anything was said. */
function DirectBeginning({ other, isEmpty }: { other: Person; isEmpty: boolean }) {
  return html`<div class="beginning" data-empty=${isEmpty}>
    <${Avatar} person=${other} />
    <p class="beginning-title">${t("direct.beginning", { name: other.name.value })}</p>
    <p class="quiet">${t("direct.beginning.what")}</p>
  </div>`;
}

const noticeKeys = { created: "room.created", welcome: "room.welcome" } as const;

/** What the relay answered to one's coming in. */
function NoticeLine({ room }: { room: Room }) {
  const notice = room.notice.value;
  return notice && html`<p class="event notice-line">${t(noticeKeys[notice])}</p>`;
}
