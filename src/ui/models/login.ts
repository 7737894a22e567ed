import type { ReadonlySignal, Signal } from "@preact/signals";
import { batch, effect, signal } from "@preact/signals";
import { checkName, checkRoom } from "../../wire/names.ts";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import type { Link } from "./connection.ts";
import type { OwnMember } from "./me.ts";
import type { Problem } from "./problem.ts";
import { isAboutKey, nameProblem, problemOf } from "./problem.ts";
import type { JoinedRooms } from "./rooms.ts";

/** The login page: a name and a first room. */
export type Login = {
  name: Signal<string>;
  room: Signal<string>;
  /** Of a closed room. */
  key: Signal<string>;
  /** Whether the room that was entered wants its key. */
  wantsKey: ReadonlySignal<boolean>;
  nameProblem: ReadonlySignal<Problem | null>;
  roomProblem: ReadonlySignal<Problem | null>;
  keyProblem: ReadonlySignal<Problem | null>;
  busy: ReadonlySignal<boolean>;
  /** Enters; while there is no connection it goes on by itself as soon as there is one. */
  enter(): void;
  /** Puts the name that the relay suggested into the field, and enters. */
  takeSuggestion(): void;
};

/** What the app tells the login. */
export type LoginSteps = Login & {
  /** The relay did not take the name under which rooms were to be joined again. */
  isRefused: ReadonlySignal<boolean>;
  /** The name that was used last is known. */
  open(): void;
  /** The name to say hello with, when the person has entered one; null while nobody has. */
  wishedName(): string | null;
  refused(error: RelayFrames["error"]): void;
  welcome(): void;
};

export function createLogin(options: { link: Link; me: OwnMember; rooms: JoinedRooms }): LoginSteps {
  const { link, me, rooms } = options;
  const name = signal("");
  const room = signal("");
  const key = signal("");
  const wantsKey = signal(false);
  const nameWrong = signal<Problem | null>(null);
  const roomWrong = signal<Problem | null>(null);
  const keyWrong = signal<Problem | null>(null);
  const busy = signal(false);
  const isRefused = signal(false);
  // A problem is about what was in the field when it was found.
  clearWith(name, nameWrong);
  clearWith(room, roomWrong);
  clearWith(room, keyWrong);
  clearWith(key, keyWrong);

  effect(() => {
    // Back from the last room: with the name that one has had there.
    if (rooms.list.value.length === 0 && me.name.peek() !== "") name.value = me.name.peek();
  });

  function fail(where: Signal<Problem | null>, problem: Problem): void {
    batch(() => {
      busy.value = false;
      where.value = problem;
    });
  }

  function join(): void {
    const answered = (problem: Problem | null | "down") => {
      // The wish stands: the next welcome tries again.
      if (problem === "down") return;
      busy.value = false;
      if (problem) {
        wantsKey.value ||= problem.key === "problem.room-closed";
        (isAboutKey(problem) ? keyWrong : roomWrong).value = problem;
        return;
      }
      wantsKey.value = false;
      room.value = "";
      key.value = "";
    };
    const way = wantsKey.peek() && key.peek() !== "" ? { key: key.peek(), isNew: false } : undefined;
    rooms.tryJoin(room.peek(), answered, way);
  }

  async function renameAndJoin(wished: string): Promise<void> {
    const problem = wished === me.name.peek() ? null : await me.rename(wished);
    if (problem && problem.key !== "problem.offline") return fail(nameWrong, problem);
    if (!problem) join();
  }

  function enter(): void {
    if (busy.peek()) return;
    const checked = checkName(name.peek());
    nameWrong.value = nameProblem("name", checked);
    roomWrong.value = nameProblem("room", checkRoom(room.peek()));
    if (!checked.ok || roomWrong.peek()) return;
    busy.value = true;
    if (link.state.peek().state === "online") void renameAndJoin(checked.name);
    else link.start();
  }

  return {
    name,
    room,
    key,
    wantsKey,
    nameProblem: nameWrong,
    roomProblem: roomWrong,
    keyProblem: keyWrong,
    busy,
    isRefused,
    enter,
    takeSuggestion() {
      const suggestion = nameWrong.peek()?.suggestion;
      if (suggestion === undefined) return;
      name.value = suggestion;
      enter();
    },
    open() {
      if (name.peek() === "") name.value = me.name.peek();
    },
    wishedName() {
      const checked = checkName(name.peek());
      return busy.peek() && checked.ok ? checked.name : null;
    },
    refused(error) {
      // The name of rooms that were to be joined again may have been given to somebody else meanwhile.
      if (name.peek() === "") name.value = me.name.peek();
      isRefused.value = true;
      fail(nameWrong, problemOf(error, { name: name.peek() }));
    },
    welcome() {
      isRefused.value = false;
      if (busy.peek()) join();
    },
  };
}

function clearWith(field: Signal<string>, problem: Signal<Problem | null>): void {
  effect(() => {
    field.value;
    problem.value = null;
  });
}
