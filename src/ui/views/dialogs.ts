import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import type { Problem } from "../models/problem.ts";
import { CarryDialog } from "./carry.ts";
import { closeDialog, Dialog, DialogButtons, useBusy } from "./dialog.ts";
import { Field } from "./field.ts";
import { FolderDialog, ImageDialog } from "./file-dialogs.ts";
import { focusComposer } from "./focus.ts";
import { FreeThisName } from "./free.ts";
import { nameToFree, opened, openedFile, pane } from "./opened.ts";
import { Shortcuts } from "./shortcuts.ts";

/** The dialog that is open, if one is. */
export function Dialogs({ app }: { app: App }) {
  switch (opened.value) {
    case null:
      return null;
    case "join":
      return html`<${JoinRoom} app=${app} />`;
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

function JoinRoom({ app }: { app: App }) {
  const ask = useAsk(async (room) => {
    const problem = await app.rooms.join(room);
    if (!problem) {
      pane.value = "room";
      closeDialog();
      // Not back to the button that opened the dialog: one has come to talk.
      focusComposer();
    }
    return problem;
  });
  return html`<${Dialog} title=${t("rooms.join")}>
    <form onSubmit=${ask.submit}>
      <${Field} label=${t("login.room")} value=${ask.value} problem=${ask.problem} hint=${t("login.room.hint")} isFirst />
      <${DialogButtons} label=${t("rooms.join.do")} isBusy=${ask.isBusy} />
    </form>
  <//>`;
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

/**
 * A question with one field: what is entered, whether the answer is awaited, and what was wrong with it.
 *
 * @param answer  What is done with a value; the problem goes away when the value changes.
 */
function useAsk(answer: (value: string) => Promise<Problem | null>, before = "") {
  const value = useSignal(before);
  const failed = useSignal<{ value: string; problem: Problem } | null>(null);
  const { isBusy, during } = useBusy();
  async function run() {
    const asked = value.value;
    await during(async () => {
      const problem = await answer(asked);
      failed.value = problem && { value: asked, problem };
    });
  }
  return {
    value,
    problem: failed.value?.value === value.value ? failed.value.problem : null,
    isBusy: isBusy.value,
    submit(event: Event) {
      event.preventDefault();
      run();
    },
    take() {
      value.value = failed.value?.problem.suggestion ?? value.value;
      run();
    },
  };
}
