import { html } from "htm/preact";
import type { App } from "../models/app.ts";
import { t } from "../models/i18n.ts";
import type { Problem } from "../models/problem.ts";
import type { Room } from "../models/room.ts";
import { useAsk } from "./ask.ts";
import { closeDialog, Dialog, DialogButtons } from "./dialog.ts";
import { Field } from "./field.ts";
import { focusComposer } from "./focus.ts";
import { isFromAll, type ManagedRoom, openedPerson } from "./opened.ts";
import { ProblemText } from "./problem.ts";

/** The key of a room that one was in, and that wants another one now. */
export function UnlockRoom({ app, room }: { app: App; room: Room }) {
  const ask = useAsk((key) => closing(app.rooms.unlock(room, key), focusComposer));
  return html`<${Dialog} title=${t("key.unlock", { room: room.name.value })}>
    <form onSubmit=${ask.submit}>
      <${Field} label=${t("key.label")} value=${ask.value} problem=${ask.problem} hint=${t("key.unlock.what")} isFirst />
      <${DialogButtons} label=${t("rooms.join.do")} isBusy=${ask.isBusy} />
    </form>
  <//>`;
}

/** Another key, or a first one. */
export function RekeyRoom({ app, room }: { app: App; room: ManagedRoom }) {
  const ask = useAsk((key) => closing(app.rooms.managing.rekey(room.id, key)));
  const { isClosed } = room;
  // Chosen in a list, the room has to be named.
  const title = isFromAll()
    ? t(isClosed ? "all.rekey" : "all.close", { room: room.name })
    : t(isClosed ? "key.change" : "key.close");
  return html`<${Dialog} title=${title}>
    <form onSubmit=${ask.submit}>
      <${Field}
        label=${t("key.label")}
        value=${ask.value}
        problem=${ask.problem}
        hint=${t(isClosed ? "key.change.what" : "key.close.what")}
        isFirst
      />
      <${DialogButtons} label=${t(isClosed ? "key.change.do" : "key.close.do")} isBusy=${ask.isBusy} />
    </form>
  <//>`;
}

/** Whether it is really to be open to everybody. */
export function OpenRoom({ app, room }: { app: App; room: ManagedRoom }) {
  return html`<${Confirm}
    title=${t("key.open", { room: room.name })}
    what=${t("key.open.what")}
    label=${t("key.open.do")}
    run=${() => app.rooms.managing.rekey(room.id, null)}
  />`;
}

export function RemovePerson({ app, room }: { app: App; room: ManagedRoom }) {
  const person = openedPerson.value;
  if (!person) return null;
  return html`<${Confirm}
    title=${t("manage.remove.title", { name: person.name.value, room: room.name })}
    what=${t(room.isClosed ? "manage.remove.closed" : "manage.remove.open")}
    label=${t("manage.remove.do")}
    run=${() => app.rooms.managing.remove(room.id, person)}
  />`;
}

export function DeleteRoom({ app, room }: { app: App; room: ManagedRoom }) {
  return html`<${Confirm}
    title=${t("manage.delete.title", { room: room.name })}
    what=${t("manage.delete.what")}
    label=${t("manage.delete.do")}
    run=${() => app.rooms.managing.erase(room.id)}
  />`;
}

/** A thing that cannot be taken back, and what it means. */
function Confirm(props: { title: string; what: string; label: string; run: () => Promise<Problem | null> }) {
  const { title, what, label, run } = props;
  const ask = useAsk(() => closing(run()));
  return html`<${Dialog} title=${title}>
    <form onSubmit=${ask.submit}>
      <p class="quiet">${what}</p>
      ${ask.problem && html`<div role="alert"><${ProblemText} problem=${ask.problem} /></div>`}
      <${DialogButtons} label=${label} isBusy=${ask.isBusy} isFinal />
    </form>
  <//>`;
}

async function closing(done: Promise<Problem | null>, then?: () => void): Promise<Problem | null> {
  const problem = await done;
  if (problem) return problem;
  closeDialog();
  then?.();
  return null;
}
