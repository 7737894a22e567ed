import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { t } from "../models/i18n.ts";
import { pickFiles, pickFolder } from "../models/picking.ts";
import type { Problem } from "../models/problem.ts";
import type { Room } from "../models/room.ts";
import type { Upload } from "../models/upload.ts";
import { Icon } from "./icon.ts";
import { ProblemText } from "./problem.ts";

/** The files that were being sent when the page was closed, and how each goes on. */
export function Unfinished({ room }: { room: Room }) {
  const uploads = room.unfinished.value;
  if (uploads.length === 0) return null;
  return html`<section class="unfinished" aria-labelledby="unfinished-title">
    <h2 id="unfinished-title">${t("unfinished.title", { count: uploads.length })}</h2>
    <ul>
      ${uploads.map((upload) => html`<${UnfinishedRow} key=${upload.id} upload=${upload} />`)}
    </ul>
  </section>`;
}

function UnfinishedRow({ upload }: { upload: Upload }) {
  const problem = useSignal<Problem | null>(null);
  const state = upload.state.value;
  const canAsk = state.state === "missing" && state.canAsk;
  const { name } = upload;

  async function goOn() {
    if (canAsk) {
      problem.value = await upload.ask();
      return;
    }
    const [picked] = await (upload.isFolder ? pickFolder() : pickFiles());
    if (picked) problem.value = upload.supply(picked);
  }
  return html`<li>
    <${Icon} name=${upload.isFolder ? "folder" : "file"} />
    <span class="unfinished-name" dir="auto">${name}</span>
    <button type="button" class="button small" onClick=${goOn}>${t(canAsk ? "file.go-on" : "file.choose")}</button>
    <button type="button" class="icon-button" aria-label=${t("file.cancel", { name })} onClick=${() => upload.cancel()}>
      <${Icon} name="close" />
    </button>
    ${problem.value && html`<${ProblemText} problem=${problem.value} />`}
  </li>`;
}
