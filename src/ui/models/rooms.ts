import type { ReadonlySignal } from "@preact/signals";
import { batch, computed, signal } from "@preact/signals";
import * as v from "valibot";
import { checkRoom } from "../../wire/names.ts";
import type { RelayFrame, RelayFrames } from "../../wire/relay-frames.ts";
import { createDirects } from "./directs.ts";
import type { Kept } from "./kept.ts";
import type { Managing } from "./managing.ts";
import { createManaging, keyProblem } from "./managing.ts";
import type { Person } from "./people.ts";
import type { Problem } from "./problem.ts";
import { nameProblem, offline, problemOf } from "./problem.ts";
import type { JoinedRoom, Room, RoomContext } from "./room.ts";
import { createRoom } from "./room.ts";

/** The rooms of this window. */
export type Rooms = {
  /** Rooms in the order of joining, then conversations of two. */
  list: ReadonlySignal<readonly Room[]>;
  current: ReadonlySignal<Room | null>;
  /**
   * Joins a room, and shows it.
   *
   * @param way  Without one, the room is open, and made where there is none.
   */
  join(id: string, way?: Way): Promise<Problem | null>;
  /** Goes on with a room that wants its key now. */
  unlock(room: Room, key: string): Promise<Problem | null>;
  /** The rooms that one may enter; null when they cannot be had now. */
  lobby(): Promise<readonly LobbyRoom[] | null>;
  managing: Managing;
  /** Shows the conversation with one person, which is made where there is none. */
  direct(person: Person): Promise<Problem | null>;
  /**
   * Leaves a room; lines that still wait and files that are not there yet are given up. A conversation of two is
   * only put away: it is back with the next word.
   */
  leave(room: Room): void;
  show(room: Room): void;
  unreadTotal: ReadonlySignal<number>;
};

/** With the key of a closed room: to enter it, or to make it. */
export type Way = { key: string; isNew: boolean };

export type LobbyRoom = RelayFrames["lobby"]["rooms"][number];

/** What the app does with the rooms. */
export type JoinedRooms = Rooms & {
  /** Brings back the rooms of the last visit; they are joined with the first welcome. */
  open(): void;
  /** As `join`, with "down" when the connection broke before the answer. */
  tryJoin(id: string, answered: (problem: Problem | null | "down") => void, way?: Way): void;
  welcome(): void;
  frame(frame: RelayFrame): void;
  settled(): void;
  down(): void;
};

