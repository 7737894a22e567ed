import { html } from "htm/preact";
import type { FileCard } from "../models/file-card.ts";
import { formatDay, formatTime, t } from "../models/i18n.ts";
import type { Room } from "../models/room.ts";
import { StatusLine } from "./file.ts";
import { iconOf } from "./file-kind.ts";
import { FileLink } from "./file-link.ts";
import { Progress } from "./file-status.ts";
import { Icon } from "./icon.ts";

/** The files of a room, newest first. */
export function FilesPanel({ room }: { room: Room }) {
  const files = room.files.value;
  const older = room.older.value;
  return html`<section class="panel files">
    <h2>${t("file.title")}</h2>
    ${
      files.length === 0 &&
      html`<div class="files-none">
        <${Icon} name="files" />
        <p>${t("file.none")}</p>
        <p class="small quiet">${t("file.none.what")}</p>
      </div>`
    }
    <ul>
      ${files.map((card) => html`<li key=${card.key}><${FileRow} card=${card} /></li>`)}
    </ul>
    ${
      older !== "none" &&
      html`<button type="button" class="button small" aria-disabled=${older === "loading"} onClick=${() => room.loadOlder()}>
        ${t("file.older")}
      </button>`
    }
  </section>`;
}

function FileRow({ card }: { card: FileCard }) {
  const isTaken = card.file !== null && card.state.value.state !== "failed";
  return html`<div class="file-row">
    <span class="file-icon" data-kind=${iconOf(card)}><${Icon} name=${iconOf(card)} /></span>
    <div class="file-text">
      ${isTaken ? html`<${FileLink} card=${card} />` : html`<span class="file-name" dir="auto">${card.name}</span>`}
      <${StatusLine} card=${card} />
      <span class="file-status">
        <span dir="auto">${card.isOwn ? t("line.you") : card.author.name}</span>
        ${` · ${formatDay(card.at)}, ${formatTime(card.at)}`}
      </span>
      <${Progress} card=${card} />
    </div>
  </div>`;
}
