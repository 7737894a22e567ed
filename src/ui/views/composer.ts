import { useComputed } from "@preact/signals";
import { html } from "htm/preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { limits } from "../../wire/limits.ts";
import { t } from "../models/i18n.ts";
import type { Room } from "../models/room.ts";
import { AttachButton, Chips } from "./attach.ts";
import { focusComposer } from "./focus.ts";
import { Icon } from "./icon.ts";
import { Typing } from "./typing.ts";
import { Unfinished } from "./unfinished.ts";

// From here on it is said how much is left.
const NEAR_BYTES = 1024;
// What keyCode is while an input method is at work, in Safari also for the Enter that ends it.
const IME_KEY = 229;

/** Where one writes. It is never switched off: what cannot be sent now waits. */
export function Composer({ room }: { room: Room }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = room.draft.value;
  const isReady = room.isReady.value;
  // Before anything else can happen: the next key is already meant for this room.
  useLayoutEffect(() => {
    // A touch keyboard would cover what one has come to read.
    if (matchMedia("(pointer: fine)").matches) focusComposer();
  }, [room]);
  useLayoutEffect(() => {
    if (field.current) fitHeight(field.current);
  }, [draft]);

  function send() {
    if (isReady) room.isAtEnd.value = true;
    room.send();
    field.current?.focus();
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.isComposing || event.keyCode === IME_KEY) return;
    event.preventDefault();
    send();
  }
  return html`<form
    class="composer"
    onSubmit=${(event: Event) => {
      event.preventDefault();
      send();
    }}
  >
    <${Typing} room=${room} />
    <${Unfinished} room=${room} />
    <div class="composer-box">
      <${Chips} room=${room} />
      <${AttachButton} room=${room} />
      <textarea
        ref=${field}
        rows="1"
        aria-label=${t("composer.message")}
        aria-describedby="composer-left"
        aria-invalid=${room.draftProblem.value !== null}
        placeholder=${t("composer.placeholder", { room: room.name.value })}
        dir="auto"
        autocomplete="off"
        value=${room.draft}
        onInput=${(event: InputEvent) => {
          room.draft.value = (event.currentTarget as HTMLTextAreaElement).value;
          room.typed();
        }}
        onKeyDown=${onKeyDown}
      ></textarea>
      <button type="submit" class="send" aria-label=${t("composer.send")} data-ready=${isReady}>
        <${Icon} name="send" />
      </button>
    </div>
    <${BytesLeft} room=${room} />
  </form>`;
}

function BytesLeft({ room }: { room: Room }) {
  const left = useComputed(() => {
    const text = room.draft.value;
    // No character has more than three bytes for each of its UTF-16 units.
    if (text.length * 3 < limits.textBytesMax - NEAR_BYTES) return limits.textBytesMax;
    return limits.textBytesMax - new TextEncoder().encode(text.trim()).length;
  });
  const bytes = left.value;
  return html`<p class="bytes-left" id="composer-left" data-over=${bytes < 0}>
    ${bytes < 0 ? t("composer.over", { count: -bytes }) : bytes < NEAR_BYTES && t("composer.left", { count: bytes })}
  </p>`;
}

/** Where the browser cannot grow a field with its text by itself, it is measured. */
function fitHeight(field: HTMLTextAreaElement) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.setProperty("block-size", "auto");
  field.style.setProperty("block-size", `${field.scrollHeight}px`);
}
