import { html } from "htm/preact";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { FileCard } from "../models/file-card.ts";
import { t } from "../models/i18n.ts";
import type { Upload } from "../models/upload.ts";
import { CopyButton } from "./copy.ts";
import { iconOf } from "./file-kind.ts";
import { FileLink } from "./file-link.ts";
import { Progress, statusOf } from "./file-status.ts";
import { focusComposer } from "./focus.ts";
import { Icon } from "./icon.ts";
import { openFile } from "./opened.ts";
import { PreviewView } from "./preview.ts";
import { useSeen } from "./seen.ts";

// So many names are said; the details have all.
const NAMES_MAX = 2;

/**
 * A file in the timeline: what it is, how far it has come, and what can be done with it.
 *
 * @param children  What stands at its end, as at that of any line.
 */
export function FileView({ card, children }: { card: FileCard; children?: ComponentChildren }) {
  const element = useRef<HTMLDivElement>(null);
  const isSeen = useSeen(element);
  const { state } = card.state.value;
  return html`<div class="file" data-state=${state} ref=${element}>
    <${PreviewView} card=${card} isSeen=${isSeen} />
    <div class="file-head">
      <span class="file-icon" data-kind=${iconOf(card)}><${Icon} name=${iconOf(card)} /></span>
      <div class="file-text">
        ${
          isSeen && card.file !== null && state !== "failed"
            ? html`<${FileLink} card=${card} />`
            : html`<span class="file-name" dir="auto">${card.name}</span>`
        }
        <${StatusLine} card=${card} />
      </div>
      <${Actions} card=${card} />
    </div>
    <${Progress} card=${card} />
    ${card.folder && card.file !== null && state !== "failed" && html`<${FolderButton} card=${card} />`}
    <div class="file-foot"><${Details} card=${card} />${children}</div>
  </div>`;
}

export function StatusLine({ card }: { card: FileCard }) {
  const status = statusOf(card);
  return html`<span class="file-status" data-tone=${status.tone}>${status.text}</span>`;
}

/** What can be done with a file: take it, and while it is on its way, hold it up or end it. */
function Actions({ card }: { card: FileCard }) {
  const { name } = card;
  const { state } = card.state.value;
  const upload = card.upload.value;
  function cancel() {
    card.cancel();
    // The button is gone, and the focus would be with it.
    focusComposer();
  }
  if (state === "failed") return null;
  return html`
    ${(state === "complete" || !card.isOwn) && html`<span class="file-take"><${Icon} name="download" /></span>`}
    ${
      state !== "complete" &&
      (upload || card.mayCancel.value) &&
      html`<span class="file-actions">
        ${upload && html`<${PauseButton} upload=${upload} />`}
        ${
          card.mayCancel.value &&
          html`<button type="button" class="icon-button" aria-label=${t("file.cancel", { name })} onClick=${cancel}>
            <${Icon} name="close" />
          </button>`
        }
      </span>`
    }
  `;
}

function PauseButton({ upload }: { upload: Upload }) {
  const { name } = upload;
  switch (upload.state.value.state) {
    case "sending":
    case "queued":
      return html`<button
        type="button"
        class="icon-button"
        aria-label=${t("file.pause", { name })}
        onClick=${() => upload.pause()}
      >
        <${Icon} name="pause" />
      </button>`;
    case "paused":
    case "waiting":
      return html`<button
        type="button"
        class="icon-button"
        aria-label=${t("file.resume", { name })}
        onClick=${() => upload.resume()}
      >
        <${Icon} name=${upload.state.value.state === "paused" ? "play" : "retry"} />
      </button>`;
    default:
      return null;
  }
}

function FolderButton({ card }: { card: FileCard }) {
  return html`<button type="button" class="link file-content" onClick=${(event: Event) => openFile("folder", card, event)}>
    ${t("file.content")}
  </button>`;
}

/** That it was checked, and who has it; behind that, how one can check it oneself. */
function Details({ card }: { card: FileCard }) {
  const state = card.state.value;
  const received = card.received.value;
  if (state.state !== "complete") return null;
  const names = received.map((person) => person.name.value);
  return html`<details class="file-details">
    <summary>
      <${Icon} name="check" /><span>${t("file.checked")}</span>
      ${received.length > 0 && html`<span>· ${receivedBy(names)}</span>`}
    </summary>
    <p>${t("file.checked.what")}</p>
    <p class="file-sum">
      <code>${state.sha256}</code>
      <${CopyButton} text=${state.sha256} label=${t("copy.what", { text: "SHA-256" })} />
    </p>
    ${
      received.length > NAMES_MAX &&
      html`<p>${t("file.received.by")}</p>
        <ul>
          ${received.map((person) => html`<li key=${person.member} dir="auto">${person.name}</li>`)}
        </ul>`
    }
  </details>`;
}

function receivedBy(names: readonly string[]): string {
  if (names.length > NAMES_MAX) return t("file.received", { count: names.length });
  return `${t("file.received.by")} ${names.join(", ")}`;
}