/** @param tabKept  Of this tab and server: which room it shows. */
export function createRooms(context: Omit<RoomContext, "isReadOnly">, tabKept: Kept): JoinedRooms {
  const { deps, kept, link, me, outbox, uploads, tickets } = context;
  const directs = createDirects(kept, context.people);
  const list = signal<readonly JoinedRoom[]>([]);
  const current = signal<JoinedRoom | null>(null);
  const isReadOnly = signal(false);
  const changed = new Set<JoinedRoom>();

  function make(id: string): JoinedRoom {
    const isWatched = computed(() => current.value?.id === id && deps.isVisible.value);
    return createRoom(id, directs.other(id), { ...context, isReadOnly }, isWatched);
  }

  function find(id: string): JoinedRoom | undefined {
    return list.peek().find((room) => room.id === id);
  }

  function keep(): void {
    kept.set(
      "rooms",
      list.peek().map((room) => room.id),
    );
  }

  function show(room: JoinedRoom | null): void {
    if (room === current.peek()) return;
    current.peek()?.left();
    current.value = room;
    if (!room) return;
    tabKept.set("current", room.id);
    kept.set("current", room.id);
  }

  /** The room as the relay spells it: one that is there, or a new one. */
  function admit(id: string): JoinedRoom {
    const found = find(id);
    if (found) return found;
    const room = make(id);
    // Conversations of two come last, so that the list is walked as it is seen.
    list.value = [...list.peek(), room].sort((a, b) => Number(a.other !== null) - Number(b.other !== null));
    keep();
    return room;
  }

  /** The room is not one of ours any more. */
  function drop(room: JoinedRoom): void {
    batch(() => {
      const at = list.peek().indexOf(room);
      list.value = list.peek().filter((other) => other !== room);
      if (current.peek() === room) show(list.peek()[at] ?? list.peek()[at - 1] ?? null);
      room.forget();
      changed.delete(room);
      keep();
    });
  }

  /** The answer to a join that the person made. */
  function enter(frame: RelayFrames["joined"], isByName: boolean): void {
    const room = admit(frame.room);
    room.joined(frame, isByName);
    changed.add(room);
    show(room);
  }

  /** The other one has written, here or while this page was away. */
  function called(frame: RelayFrames["direct"]): void {
    if (directs.called(frame) && !find(frame.room)) rejoin(admit(frame.room));
  }

  /** Never makes a room: one that is not there any more was deleted, and what waits was meant for its members. */
  function rejoin(room: JoinedRoom): void {
    room.joining();
    link.request({ type: "join", room: room.id, create: false, ...room.position() }, (answer) => {
      if (answer?.type === "joined") rejoined(room, answer);
      else if (answer?.type === "error") refused(room, answer);
    });
  }

  function rejoined(room: JoinedRoom, answer: RelayFrames["joined"]): void {
    if (room.isOther(answer.epoch)) {
      link.request({ type: "leave", room: answer.room }, () => {});
      room.refused({ key: "problem.room-gone", values: { room: room.id } });
      return;
    }
    (answer.room === room.id ? room : respell(room, answer)).joined(answer, false);
    changed.add(find(answer.room) ?? room);
  }

  function refused(room: JoinedRoom, error: RelayFrames["error"]): void {
    const values = { room: room.id };
    // Another room has the name of a closed one: what waits must not be said there.
    const isGone = error.code === "afresh" && room.isOther(error.epoch);
    if ((error.code === "afresh" || error.code === "gone") && !isGone) {
      room.startAfresh();
      rejoin(room);
      return;
    }
    const isLocked = error.code === "room-unknown" && room.isClosed.peek();
    if (isLocked) room.refused({ key: "problem.room-closed", values });
    else if (isGone || error.code === "room-unknown") room.refused({ key: "problem.room-gone", values });
    else room.refused(problemOf(error, values));
    if (error.retryMs === null) return;
    deps.setTimer(error.retryMs, () => {
      if (list.peek().includes(room) && room.state.peek() === "offline") rejoin(room);
    });
  }

  /** Somebody has made the room anew under another spelling: what waited for it goes there. */
  function respell(room: JoinedRoom, frame: RelayFrames["joined"]): JoinedRoom {
    const isShown = current.peek() === room;
    outbox.move(room.id, frame.room);
    uploads.move(room.id, frame.room);
    const now = find(frame.room) ?? make(frame.room);
    room.forget();
    list.value = [...new Set(list.peek().map((other) => (other === room ? now : other)))];
    keep();
    if (isShown) show(now);
    return now;
  }

  function tryJoin(raw: string, answered: (problem: Problem | null | "down") => void, way?: Way): void {
    const checked = checkRoom(raw);
    const wrong = checked.ok ? way && keyProblem(way.key) : nameProblem("room", checked);
    if (!checked.ok || wrong) {
      answered(wrong ?? null);
      return;
    }
    const known = find(checked.name);
    if (known && (way === undefined || known.state.peek() === "joined")) {
      show(known);
      answered(null);
      return;
    }
    const how = way === undefined ? {} : { key: way.key, ...(way.isNew ? { create: true } : {}) };
    link.request({ type: "join", room: checked.name, last: 50, ...how }, (answer) => {
      if (answer?.type === "joined") {
        enter(answer, true);
        answered(null);
      } else {
        answered(answer?.type === "error" ? problemOf(answer, { room: checked.name }) : "down");
      }
    });
  }

  return {
    list,
    current,
    unreadTotal: computed(() => list.value.reduce((total, room) => total + room.unread.value, 0)),
    tryJoin,
    managing: createManaging(link),
    join(id, way) {
      return new Promise((resolve) => {
        tryJoin(id, (problem) => resolve(problem === "down" ? offline : problem), way);
      });
    },
    unlock(shown, key) {
      const room = find(shown.id);
      const problem = keyProblem(key);
      if (!room || problem) return Promise.resolve(problem);
      return new Promise((resolve) => {
        link.request({ type: "join", room: room.id, key, ...room.position() }, (answer) => {
          if (answer?.type === "joined") rejoined(room, answer);
          if (answer?.type === "joined") resolve(null);
          else resolve(answer?.type === "error" ? problemOf(answer, { room: room.id }) : offline);
        });
      });
    },
    lobby() {
      return new Promise((resolve) => {
        link.request({ type: "lobby" }, (answer) => resolve(answer?.type === "lobby" ? answer.rooms : null));
      });
    },
    direct(person) {
      const known = list.peek().find((room) => room.other === person);
      if (known) {
        batch(() => show(known));
        return Promise.resolve(null);
      }
      return new Promise((resolve) => {
        link.request({ type: "direct", member: person.member }, (answer) => {
          if (answer?.type === "joined") {
            directs.opened(answer.room, person);
            enter(answer, false);
            resolve(null);
          } else {
            resolve(answer?.type === "error" ? problemOf(answer, { name: person.name.peek() }) : offline);
          }
        });
      });
    },
    leave(room) {
      const left = find(room.id);
      if (!left) return;
      if (left.other) directs.putAway(left.id, left.head());
      drop(left);
      link.request({ type: "leave", room: room.id }, () => {});
    },
    show(room) {
      batch(() => show(find(room.id) ?? null));
    },
    open() {
      const ids = kept.get("rooms", v.array(v.string())) ?? [];
      list.value = ids.map(make);
      const shown = tabKept.get("current", v.string()) ?? kept.get("current", v.string());
      show(find(shown ?? "") ?? list.peek()[0] ?? null);
    },
    welcome() {
      isReadOnly.value = false;
      for (const room of list.peek()) rejoin(room);
    },
    frame(frame) {
      if (frame.type === "direct") return called(frame);
      if (frame.type === "storage") isReadOnly.value = frame.isFull;
      if (frame.type === "error" && outbox.refused(frame)) return;
      const room = "room" in frame && frame.room !== undefined ? find(frame.room) : undefined;
      if (!room) return;
      // Whoever deleted it knows; for all others it stays until they have read what became of it.
      if (frame.type === "out" && frame.reason === "deleted" && frame.member === me.member.peek()) {
        return drop(room);
      }
      changed.add(room);
      if (!room.take(frame)) rejoin(room);
    },
    settled() {
      for (const room of changed) room.settled();
      changed.clear();
    },
    down() {
      tickets.forget();
      for (const room of list.peek()) room.down();
      changed.clear();
    },
  };
}
