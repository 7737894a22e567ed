import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { FileCard } from "../models/file-card.ts";
import { folderFilePath } from "../models/file-card.ts";
import { formatBytes, t } from "../models/i18n.ts";
import type { FolderFile } from "../models/tar.ts";
import { Dialog } from "./dialog.ts";
import { StatusLine } from "./file.ts";
import { kindOf } from "./file-kind.ts";
import { FileLink, TicketLink } from "./file-link.ts";
import { Icon } from "./icon.ts";
import { useSource } from "./preview.ts";

// More than this nobody reads, and a list of a hundred thousand stops the page.
const LISTED_MAX = 500;

/** A picture as large as the window lets it be. */
export function ImageDialog({ card }: { card: FileCard }) {
  const { src, retry } = useSource(card, true);
  return html`<${Dialog} title=${card.name} kind="viewer">
    <div class="viewer-image">${src && html`<img src=${src} alt=${card.name} onError=${retry} />`}</div>
    <p class="viewer-foot">
      <${Icon} name="download" />
      ${card.state.value.state === "complete" && html`<${FileLink} card=${card} />`}
      <${StatusLine} card=${card} />
    </p>
  <//>`;
}

/** What is in a folder, to be taken file by file. */
export function FolderDialog({ card }: { card: FileCard }) {
  const id = useId();
  const files = useSignal<readonly FolderFile[] | "asking" | null>("asking");
  const wished = useSignal("");
  useEffect(() => card.download.watch(), [card]);
  useEffect(() => {
    void card.readFolder().then((read) => {
      files.value = read;
    });
  }, [card]);
  const field = useRef<HTMLInputElement>(null);
  const list = files.value;
  useEffect(() => field.current?.focus(), [list]);
  const found = Array.isArray(list) ? find(list, wished.value) : [];
  return html`<${Dialog} title=${t("file.content.title", { name: card.name })} kind="wide">
    ${list === "asking" && html`<p class="older"><span class="spinner" aria-hidden="true"></span></p>`}
    ${list === null && html`<p class="quiet">${t("file.content.none")}</p>`}
    ${
      Array.isArray(list) &&
      html`<div class="field">
          <label class="for-readers" for=${id}>${t("file.content.find")}</label>
          <input
            id=${id}
            ref=${field}
            type="search"
            value=${wished}
            placeholder=${t("file.content.find")}
            autocomplete="off"
            spellcheck=${false}
            onInput=${(event: InputEvent) => {
              wished.value = (event.currentTarget as HTMLInputElement).value;
            }}
          />
        </div>
        <ul class="folder-files">
          ${found.slice(0, LISTED_MAX).map((file) => html`<${FolderRow} key=${file.path} card=${card} file=${file} />`)}
        </ul>
        ${found.length === 0 && html`<p class="quiet">${t("file.content.nothing")}</p>`}
        ${found.length > LISTED_MAX && html`<p class="small quiet">${t("file.content.more", { count: LISTED_MAX })}</p>`}`
    }
  <//>`;
}

function FolderRow({ card, file }: { card: FileCard; file: FolderFile }) {
  const elements = file.path.split("/");
  const name = elements.pop() ?? "";
  return html`<li>
    <${Icon} name=${kindOf(name)} />
    <div class="folder-path">
      <${TicketLink}
        class="file-link"
        ticket=${card.download}
        path=${(ticket: string) => folderFilePath(card, ticket, file.path)}
        name=${name}
        text=${name}
      />
      ${elements.length > 0 && html`<span class="small quiet" dir="auto">${elements.join("/")}</span>`}
    </div>
    <span class="small quiet">${formatBytes(file.size)}</span>
  </li>`;
}

function find(files: readonly FolderFile[], wished: string): readonly FolderFile[] {
  const words = wished.toLowerCase().split(/\s+/).filter(Boolean);
  return files.filter(({ path }) => words.every((word) => path.toLowerCase().includes(word)));
}
