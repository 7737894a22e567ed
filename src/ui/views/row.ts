import { html } from "htm/preact";
import { formatDay, formatTime, t } from "../models/i18n.ts";
import type { Line, TimelineRow } from "../models/timeline.ts";
import { Avatar, hueOf } from "./avatar.ts";
import { LineView } from "./line.ts";

type Run = Extract<TimelineRow, { kind: "run" }>;

/** One row of the timeline. A row that is the same object as before is not drawn again. */
export function RowView({ row }: { row: TimelineRow }) {
  switch (row.kind) {
    case "day":
      return html`<p class="day">
        <time datetime=${dayOf(row.at)}>${formatDay(row.at)}</time>
      </p>`;
    case "new":
      return html`<p class="new-line" data-key="new"><span>${t("room.new")}</span></p>`;
    case "event":
      return html`<p class="event">
        ${t(`room.event.${row.action}`, { name: row.author.name.value, who: row.who?.name.value ?? "" })}
      </p>`;
    case "run":
      return html`<${RunView} run=${row} />`;
  }
}

/** What one person said without another in between. */
function RunView({ run }: { run: Run }) {
  const { author, lines } = run;
  return html`<div class="run" data-own=${run.isOwn}>
    ${!run.isOwn && html`<${Avatar} person=${author} />`}
    <div class="run-lines">
      ${
        run.isOwn
          ? html`<span class="for-readers">${t("line.you")}</span>`
          : html`<span class="person-name" data-hue=${hueOf(author.member)} dir="auto">${author.name}</span>`
      }
      ${lines.map((line, i) => html`<${LineView} key=${line.key} line=${line} isTimed=${isTimed(line, lines[i + 1])} />`)}
    </div>
  </div>`;
}

/** The time stands at the last line of each minute: more would say the same again. */
function isTimed(line: Line, next: Line | undefined): boolean {
  return !next || next.state === "failed" || formatTime(line.at) !== formatTime(next.at);
}

/** The local day as YYYY-MM-DD. */
function dayOf(at: number): string {
  const day = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
