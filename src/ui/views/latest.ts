import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { html } from "htm/preact";
import { t } from "../models/i18n.ts";
import type { Room } from "../models/room.ts";
import type { TimelineRow } from "../models/timeline.ts";
import { Icon } from "./icon.ts";

/** The way back to the end for who has scrolled up, and how much has been said there meanwhile. */
export function Latest({ room }: { room: Room }) {
  const seen = useSignal(0);
  useSignalEffect(() => {
    const rows = room.timeline.value;
    if (room.isAtEnd.value) seen.value = lastSeq(rows);
  });
  const count = useComputed(() => (room.isAtEnd.value ? 0 : countAfter(room.timeline.value, seen.value)));
  if (room.isAtEnd.value) return null;
  return html`<button
    type="button"
    class="latest"
    onClick=${() => {
      room.isAtEnd.value = true;
    }}
  >
    <${Icon} name="down" />
    <span>${count.value > 0 ? t("room.latest", { count: count.value }) : t("room.end")}</span>
  </button>`;
}

function lastSeq(rows: readonly TimelineRow[]): number {
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i];
    if (row?.kind !== "run") continue;
    const seq = row.lines.findLast((line) => line.seq !== null)?.seq;
    if (seq) return seq;
  }
  return 0;
}

function countAfter(rows: readonly TimelineRow[], seq: number): number {
  let count = 0;
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i];
    if (row?.kind !== "run") continue;
    const later = row.lines.filter((line) => line.seq !== null && line.seq > seq).length;
    if (later === 0 && row.lines.some((line) => line.seq !== null)) return count;
    if (!row.isOwn) count += later;
  }
  return count;
}
