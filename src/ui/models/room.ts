import type { ReadonlySignal, Signal } from "@preact/signals";
import { batch, computed, effect, signal } from "@preact/signals";
import type { RelayFrame, RelayFrames } from "../../wire/relay-frames.ts";
import { checkText } from "../../wire/text.ts";
import type { Attachments } from "./attachments.ts";
import { createAttachments } from "./attachments.ts";
import { createAuthors } from "./authors.ts";
import type { Link } from "./connection.ts";
import type { Deps } from "./deps.ts";
import { type About, createDoor, isOutside } from "./door.ts";
import { createDraft } from "./draft.ts";
import type { FileCard } from "./file-card.ts";
import type { Kept } from "./kept.ts";
import type { Position } from "./log.ts";
import { createLogWindow } from "./log.ts";
import { parse } from "./markup.ts";
import type { OwnMember } from "./me.ts";
import type { Outbox } from "./outbox.ts";
import type { People, Person } from "./people.ts";
import { createPresence } from "./presence.ts";
import type { Problem } from "./problem.ts";
import { createReading } from "./reading.ts";
import { createRoomFiles } from "./room-files.ts";
import type { Tickets } from "./tickets.ts";
import type { Item, Line, TimelineRow } from "./timeline.ts";
import { createTimeline, grow } from "./timeline.ts";
import { createTyping } from "./typing.ts";
import type { Upload } from "./upload.ts";
import type { Uploads } from "./uploads.ts";
import { createWaitingLines, lineKey } from "./waiting-line.ts";

/** One room, as a view draws it. */
export type Room = {
  /** As the room's maker spelled it; of a conversation of two, what the relay calls it. */
  readonly id: string;
  /** What it is called here: its id, or the other one's name. */
  name: ReadonlySignal<string>;
  /** The other one of a conversation of two; null for a room that is open to all. */
  readonly other: Person | null;
  state: ReadonlySignal<"joining" | "joined" | "offline">;
  /** Why the relay does not let us back in. */
  problem: ReadonlySignal<Problem | null>;
  /** Whether one is not in it, and nothing that one writes here would ever be sent by itself. */
  isOut: ReadonlySignal<boolean>;
  /** After a join that the person made, until there is something newer. */
  notice: ReadonlySignal<"created" | "welcome" | null>;
  people: ReadonlySignal<readonly Person[]>;
  /** Others who have said something here and are not here now. */
  away: ReadonlySignal<readonly Person[]>;
  files: ReadonlySignal<readonly FileCard[]>;
  attachments: Attachments;
  /** Files of one's own that have to be given again, because the page was closed meanwhile. */
  unfinished: ReadonlySignal<readonly Upload[]>;
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
  /** Whether there is something to send. */
  isReady: ReadonlySignal<boolean>;
  /** Sends the draft and what is attached to it; nothing when the draft is too long. */
  send(): void;
  /** To be called at each input into the draft. */
  typed(): void;
  /** How many of one's own messages are not acknowledged. */
  waiting: ReadonlySignal<number>;
  /** How many of one's own files have not arrived. */
  sending: ReadonlySignal<number>;
  isReadOnly: ReadonlySignal<boolean>;
  /** Whether it is on a server of 2021, which keeps nothing and does not say who is there. */
  isLegacy: ReadonlySignal<boolean>;
  /** Whether one needs its key to enter. */
  isClosed: ReadonlySignal<boolean>;
  /** Who made it, and what one may do with it; null until it has been asked for. */
  about: ReadonlySignal<About | null>;
  askAbout(): void;
};

/** What the rooms do with one of them. */
export type JoinedRoom = Room & {
  position(): Position;
  /** Seq of the newest entry that is here. */
  head(): number;
  joining(): void;
  joined(frame: RelayFrames["joined"], isByPerson: boolean): void;
  refused(problem: Problem): void;
  /** Whether an epoch is not the one of this room, which was closed: it is another room then. */
  isOther(epoch: string | undefined): boolean;
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
  tickets: Tickets;
  uploads: Uploads;
  isReadOnly: ReadonlySignal<boolean>;
  isLegacy: ReadonlySignal<boolean>;
};

