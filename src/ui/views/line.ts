import { html } from "htm/preact";
import type { FileCard } from "../models/file-card.ts";
import { formatTime, language, t } from "../models/i18n.ts";
import type { Line } from "../models/timeline.ts";
import { FileView } from "./file.ts";
import { Icon } from "./icon.ts";
import { isEmojiOnly, Parts } from "./parts.ts";
import { ProblemText } from "./problem.ts";

/** One message: its text, when it was said, and whether it has arrived. */
export function LineView({ line, isTimed }: { line: Line; isTimed: boolean }) {
  if (line.file) return html`<${FileLine} line=${line} file=${line.file} isTimed=${isTimed} />`;
  return html`<div class="line" data-key=${line.key} data-state=${line.state}>
    <div class="bubble" data-emoji=${isEmojiOnly(line.text)}>
      <div class="text" dir="auto">
        <${Parts} parts=${line.parts} />${" "}
        <span class="line-end">
          ${line.state === "waiting" && html`<${Waiting} />`}
          <${Time} at=${line.at} isShown=${isTimed && line.state !== "failed"} />
        </span>
      </div>
    </div>
    ${line.state === "failed" && html`<${Failed} line=${line} />`}
  </div>`;
}

/** A file that was sent: a card in place of a text. */
function FileLine({ line, file, isTimed }: { line: Line; file: FileCard; isTimed: boolean }) {
  return html`<div class="line file-line" data-key=${line.key} data-state=${line.state}>
    <div class="bubble">
      <${FileView} card=${file}>
        <span class="line-end">
          ${line.state === "waiting" && html`<${Waiting} />`}
          <${Time} at=${line.at} isShown=${isTimed && line.state !== "failed"} />
        </span>
      <//>
    </div>
    ${line.state === "failed" && html`<${Failed} line=${line} />`}
  </div>`;
}

function Time({ at, isShown }: { at: number; isShown: boolean }) {
  const date = new Date(at);
  return html`<time
    class=${isShown ? "" : "for-readers"}
    dir="ltr"
    datetime=${date.toISOString()}
    title=${date.toLocaleString(language.value, { dateStyle: "full", timeStyle: "medium" })}
    >${formatTime(at)}</time
  >`;
}

function Waiting() {
  return html`<span class="waiting"><${Icon} name="clock" /><span class="for-readers">${t("line.waiting")}</span></span>`;
}

/** Why it was not sent, and what to do about it. */
function Failed({ line }: { line: Line }) {
  return html`<div class="failed">
    <span class="for-readers">${t("line.failed")}</span>
    <${ProblemText} problem=${line.problem ?? { key: "line.failed" }} />
    ${line.retry && html`<button type="button" class="link" onClick=${line.retry}>${t("line.retry")}</button>`}
    ${line.remove && html`<button type="button" class="link" onClick=${line.remove}>${t("line.remove")}</button>`}
  </div>`;
}
