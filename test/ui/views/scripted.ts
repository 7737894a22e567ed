// An App whose signals a test, or the gallery, sets by hand: no bridge, no relay, no storage.

import { computed, type Signal, signal } from "@preact/signals";
import type { App } from "../../../src/ui/models/app.ts";
import type { ConnectionState } from "../../../src/ui/models/connection.ts";
import { language } from "../../../src/ui/models/i18n.ts";
import { parse } from "../../../src/ui/models/markup.ts";
import type { Notice } from "../../../src/ui/models/notices.ts";
import type { Person } from "../../../src/ui/models/people.ts";
import type { Problem } from "../../../src/ui/models/problem.ts";
import type { Room } from "../../../src/ui/models/room.ts";
import { grow, type Item, type Line, type TimelineRow } from "../../../src/ui/models/timeline.ts";
import type { BridgeState } from "../../../src/wire/bridge-state.ts";

/** A signal of a model that only its maker may write: here the script is the maker. */
type Scripted<T> = { [K in keyof T]: T[K] extends { readonly value: infer V } ? Signal<V> : T[K] };

export type ScriptedRoom = Scripted<Room> & { add(items: Item[]): void; prepend(items: Item[]): void };

/** What views called, in order: "send lobby", "host", ... */
export const calls: string[] = [];

export function person(member: string, name: string): Person {
  return { member, name: signal(name) };
}

let made = 0;

/** A message, as an item of a timeline. */
export function said(
  author: Person,
  isOwn: boolean,
  at: number,
  text: string,
  more: Partial<Line> = {},
): Item {
  made += 1;
  const line: Line = { key: `line-${made}`, seq: made, at, text, parts: parse(text), state: "sent", ...more };
  return { kind: "line", author, isOwn, line };
}

export function scriptedRoom(id: string): ScriptedRoom {
  const timeline = signal<readonly TimelineRow[]>([]);
  const draft = signal("");
  const older = signal<"more" | "loading" | "none">("none");
  return {
    id,
    state: signal<"joining" | "joined" | "offline">("joined"),
    problem: signal<Problem | null>(null),
    notice: signal<"created" | "welcome" | null>(null),
    people: signal<readonly Person[]>([]),
    typing: signal<readonly Person[]>([]),
    unread: signal(0),
    firstUnread: signal<number | null>(null),
    timeline,
    older,
    loadOlder() {
      calls.push(`loadOlder ${id}`);
    },
    isAtEnd: signal(true),
    draft,
    draftProblem: signal<Problem | null>(null),
    send() {
      calls.push(`send ${draft.value}`);
      draft.value = "";
    },
    typed() {
      calls.push("typed");
    },
    waiting: signal(0),
    isReadOnly: signal(false),
    add(items) {
      timeline.value = grow(timeline.value, items, null);
    },
    prepend(items) {
      timeline.value = [...grow([], items, null), ...timeline.value];
    },
  };
}

/** An app that shows nothing yet; set its signals, then its screen. */
export function scriptedApp() {
  const screen = signal<"loading" | "start" | "login" | "rooms">("loading");
  const list = signal<readonly Room[]>([]);
  const current = signal<Room | null>(null);
  const answer = signal<Problem | null>(null);
  const record = (call: string) => {
    calls.push(call);
  };
  const app = {
    screen,
    bridge: signal<BridgeState | null>(null),
    start: {
      address: signal(""),
      remembered: signal<readonly string[]>([]),
      busy: signal<"host" | "join" | null>(null),
      problem: signal<Problem | null>(null),
      host: async () => record("host"),
      join: async () => record("join"),
      forget: (address: string) => record(`forget ${address}`),
    },
    login: {
      name: signal(""),
      room: signal(""),
      nameProblem: signal<Problem | null>(null),
      roomProblem: signal<Problem | null>(null),
      busy: signal(false),
      enter: () => record("enter"),
      takeSuggestion: () => record("takeSuggestion"),
    },
    connection: {
      state: signal<ConnectionState>({ state: "online" }),
      retryNow: () => record("retryNow"),
    },
    rooms: {
      list,
      current,
      join: async (id: string) => {
        record(`join ${id}`);
        return answer.value;
      },
      leave: (room: Room) => record(`leave ${room.id}`),
      show(room: Room) {
        record(`show ${room.id}`);
        current.value = room;
      },
      unreadTotal: computed(() => list.value.reduce((sum, room) => sum + room.unread.value, 0)),
    },
    me: {
      member: signal<string | null>("m1"),
      name: signal("Ada"),
      isHost: signal(false),
      rename: async (name: string) => {
        record(`rename ${name}`);
        return answer.value;
      },
      freeName: async (name: string) => {
        record(`free ${name}`);
        return answer.value;
      },
    },
    settings: { language, theme: signal<"system" | "light" | "dark">("system") },
    notices: {
      list: signal<readonly Notice[]>([]),
      dismiss: (notice: Notice) => record(`dismiss ${notice.key}`),
    },
    title: computed(() => `${current.value?.id ?? ""} · Pendopo`),
    leaveServer: async () => record("leaveServer"),
    stop() {},
    /** What the relay answers to a rename, a freed name and a join. */
    answer,
  };
  return app satisfies App;
}