type Entry = RelayFrames["entry"];

/** Most entries of a room that are held, unless the person is reading far back. */
const entriesMax = 2_000;

/** @param other  The other one, in a conversation of two. */
export function createRoom(
  id: string,
  other: Person | null,
  context: RoomContext,
  isWatched: ReadonlySignal<boolean>,
): JoinedRoom {
  const { deps, kept, link, people, me, outbox, tickets, uploads } = context;
  const state = signal<"joining" | "joined" | "offline">("offline");
  const problem = signal<Problem | null>(null);
  const notice = signal<"created" | "welcome" | null>(null);
  const isAtEnd = signal(true);
  const draft = createDraft(id, kept);
  const log = createLogWindow();
  const entries = createTimeline();
  const reading = createReading({ id, deps, kept, timeline: entries, isWatched });
  const presence = createPresence(people);
  const typing = createTyping(deps, () => link.send({ type: "typing", room: id }));
  const lines = outbox.lines(id);
  const files = createRoomFiles({ room: id, deps, link, people, me, tickets, uploads });
  const attachments = createAttachments();
  const authors = createAuthors(presence.here, me.person);
  const door = createDoor({ room: id, kept, link, people });
  const isReady = computed(
    () => !draft.isEmpty.value || attachments.list.value.some(({ problem }) => problem === null),
  );
  let arrived: Entry[] = [];
  /** Head of the log at the join: one's own lines may be among those up to here. */
  let headAtJoin: number | null = null;
  /** The notice stands below the entries up to here. */
  let headAtNotice = 0;
  let gapAt = 0;

  const drawn = createWaitingLines(outbox, files, uploads);
  const timeline = computed(() => {
    const author = me.person.value;
    const own = lines.value.map((line): Item => ({ kind: "line", author, isOwn: true, line: drawn(line) }));
    return own.length === 0 ? entries.rows.value : grow(entries.rows.value, own, null);
  });
  const stopLooking = effect(() => {
    if (isWatched.value) reading.looked();
  });

  function show(entry: Entry): Item[] {
    if (entry.kind === "other") return [];
    const author = people.wasThen(entry.member, entry.name, entry.at);
    const { seq, at } = entry;
    authors.said(author);
    if (entry.kind === "room") {
      // Only in our own program: whether the room is new on that server, it says itself.
      if (context.isLegacy.peek()) return [];
      const who = "who" in entry ? { who: people.wasThen(entry.who, entry.whoName, at) } : {};
      return [{ kind: "event", key: `event-${seq}`, seq, action: entry.action, author, at, ...who }];
    }
    const isOwn = entry.member === me.member.peek();
    const sent = (key: string, what: Pick<Line, "text" | "parts" | "file">): Item[] => {
      return [{ kind: "line", author, isOwn, line: { key, seq, at, ...what, state: "sent" } }];
    };
    if (!isSaid(entry)) {
      files.take(entry, "");
      return [];
    }
    // The key that it had while it waited, so that a view keeps the element.
    const key = isOwn ? lineKey(entry) : `${seq}`;
    if (entry.kind === "message") return sent(key, { text: entry.text, parts: parse(entry.text) });
    const file = files.take(entry, key);
    return file ? sent(key, { text: file.name, parts: [], file }) : [];
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
    if (isSaid(entry)) {
      typing.ended(entry.member);
      if (entry.member === me.member.peek()) acknowledged(entry);
    }
    if (place === "next") arrived.push(entry);
    if (place === "next" && entry.kind === "room" && state.peek() === "joined") {
      door.changed(entry.action, log.position().epoch);
    }
    if (place !== "gap" || gapAt === entry.seq) return true;
    gapAt = entry.seq;
    return false;
  }

  function acknowledged(entry: Said): void {
    const upload = outbox.find(entry)?.offer?.upload;
    // First what is to be done, then what says that it is not done: the page may go in between.
    if (upload !== undefined && entry.kind === "file") uploads.offered(upload, entry.file);
    outbox.acknowledged(entry);
  }

  return {
    id,
    name: other ? other.name : signal(id),
    other,
    state,
    problem,
    isOut: computed(() => isOutside(problem.value)),
    notice,
    people: presence.here,
    away: authors.away,
    files: files.list,
    attachments,
    unfinished: uploads.missing(id),
    typing: typing.others,
    unread: reading.unread,
    firstUnread: reading.firstUnread,
    timeline,
    older: log.older,
    isAtEnd,
    draft: draft.text,
    draftProblem: draft.problem,
    isReady,
    waiting: computed(() => lines.value.filter(({ offer }) => offer === null).length),
    sending: uploads.count(id),
    isReadOnly: context.isReadOnly,
    isLegacy: context.isLegacy,
    isClosed: door.isClosed,
    about: door.about,
    askAbout: door.askAbout,
    loadOlder() {
      if (state.peek() === "joined") askOlder(log.askOlder());
    },
    send() {
      if (!isReady.peek() || draft.problem.peek() !== null) return;
      batch(() => {
        if (!draft.isEmpty.peek()) outbox.add(id, checkText(draft.text.peek()));
        for (const picked of attachments.take()) uploads.add(id, picked);
        draft.text.value = "";
        notice.value = null;
        typing.sent();
        reading.clear();
      });
    },
    typed() {
      if (state.peek() === "joined" && !draft.isEmpty.peek()) typing.typed();
    },
    position: log.position,
    head: log.head,
    joining() {
      state.value = "joining";
    },
    joined(frame, isByPerson) {
      const isContinued = log.joined(frame);
      if (!isContinued) {
        entries.clear();
        files.clear();
        arrived = [];
      }
      reading.joined(frame, isContinued, other !== null);
      headAtJoin = frame.head;
      state.value = "joined";
      problem.value = null;
      door.joined(frame);
      if (isByPerson && !context.isLegacy.peek()) {
        notice.value = frame.isNew ? "created" : "welcome";
        headAtNotice = frame.head;
      }
      askOlder(log.askAgain());
    },
    startAfresh: log.forget,
    isOther: door.isOther,
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
        case "progress":
          files.progress(frame);
          return true;
        case "out":
          state.value = "offline";
          problem.value = { key: `problem.${frame.reason}`, values: { room: id, name: frame.name } };
          headAtJoin = null;
          outbox.setReady(id, false);
          uploads.setReady(id, false);
          typing.clear();
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
          if (isSaid(entry) && entry.member !== me.member.peek()) reading.saw(entry.seq);
          // That the room was made is what the notice says.
          if (entry.seq > headAtNotice && entry.seq > 1) notice.value = null;
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
      uploads.setReady(id, true);
      tickets.ready(id);
    },
    down() {
      state.value = "offline";
      headAtJoin = null;
      outbox.setReady(id, false);
      uploads.setReady(id, false);
      files.down();
      typing.clear();
    },
    left() {
      notice.value = null;
      reading.clear();
    },
    forget() {
      stopLooking();
      draft.forget();
      typing.clear();
      uploads.drop(id);
      uploads.setReady(id, false);
      outbox.setReady(id, false);
      outbox.drop(id);
      door.forget();
      if (other) reading.save();
      else kept.remove(`read/${id}`);
    },
  };
}

/** What somebody said, by a text or a file. */
type Said = Extract<Entry, { n: number }>;

function isSaid(entry: Entry): entry is Said {
  return entry.kind === "message" || (entry.kind === "file" && entry.action === "offered");
}
