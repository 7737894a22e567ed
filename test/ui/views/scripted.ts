// An App whose signals a test, or the gallery, sets by hand: no bridge, no relay, no storage.

import { computed, type Signal, signal } from "@preact/signals";
import type { App } from "../../../src/ui/models/app.ts";
import { createAttachments } from "../../../src/ui/models/attachments.ts";
import type { CarryingState } from "../../../src/ui/models/carrying.ts";
import type { ConnectionState } from "../../../src/ui/models/connection.ts";
import { type About, isOutside } from "../../../src/ui/models/door.ts";
import type { FileCard, FileState, Preview } from "../../../src/ui/models/file-card.ts";
import { language } from "../../../src/ui/models/i18n.ts";
import { parse } from "../../../src/ui/models/markup.ts";
import type { Pace } from "../../../src/ui/models/meter.ts";
import type { Notice } from "../../../src/ui/models/notices.ts";
import type { Person } from "../../../src/ui/models/people.ts";
import type { Source } from "../../../src/ui/models/picked.ts";
import type { Problem } from "../../../src/ui/models/problem.ts";
import type { Room } from "../../../src/ui/models/room.ts";
import type { LobbyRoom, Way } from "../../../src/ui/models/rooms.ts";
import type { TakingState } from "../../../src/ui/models/taking.ts";
import type { Ticket } from "../../../src/ui/models/tickets.ts";
import { grow, type Item, type Line, type TimelineRow } from "../../../src/ui/models/timeline.ts";
import type { Upload, UploadState } from "../../../src/ui/models/upload.ts";
import type { BridgeState } from "../../../src/wire/bridge-state.ts";

/** A signal of a model that only its maker may write: here the script is the maker. */
type Scripted<T> = { [K in keyof T]: T[K] extends { readonly value: infer V } ? Signal<V> : T[K] };

export type ScriptedRoom = Scripted<Omit<Room, "name" | "isOut" | "isReady" | "attachments">> & {
  name: Room["name"];
  isOut: Room["isOut"];
  isReady: Room["isReady"];
  attachments: Room["attachments"];
  add(items: Item[]): void;
  prepend(items: Item[]): void;
};

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

/** A file as a room shows it; what is not said of it is that of one that has arrived. */
export function scriptedFile(
  author: Person,
  name: string,
  size: number,
  more: Partial<FileCard> = {},
): FileCard {
  made += 1;
  const file = `file-${made}`;
  const ticket = (what: string): Ticket => ({
    value: signal(`${what}-ticket`),
    isGood: () => true,
    ask: async () => null,
    watch: () => () => {},
  });
  return {
    key: file,
    file,
    name,
    size,
    folder: null,
    author,
    isOwn: false,
    at: Date.now(),
    state: signal<FileState>({ state: "complete", sha256: "5f7c".repeat(16), mediaType: "application/zip" }),
    bytes: signal<number | null>(size),
    pace: signal<Pace | null>(null),
    received: signal<readonly Person[]>([]),
    upload: signal<Upload | null>(null),
    preview: signal<Preview | null>(null),
    download: ticket("get"),
    view: ticket("view"),
    readText: async () => null,
    readFolder: async () => null,
    mayCancel: signal(false),
    cancel: () => calls.push(`cancel ${name}`),
    ...more,
  };
}

/** A file that is being sent from here. */
export function scriptedUpload(name: string, state: UploadState, more: Partial<Upload> = {}): Upload {
  return {
    id: name,
    name,
    isFolder: false,
    size: 1,
    state: signal(state),
    file: signal<string | null>(name),
    bytes: signal<number | null>(null),
    pace: signal<Pace | null>(null),
    source: signal<Source | null>(null),
    pause: () => calls.push(`pause ${name}`),
    resume: () => calls.push(`resume ${name}`),
    cancel: () => calls.push(`cancel ${name}`),
    supply(picked) {
      calls.push(`supply ${picked.name}`);
      return { key: "problem.file-other", values: { name } };
    },
    async ask() {
      calls.push(`ask ${name}`);
      return null;
    },
    ...more,
  };
}

