import { html } from "htm/preact";
import type { Attachment } from "../models/attachments.ts";
import { formatBytes, t } from "../models/i18n.ts";
import type { Picked } from "../models/picked.ts";
import { fromInput, pickFiles, pickFolder } from "../models/picking.ts";
import type { Room } from "../models/room.ts";
import { kindOf } from "./file-kind.ts";
import { focusComposer } from "./focus.ts";
import { Icon } from "./icon.ts";
import { useObjectUrl } from "./object-url.ts";
import { Popover } from "./popover.ts";
import { ProblemText } from "./problem.ts";

/**
 * Files or a folder: what browsers let a person choose by two different dialogs. What fills in pages for somebody, an
 * extension or a script, finds a field for files as well.
 */
export function AttachButton({ room }: { room: Room }) {
  function onChange(event: Event) {
    const input = event.currentTarget as HTMLInputElement;
    void room.attachments.add(Promise.resolve(fromInput(input)));
    input.value = "";
  }
  return html`<input type="file" multiple hidden onChange=${onChange} />
    <button
      type="button"
      class="icon-button attach-button"
      popovertarget="attach-menu"
      aria-label=${t("attach.button")}
    >
      <${Icon} name="clip" />
    </button>
    <${Popover} id="attach-menu" label=${t("attach.button")} draw=${() => html`<${AttachMenu} room=${room} />`} />`;
}

function AttachMenu({ room }: { room: Room }) {
  async function pick(picked: Promise<Picked[]>) {
    document.getElementById("attach-menu")?.hidePopover();
    await room.attachments.add(picked);
    focusComposer();
  }
  return html`<div class="menu">
    <button type="button" class="menu-item" onClick=${() => pick(pickFiles())}>
      <${Icon} name="file" /><span>${t("attach.files")}</span>
    </button>
    <button type="button" class="menu-item" onClick=${() => pick(pickFolder())}>
      <${Icon} name="folder" /><span>${t("attach.folder")}</span>
    </button>
  </div>`;
}

/** What is going to be sent, each to be taken away again. */
export function Chips({ room }: { room: Room }) {
  const list = room.attachments.list.value;
  const isReading = room.attachments.isReading.value;
  if (list.length === 0 && !isReading) return null;
  return html`<ul class="chips" aria-label=${t("attach.list")}>
    ${list.map((attachment) => html`<${Chip} key=${attachment.key} attachment=${attachment} />`)}
    ${
      isReading &&
      html`<li class="chip reading">
        <span class="spinner" aria-hidden="true"></span><span>${t("attach.reading")}</span>
      </li>`
    }
  </ul>`;
}

function Chip({ attachment }: { attachment: Attachment }) {
  const { name, size, picked, problem } = attachment;
  const meta = [
    picked.kind === "folder" && t("file.files", { count: picked.parts.length }),
    formatBytes(size),
  ].filter(Boolean);
  return html`<li class="chip" data-problem=${problem !== null}>
    <${Thumbnail} picked=${picked} />
    <span class="chip-text">
      <span class="chip-name" dir="auto" title=${name}>${name}</span>
      ${problem ? html`<${ProblemText} problem=${problem} />` : html`<span class="small quiet">${meta.join(" · ")}</span>`}
    </span>
    <button
      type="button"
      class="icon-button"
      aria-label=${t("attach.remove", { name })}
      onClick=${() => {
        attachment.remove();
        focusComposer();
      }}
    >
      <${Icon} name="close" />
    </button>
  </li>`;
}

function Thumbnail({ picked }: { picked: Picked }) {
  const kind = picked.kind === "folder" ? "folder" : kindOf(picked.name);
  const url = useObjectUrl(picked.kind === "file" && kind === "image" ? picked.file : null);
  if (url) return html`<img class="thumbnail" src=${url} alt="" />`;
  return html`<span class="thumbnail"><${Icon} name=${kind} /></span>`;
}
