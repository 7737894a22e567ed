import type { ReadonlySignal, Signal } from "@preact/signals";
import { batch, computed, effect, signal } from "@preact/signals";
import * as v from "valibot";
import { limits } from "../../wire/limits.ts";
import type { RelayFrame, RelayFrames } from "../../wire/relay-frames.ts";
import { checkText } from "../../wire/text.ts";
import { utf8Length } from "../../wire/utf8.ts";
import type { Link } from "./connection.ts";
import type { Deps } from "./deps.ts";
import type { Kept } from "./kept.ts";
import type { Position } from "./log.ts";
import { createLogWindow } from "./log.ts";
import { parse } from "./markup.ts";
import type { OwnMember } from "./me.ts";
import type { Outbox, WaitingLine } from "./outbox.ts";
import type { People, Person } from "./people.ts";
import { createPresence } from "./presence.ts";
import type { Problem } from "./problem.ts";
import { createReading } from "./reading.ts";
import type { Item, TimelineRow } from "./timeline.ts";
import { createTimeline, grow } from "./timeline.ts";
import { createTyping } from "./typing.ts";

/** One room, as a view draws it. */
export type Room = {
  /** As the room's maker spelled it. */
  readonly id: string;
  state: ReadonlySignal<"joining" | "joined" | "offline">;
  /** Why the relay does not let us back in. */
  problem: ReadonlySignal<Problem | null>;
  /** After a join that the person made. */
  notice: ReadonlySignal<"created" | "welcome" | null>;
  people: ReadonlySignal<readonly Person[]>;
  typing: ReadonlySignal<readonly Person[]>;
  unread: ReadonlySignal<number>;
  firstUnread: ReadonlySignal<number | null>;
  timeline: ReadonlySignal<readonly TimelineRow[]>;
  older: ReadonlySignal<"more" | "loading" | "none">;
  loadOlder(): void;
  /** Written by the view: whether the newest line is in sight. Old entries are dropped only then. */
  isAtEnd: Signal<boolean>;
  draft: Signal<string>;
  draftProblem: ReadonlySignal<Problem | null>;
  /** Sends the draft and empties it; nothing when it is blank or too long. */
  send(): void;
  /** To be called at each input into the draft. */
  typed(): void;
  /** How many of one's own lines are not acknowledged. */
  waiting: ReadonlySignal<number>;
  isReadOnly: ReadonlySignal<boolean>;
};

/** What the rooms do with one of them. */
export type JoinedRoom = Room & {
  position(): Position;
  joining(): void;
  joined(frame: RelayFrames["joined"], isByPerson: boolean): void;
  refused(problem: Problem): void;
  /** What is here belongs to a log that the relay no longer has. */
  startAfresh(): void;
  /** @returns  False when entries are missing, and the room must be joined anew. */
  take(frame: RelayFrame): boolean;
  settled(): void;
  down(): void;
  /** Another room is shown. */
  left(): void;
  /** The person has left the room for good. */
  forget(): void;
};

/** What a room needs of the others. */
export type RoomContext = {
  deps: Deps;
  kept: Kept;
  link: Link;
  people: People;
  me: OwnMember;
  outbox: Outbox;
  isReadOnly: ReadonlySignal<boolean>;
};

type Entry = RelayFrames["entry"];

/** Most entries of a room that are held, unless the person is reading far back. */
const entriesMax = 2_000;

