import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import { AllRooms } from "./all-rooms.ts";
import { useAsk } from "./ask.ts";
import { CarryDialog } from "./carry.ts";
import { closeDialog, Dialog, DialogButtons, useBusy } from "./dialog.ts";
import { Field } from "./field.ts";
import { FolderDialog, ImageDialog } from "./file-dialogs.ts";
import { FreeThisName } from "./free.ts";
import { JoinRoom, MakeRoom } from "./join-dialog.ts";
import { DeleteRoom, OpenRoom, RekeyRoom, RemovePerson, UnlockRoom } from "./manage-dialogs.ts";
import { nameToFree, opened, openedFile, openedRoom } from "./opened.ts";
import { Shortcuts } from "./shortcuts.ts";

/** The dialog that is open, if one is. */
export function Dialogs({ app }: { app: App }) {
  const room = app.rooms.current.value;
  const managed = openedRoom.value;
  switch (opened.value) {
    case null:
      return null;
    case "all":
      return html`<${AllRooms} app=${app} />`;
    case "join":
      return html`<${JoinRoom} app=${app} />`;
    case "make":
      return html`<${MakeRoom} app=${app} />`;
    case "unlock":
      return room && html`<${UnlockRoom} app=${app} room=${room} />`;
    case "rekey":
      return managed && html`<${RekeyRoom} app=${app} room=${managed} />`;
    case "open":
      return managed && html`<${OpenRoom} app=${app} room=${managed} />`;
    case "remove":
      return managed && html`<${RemovePerson} app=${app} room=${managed} />`;
    case "delete":
      return managed && html`<${DeleteRoom} app=${app} room=${managed} />`;
    case "leave":
      return html`<${LeaveRoom} app=${app} />`;
    case "rename":
      return html`<${Rename} app=${app} />`;
    case "free":
      return nameToFree.value === null
        ? html`<${FreeName} app=${app} />`
        : html`<${FreeThisName} app=${app} name=${nameToFree.value} />`;
    case "carry":
      return html`<${CarryDialog} app=${app} />`;
    case "switch":
      return html`<${SwitchServer} app=${app} />`;
    case "image":
      return openedFile.value && html`<${ImageDialog} card=${openedFile.value} />`;
    case "folder":
      return openedFile.value && html`<${FolderDialog} card=${openedFile.value} />`;
    case "keys":
      return html`<${Dialog} title=${t("me.shortcuts")}><${Shortcuts} /><//>`;
  }
}

function LeaveRoom({ app }: { app: App }) {
  const room = app.rooms.current.value;
  if (!room) return null;
  return html`<${Dialog} title=${t("leave.title", { room: room.name.value })}>
    <form
      onSubmit=${(event: Event) => {
        event.preventDefault();
        closeDialog();
        app.rooms.leave(room);
      }}
    >
      ${room.waiting.value > 0 && html`<p class="quiet">${t("leave.what", { count: room.waiting.value })}</p>`}
      ${room.sending.value > 0 && html`<p class="quiet">${t("leave.files", { count: room.sending.value })}</p>`}
      <${DialogButtons} label=${t("room.leave")} />
    </form>
  <//>`;
}

function Rename({ app }: { app: App }) {
  const ask = useAsk(async (name) => {
    const problem = await app.me.rename(name);
    if (!problem) closeDialog();
    return problem;
  }, app.me.name.peek());
  return html`<${Dialog} title=${t("me.rename")}>
    <form onSubmit=${ask.submit}>
      <${Field}
        label=${t("login.name")}
        value=${ask.value}
        problem=${ask.problem}
        hint=${t("me.rename.what")}
        take=${ask.take}
        isFirst
      />
      <${DialogButtons} label=${t("me.rename.do")} isBusy=${ask.isBusy} />
    </form>
  <//>`;
}

function FreeName({ app }: { app: App }) {
  const freed = useSignal("");
  const ask = useAsk(async (name) => {
    freed.value = "";
    const problem = await app.me.freeName(name);
    if (!problem) {
      freed.value = name;
      ask.value.value = "";
    }
    return problem;
  });
  return html`<${Dialog} title=${t("me.free")}>
    <form onSubmit=${ask.submit}>
      <${Field} label=${t("me.free.name")} value=${ask.value} problem=${ask.problem} hint=${t("me.free.what")} isFirst />
      <p class="done" role="status">${freed.value && t("me.free.done", { name: freed.value })}</p>
      <${DialogButtons} label=${t("me.free.do")} isBusy=${ask.isBusy} />
    </form>
  <//>`;
}

function SwitchServer({ app }: { app: App }) {
  const { isBusy, during } = useBusy();
  return html`<${Dialog} title=${t("me.switch")}>
    <form
      onSubmit=${(event: Event) => {
        event.preventDefault();
        during(() => app.leaveServer());
      }}
    >
      <p class="quiet">${t("me.switch.what")}</p>
      <${DialogButtons} label=${t("me.switch.do")} isBusy=${isBusy.value} />
    </form>
  <//>`;
}
