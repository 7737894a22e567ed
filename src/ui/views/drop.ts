import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { formatTime, t } from "../models/i18n.ts";
import type { Picked } from "../models/picked.ts";
import { fromTransfer } from "../models/picking.ts";
import type { Room } from "../models/room.ts";
import { focusComposer } from "./focus.ts";
import { Icon } from "./icon.ts";
import { opened } from "./opened.ts";

/** Takes what is dropped anywhere on the window, or pasted, and says so while something hangs over it. */
export function DropZone({ room }: { room: Room }) {
  const isOver = useSignal(false);
  useEffect(() => {
    const mayTake = () => opened.peek() === null && !room.isOut.peek();
    function take(event: Event, transfer: DataTransfer, rename?: (picked: Picked) => Picked) {
      event.preventDefault();
      const picked = fromTransfer(transfer);
      void room.attachments.add(rename ? picked.then((all) => all.map(rename)) : picked);
      focusComposer();
    }
    function onDrag(event: DragEvent) {
      if (!hasFiles(event.dataTransfer) || !mayTake()) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
      isOver.value = true;
    }
    function onLeave(event: DragEvent) {
      // Between two elements of the page there is another; out of the window there is none.
      if (event.relatedTarget === null) isOver.value = false;
    }
    function onDrop(event: DragEvent) {
      isOver.value = false;
      if (!event.dataTransfer || !hasFiles(event.dataTransfer)) return;
      if (mayTake()) take(event, event.dataTransfer);
      // Elsewhere the browser would leave the page for the file.
      else event.preventDefault();
    }
    function onPaste(event: ClipboardEvent) {
      const { clipboardData } = event;
      // What is copied from a table or a page comes with a picture of itself: its text is meant.
      if (!clipboardData || clipboardData.files.length === 0 || clipboardData.types.includes("text/plain"))
        return;
      if (mayTake()) take(event, clipboardData, withPastedName);
    }
    const listeners = {
      dragenter: onDrag,
      dragover: onDrag,
      dragleave: onLeave,
      drop: onDrop,
      paste: onPaste,
    };
    for (const [type, listener] of Object.entries(listeners))
      addEventListener(type, listener as EventListener);
    return () => {
      for (const [type, listener] of Object.entries(listeners)) {
        removeEventListener(type, listener as EventListener);
      }
    };
  }, [room]);
  if (!isOver.value) return null;
  return html`<div class="drop">
    <div class="drop-sign">
      <${Icon} name="download" />
      <p class="drop-title">${t("attach.drop", { room: room.name.value })}</p>
      <p class="quiet">${t("attach.drop.what")}</p>
    </div>
  </div>`;
}

function hasFiles(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes("Files") ?? false;
}

/** Browsers call every picture that is pasted "image.png"; ten of them could not be told apart. */
function withPastedName(picked: Picked): Picked {
  if (picked.kind !== "file" || !/^image\.\w+$/.test(picked.name)) return picked;
  const { file } = picked;
  const name = `${t("attach.pasted", { time: formatTime(Date.now()).replace(":", ".") })}${file.name.slice("image".length)}`;
  const { type, lastModified } = file;
  return { ...picked, name, file: new File([file], name, { type, lastModified }) };
}
