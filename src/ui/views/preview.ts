import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import type { FileCard } from "../models/file-card.ts";
import { filePath } from "../models/file-card.ts";
import { t } from "../models/i18n.ts";
import { kindOf } from "./file-kind.ts";
import { Icon } from "./icon.ts";
import { useObjectUrl } from "./object-url.ts";
import { openFile } from "./opened.ts";

/** What can be seen of a file without taking it. Its place is as large before it is there as after. */
export function PreviewView({ card, isSeen }: { card: FileCard; isSeen: boolean }) {
  switch (card.preview.value) {
    case "image":
      return html`<${Picture} card=${card} isSeen=${isSeen} />`;
    case "video":
      return html`<div class="preview video">${isSeen && html`<${Video} card=${card} />`}</div>`;
    case "audio":
      return html`<div class="preview audio">${isSeen && html`<${Audio} card=${card} />`}</div>`;
    case "text":
      return html`<div class="preview text-preview" role="group" aria-label=${t("file.text", { name: card.name })}>${isSeen && html`<${TextBeginning} card=${card} />`}</div>`;
    case null:
      return null;
  }
}

function Picture({ card, isSeen }: { card: FileCard; isSeen: boolean }) {
  const isSmall = useSignal(false);
  const { src, retry } = useSource(card, isSeen);
  if (!src) return html`<div class="preview picture"><${Icon} name="image" /></div>`;
  return html`<button
    type="button"
    class="preview picture"
    aria-label=${t("file.enlarge", { name: card.name })}
    onClick=${(event: Event) => openFile("image", card, event)}
  >
    <img
      src=${src}
      alt=""
      data-small=${isSmall}
      onLoad=${(event: Event) => {
        const image = event.currentTarget as HTMLImageElement;
        isSmall.value = image.naturalWidth < image.clientWidth && image.naturalHeight < image.clientHeight;
      }}
      onError=${retry}
    />
  </button>`;
}

function Video({ card }: { card: FileCard }) {
  const { src, retry } = useSource(card, true);
  return (
    src &&
    html`<video controls playsinline preload="metadata" aria-label=${card.name} src=${src} onError=${retry}></video>`
  );
}

function Audio({ card }: { card: FileCard }) {
  const { src, retry } = useSource(card, true);
  return (
    src &&
    html`<audio controls preload="metadata" aria-label=${card.name} src=${src} onError=${retry}></audio>`
  );
}

function TextBeginning({ card }: { card: FileCard }) {
  const text = useSignal<string | null>(null);
  useEffect(() => {
    void card.readText().then((read) => {
      text.value = read;
    });
  }, [card]);
  return html`<pre dir="auto">${text}</pre>`;
}

/**
 * Where a file can be looked at: in this page, when it is sent from here, otherwise at the server once it is whole.
 * The address stays the same when the permit is renewed, so that nothing is fetched twice; when it fails, it is asked
 * for anew, once.
 */
export function useSource(card: FileCard, isSeen: boolean) {
  const path = useSignal<string | null>(null);
  const isRetried = useSignal(false);
  const isThere = card.state.value.state === "complete";
  // Bytes that are here need not come back; but what a name alone calls a picture is shown from nowhere else.
  const own = useSignal<Blob | null>(null);
  const blob = card.upload.value?.source.value?.blob ?? null;
  if (blob && own.peek() === null && kindOf(card.name) === "image") own.value = blob;
  const local = useObjectUrl(own.value);

  async function ask() {
    if (await card.view.ask()) return;
    path.value = filePath(card, card.view.value.peek() ?? "");
  }
  useEffect(() => {
    if (isSeen && isThere && path.peek() === null && own.peek() === null) void ask();
  }, [isSeen, isThere]);
  return {
    src: local ?? path.value,
    retry() {
      if (isRetried.peek()) return;
      isRetried.value = true;
      own.value = null;
      path.value = null;
      if (isThere) void ask();
    },
  };
}
