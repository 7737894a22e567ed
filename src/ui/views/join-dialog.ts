import { useSignal } from "@preact/signals";
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import type { App } from "../models/app.ts";
import { formatDay, formatTime, t } from "../models/i18n.ts";
import type { Problem } from "../models/problem.ts";
import { isAboutKey } from "../models/problem.ts";
import type { LobbyRoom, Way } from "../models/rooms.ts";
import { closeDialog, Dialog, DialogButtons, useBusy } from "./dialog.ts";
import { Field } from "./field.ts";
import { focusComposer } from "./focus.ts";
import { Icon } from "./icon.ts";
import { opened, pane } from "./opened.ts";

/** Rooms to choose from, and a field for any other: with a key where it is closed. */
export function JoinRoom({ app }: { app: App }) {
  const ask = useEntrance(app);
  // The key comes into it where the room wants one, or the person says that they have one.
  const wantsKey = useSignal(false);
  const isRefused = ask.problem?.key === "problem.room-closed";
  useEffect(() => {
    if (isRefused) wantsKey.value = true;
  }, [isRefused]);
  const hasKey = wantsKey.value || isRefused;
  // A server of 2021 neither lists rooms nor closes them.
  const isLegacy = app.bridge.value?.isLegacy === true;
  const isOfKey = isAboutKey(ask.problem);
  return html`<${Dialog} title=${t("rooms.join")}>
    ${!isLegacy && html`<${Lobby} app=${app} choose=${(room: string) => ask.enter(room)} />`}
    <form
      onSubmit=${(event: Event) => {
        event.preventDefault();
        ask.enter(ask.room.value, hasKey ? { key: ask.key.value, isNew: false } : undefined);
      }}
    >
      <${Field}
        label=${t("login.room")}
        value=${ask.room}
        problem=${isOfKey ? null : ask.problem}
        hint=${t(hasKey ? "key.join.what" : "login.room.hint")}
        isFirst
      />
      ${hasKey && html`<${Field} label=${t("key.label")} value=${ask.key} problem=${isOfKey ? ask.problem : null} />`}
      ${
        !isLegacy &&
        html`<div class="dialog-more">
        ${
          !hasKey &&
          html`<button
            type="button"
            class="link"
            onClick=${() => {
              wantsKey.value = true;
            }}
          >
            ${t("key.have")}
          </button>`
        }
        <button
          type="button"
          class="link"
          onClick=${() => {
            opened.value = "make";
          }}
        >
          ${t("key.make")}
        </button>
      </div>`
      }
      <${DialogButtons} label=${t("rooms.join.do")} isBusy=${ask.isBusy} />
    </form>
  <//>`;
}

/** A name and a key for a closed room that is to be made. */
export function MakeRoom({ app }: { app: App }) {
  const ask = useEntrance(app);
  const isOfKey = isAboutKey(ask.problem);
  return html`<${Dialog} title=${t("key.make")}>
    <form
      onSubmit=${(event: Event) => {
        event.preventDefault();
        ask.enter(ask.room.value, { key: ask.key.value, isNew: true });
      }}
    >
      <${Field}
        label=${t("login.room")}
        value=${ask.room}
        problem=${isOfKey ? null : ask.problem}
        isFirst
      />
      <${Field}
        label=${t("key.label")}
        value=${ask.key}
        problem=${isOfKey ? ask.problem : null}
        hint=${t("key.make.what")}
      />
      <${DialogButtons} label=${t("key.make.do")} isBusy=${ask.isBusy} />
    </form>
  <//>`;
}

/** What is entered to come into a room, and why it did not work. */
function useEntrance(app: App) {
  const room = useSignal("");
  const key = useSignal("");
  const failed = useSignal<{ said: string; problem: Problem } | null>(null);
  const { isBusy, during } = useBusy();
  const said = () => `${room.value}\n${key.value}`;
  return {
    room,
    key,
    problem: failed.value?.said === said() ? failed.value.problem : null,
    isBusy: isBusy.value,
    enter(id: string, way?: Way) {
      room.value = id;
      const asked = said();
      return during(async () => {
        const problem = await app.rooms.join(id, way);
        failed.value = problem && { said: asked, problem };
        if (problem) return;
        pane.value = "room";
        closeDialog();
        // Not back to the button that opened the dialog: one has come to talk.
        focusComposer();
      });
    },
  };
}

/** The rooms that are there to be entered, but for those that one is in. */
function Lobby({ app, choose }: { app: App; choose: (room: string) => void }) {
  const rooms = useSignal<readonly LobbyRoom[]>([]);
  useEffect(() => {
    void app.rooms.lobby().then((listed) => {
      rooms.value = listed ?? [];
    });
  }, []);
  const mine = new Set(app.rooms.list.value.map(({ id }) => id));
  const others = rooms.value.filter(({ room }) => !mine.has(room));
  if (others.length === 0) return null;
  return html`<section class="lobby">
    <h3 class="quiet">${t("lobby.title")}</h3>
    <ul>
      ${others.map(
        ({ room, people, at, isClosed }) => html`<li key=${room}>
          <button type="button" class="room-link" onClick=${() => choose(room)}>
            <span class="room-name" dir="auto">${room}</span>
            ${isClosed && html`<${Icon} name="lock" /><span class="for-readers">${t("key.closed")}</span>`}
            <span class="small quiet">${t("lobby.people", { count: people })} · ${formatDay(at)} ${formatTime(at)}</span>
          </button>
        </li>`,
      )}
    </ul>
  </section>`;
}