/** A file as a line of a timeline. */
export function sent(
  author: Person,
  isOwn: boolean,
  at: number,
  file: FileCard,
  more: Partial<Line> = {},
): Item {
  const line: Line = {
    key: file.key,
    seq: made,
    at,
    text: file.name,
    parts: [],
    file,
    state: "sent",
    ...more,
  };
  return { kind: "line", author, isOwn, line };
}

export function scriptedRoom(id: string, other: Person | null = null): ScriptedRoom {
  const timeline = signal<readonly TimelineRow[]>([]);
  const draft = signal("");
  const older = signal<"more" | "loading" | "none">("none");
  const attachments = createAttachments();
  const problem = signal<Problem | null>(null);
  return {
    id,
    name: other ? other.name : signal(id),
    other,
    away: signal<readonly Person[]>([]),
    files: signal<readonly FileCard[]>([]),
    attachments,
    unfinished: signal<readonly Upload[]>([]),
    isReady: computed(() => draft.value.trim() !== "" || attachments.list.value.length > 0),
    sending: signal(0),
    state: signal<"joining" | "joined" | "offline">("joined"),
    problem,
    isOut: computed(() => isOutside(problem.value)),
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
      const names = attachments.take().map(({ name }) => name);
      calls.push(["send", draft.value, ...names].filter(Boolean).join(" "));
      draft.value = "";
    },
    typed() {
      calls.push("typed");
    },
    waiting: signal(0),
    isReadOnly: signal(false),
    isLegacy: signal(false),
    isClosed: signal(false),
    about: signal<About | null>(null),
    askAbout: () => calls.push(`askAbout ${id}`),
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
  const lobby = signal<readonly LobbyRoom[]>([]);
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
      key: signal(""),
      wantsKey: signal(false),
      nameProblem: signal<Problem | null>(null),
      roomProblem: signal<Problem | null>(null),
      keyProblem: signal<Problem | null>(null),
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
      join: async (id: string, way?: Way) => {
        record(["join", id, way?.key, way?.isNew && "new"].filter(Boolean).join(" "));
        return answer.value;
      },
      unlock: async (room: Room, key: string) => {
        record(`unlock ${room.id} ${key}`);
        return answer.value;
      },
      lobby: async (): Promise<readonly LobbyRoom[]> => lobby.value,
      managing: {
        rekey: async (room: string, key: string | null) => {
          record(`rekey ${room} ${key}`);
          return answer.value;
        },
        remove: async (room: string, person: Person) => {
          record(`remove ${room} ${person.name.value}`);
          return answer.value;
        },
        admit: async (room: string, person: Person) => {
          record(`admit ${room} ${person.name.value}`);
          return answer.value;
        },
        erase: async (room: string) => {
          record(`delete ${room}`);
          return answer.value;
        },
        all: async (from: number) => ({
          rooms: lobby.value.slice(from, from + 100),
          isLast: from + 100 >= lobby.value.length,
        }),
      },
      direct: async (person: Person) => {
        record(`direct ${person.name.value}`);
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
    carrying: {
      state: signal<CarryingState>({ state: "none" }),
      open: () => record("carry open"),
      close: () => record("carry close"),
      make: async () => record("carry make"),
    },
    taking: {
      state: signal<TakingState>({ state: "none" }),
      question: signal(1),
      paste: () => record("take paste"),
      follow(text: string) {
        record(`take follow ${text}`);
        return answer.value;
      },
      retry: () => record("take retry"),
      accept: () => record("take accept"),
      cancel() {
        record("take cancel");
        app.taking.state.value = { state: "none" };
      },
    },
    settings: { language, theme: signal<"system" | "light" | "dark">("system") },
    notices: {
      list: signal<readonly Notice[]>([]),
      dismiss: (notice: Notice) => record(`dismiss ${notice.key}`),
    },
    title: computed(() => `${current.value?.name.value ?? ""} · Pendopo`),
    leaveServer: async () => record("leaveServer"),
    async acceptServer() {
      record("acceptServer");
      return null;
    },
    stop() {},
    /** What the relay answers to a rename, a freed name and a join. */
    answer,
    /** What it lists in the lobby. */
    lobby,
  };
  return app satisfies App;
}