export function createRoom(id: string, context: RoomContext, isWatched: ReadonlySignal<boolean>): JoinedRoom {
  const { deps, kept, link, people, me, outbox } = context;
  const state = signal<"joining" | "joined" | "offline">("offline");
  const problem = signal<Problem | null>(null);
  const notice = signal<"created" | "welcome" | null>(null);
  const isAtEnd = signal(true);
  const draft = signal(kept.get(`draft/${id}`, v.string()) ?? "");
  const log = createLogWindow();
  const entries = createTimeline();
  const reading = createReading({ id, deps, kept, timeline: entries, isWatched });
  const presence = createPresence(people);
  const typing = createTyping(deps, () => link.send({ type: "typing", room: id }));
  const lines = outbox.lines(id);
  let arrived: Entry[] = [];
  /** Head of the log at the join: one's own lines may be among those up to here. */
  let headAtJoin: number | null = null;
  let gapAt = 0;

  const timeline = computed(() => {
    const author = me.person.value;
    const own = lines.value.map(
      (line): Item => ({ kind: "line", author, isOwn: true, line: waitingLine(line) }),
    );
    return own.length === 0 ? entries.rows.value : grow(entries.rows.value, own, null);
  });
  const drawn = new WeakMap<WaitingLine, ReturnType<typeof makeWaitingLine>>();
  function waitingLine(line: WaitingLine): ReturnType<typeof makeWaitingLine> {
    const made = drawn.get(line) ?? makeWaitingLine(line, outbox);
    drawn.set(line, made);
    return made;
  }

  const stopEffects = [
    effect(() => {
      if (draft.value === "") kept.remove(`draft/${id}`);
      else kept.set(`draft/${id}`, draft.value);
    }),
    effect(() => {
      if (isWatched.value) reading.looked();
    }),
  ];

  function show(entry: Entry): Item[] {
    if (entry.kind === "other" || entry.kind === "file") return [];
    const author = people.wasThen(entry.member, entry.name, entry.at);
    const { seq, at } = entry;
    if (entry.kind === "room") {
      return [{ kind: "event", key: `event-${seq}`, seq, action: entry.action, author, at }];
    }
    const isOwn = entry.member === me.member.peek();
    // The key that it had while it waited, so that a view keeps the element.
    const key = isOwn ? lineKey(entry) : `${seq}`;
    const { text } = entry;
    return [{ kind: "line", author, isOwn, line: { key, seq, at, text, parts: parse(text), state: "sent" } }];
  }

  function askOlder(asked: ReturnType<typeof log.askOlder>): void {
    if (!asked) return;
    // Without an answer it is asked again after the next join.
    link.request({ type: "history", room: id, ...asked }, (answer) => {
      if (answer?.type === "page") entries.prepend(log.page(answer).flatMap(show));
    });
  }

  function takeEntry(entry: Entry): boolean {
    const place = log.take(entry);
    if (entry.kind === "message") {
      typing.ended(entry.member);
      if (entry.member === me.member.peek()) outbox.acknowledged(entry);
    }
    if (place === "next") arrived.push(entry);
    if (place !== "gap" || gapAt === entry.seq) return true;
    gapAt = entry.seq;
    return false;
  }

  return {
    id,
    state,
    problem,
    notice,
    people: presence.here,
    typing: typing.others,
    unread: reading.unread,
    firstUnread: reading.firstUnread,
    timeline,
    older: log.older,
    isAtEnd,
    draft,
    draftProblem: computed(() =>
      utf8Length(draft.value) > limits.textBytesMax ? { key: "problem.text-too-long" } : null,
    ),
    waiting: computed(() => lines.value.length),
    isReadOnly: context.isReadOnly,
    loadOlder() {
      if (state.peek() === "joined") askOlder(log.askOlder());
    },
    send() {
      if (draft.peek().trim() === "" || utf8Length(draft.peek()) > limits.textBytesMax) return;
      batch(() => {
        outbox.add(id, checkText(draft.peek()));
        draft.value = "";
        notice.value = null;
        typing.sent();
        reading.clear();
      });
    },
    typed() {
      if (state.peek() === "joined" && draft.peek().trim() !== "") typing.typed();
    },
    position: log.position,
    joining() {
      state.value = "joining";
    },
    joined(frame, isByPerson) {
      const isContinued = log.joined(frame);
      if (!isContinued) {
        entries.clear();
        arrived = [];
      }
      reading.joined(frame, isContinued);
      headAtJoin = frame.head;
      state.value = "joined";
      problem.value = null;
      if (isByPerson) notice.value = frame.isNew ? "created" : "welcome";
      askOlder(log.askAgain());
    },
    startAfresh: log.forget,
    refused(why) {
      problem.value = why;
      state.value = "offline";
    },
    take(frame) {
      switch (frame.type) {
        case "entry":
          return takeEntry(frame);
        case "typing":
          if (frame.member !== me.member.peek()) typing.heard(people.isNow(frame.member, frame.name));
          return true;
        case "away":
          typing.ended(frame.member);
          presence.take(frame);
          return true;
        case "people":
        case "here":
          presence.take(frame);
          return true;
        default:
          return true;
      }
    },
    settled() {
      if (arrived.length > 0) {
        for (const entry of arrived) {
          if (entry.kind === "message" && entry.member !== me.member.peek()) reading.saw(entry.seq);
        }
        entries.append(arrived.flatMap(show));
        arrived = [];
        const mayTrim = (isAtEnd.peek() || !isWatched.peek()) && log.older.peek() !== "loading";
        const first = mayTrim ? entries.trim(entriesMax) : null;
        if (first !== null) log.trimmed(first);
      }
      if (state.peek() !== "joined") return;
      reading.settled(log.head());
      if (headAtJoin === null || log.head() < headAtJoin) return;
      headAtJoin = null;
      outbox.setReady(id, true);
    },
    down() {
      state.value = "offline";
      headAtJoin = null;
      outbox.setReady(id, false);
      typing.clear();
    },
    left() {
      notice.value = null;
      reading.clear();
    },
    forget() {
      for (const stop of stopEffects) stop();
      typing.clear();
      outbox.setReady(id, false);
      outbox.drop(id);
      kept.remove(`draft/${id}`);
      kept.remove(`read/${id}`);
    },
  };
}

function makeWaitingLine(line: WaitingLine, outbox: Outbox) {
  const { text, at, problem } = line;
  const common = { key: lineKey(line), seq: null, at, text, parts: parse(text) };
  if (problem === null) return { ...common, state: "waiting" as const };
  const retry = () => outbox.retry(line);
  const remove = () => outbox.remove(line);
  return { ...common, state: "failed" as const, problem, retry, remove };
}

function lineKey({ device, n }: { device: string; n: number }): string {
  return `${device}-${n}`;
}
