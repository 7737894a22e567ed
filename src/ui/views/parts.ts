import { html } from "htm/preact";
import { t } from "../models/i18n.ts";
import type { Part } from "../models/markup.ts";
import { CopyButton } from "./copy.ts";

/** A text, drawn part by part as elements: nothing in it is ever read as markup of the page. */
export function Parts({ parts }: { parts: readonly Part[] }) {
  return parts.map((part, i) => draw(part, parts[i - 1]?.kind === "fence", parts[i + 1]?.kind === "fence"));
}

function draw(part: Part, isAfterFence: boolean, isBeforeFence: boolean) {
  switch (part.kind) {
    case "text": {
      // A fence is a block: the line break beside it would be one too many.
      const from = isAfterFence && part.source.startsWith("\n") ? 1 : 0;
      const to = isBeforeFence && part.source.endsWith("\n") ? -1 : part.source.length;
      return part.source.slice(from, to);
    }
    case "link":
      return html`<a href=${part.href} target="_blank" rel="noopener noreferrer">${part.source}</a>`;
    case "code":
      return html`<code>${part.text}</code>`;
    case "fence":
      return html`<div class="fence" dir="ltr">
        <div class="fence-head">
          <span>${part.language}</span>
          <${CopyButton} text=${part.text} label=${t("line.copy")} />
        </div>
        <pre tabindex="0"><code>${part.text}</code></pre>
      </div>`;
  }
}

const EMOJI_MAX = 6;
const emojiOnly = new RegExp(`^(?:\\p{RGI_Emoji}\\s*){1,${EMOJI_MAX}}$`, "v");

/** Whether a text is a few emoji and nothing else. */
export function isEmojiOnly(text: string): boolean {
  // An emoji is at most some 14 UTF-16 units; a long text is not worth the search.
  return text.length <= 100 && emojiOnly.test(text);
}
