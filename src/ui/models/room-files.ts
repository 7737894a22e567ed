import type { ReadonlySignal, Signal } from "@preact/signals";
import { batch, computed, signal } from "@preact/signals";
import type { FileEntry } from "../../wire/file-entry.ts";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import type { Link } from "./connection.ts";
import type { Deps } from "./deps.ts";
import type { FileCard, FileState } from "./file-card.ts";
import { filePath, previewOf } from "./file-card.ts";
import type { OwnMember } from "./me.ts";
import type { Meter } from "./meter.ts";
import { createMeter } from "./meter.ts";
import type { WaitingLine } from "./outbox.ts";
import type { People, Person } from "./people.ts";
import { indexRange, readIndex } from "./tar.ts";
import type { Tickets } from "./tickets.ts";
import type { Upload } from "./upload.ts";
import type { Uploads } from "./uploads.ts";

/** The files of a room, folded from its entries: what each says of a file is kept under the file's id. */
export type RoomFiles = {
  /** Newest first. */
  list: ReadonlySignal<readonly FileCard[]>;
  /**
   * Takes an entry; the same one again changes nothing.
   *
   * @param key  Of the card that an offer makes.
   * @returns    The card, for an offer.
   */
  take(entry: FileEntry, key: string): FileCard | null;
  progress(frame: RelayFrames["progress"]): void;
  /** The card of an offer that the relay has not answered. */
  waiting(line: WaitingLine, key: string): FileCard;
  /** The connection is gone: nobody can tell how fast anything comes. */
  down(): void;
  /** What is here belongs to a log that is gone. */
  clear(): void;
};

/** What is known of a file, whether or not its offer has been seen. */
type Facts = {
  state: Signal<FileState>;
  bytes: Signal<number | null>;
  received: Signal<readonly Person[]>;
};

/** So much of a text is shown before somebody takes it. */
const textBytes = 2_048;

export function createRoomFiles(options: {
  room: string;
  deps: Deps;
  link: Link;
  people: People;
  me: OwnMember;
  tickets: Tickets;
  uploads: Uploads;
}): RoomFiles {
  const { room, deps, link, people, me, tickets, uploads } = options;
  const facts = new Map<string, Facts>();
  const cards = signal<readonly { seq: number; card: FileCard; meter: Meter }[]>([]);

  function factsOf(file: string): Facts {
    let found = facts.get(file);
    if (!found) {
      found = {
        state: signal<FileState>({ state: "arriving", isParked: false }),
        bytes: signal(null),
        received: signal([]),
      };
      facts.set(file, found);
    }
    return found;
  }

  function offered(entry: Extract<FileEntry, { action: "offered" }>, key: string): FileCard {
    const known = cards.peek().find(({ card }) => card.file === entry.file);
    if (known) return known.card;
    const { file, fileName: name, size, at, seq } = entry;
    const { state, bytes, received } = factsOf(file);
    const meter = createMeter(size, deps.now);
    const upload = uploads.byFile(file);
    const isOwn = entry.member === me.member.peek();
    const shape = { name, size, folder: entry.folder ?? null };
    const card: FileCard = {
      ...shape,
      key,
      file,
      author: people.wasThen(entry.member, entry.name, at),
      isOwn,
      at,
      state,
      // What this page has given away may be on its way still.
      bytes: computed(() => bytes.value ?? upload.value?.bytes.value ?? null),
      pace: computed(() => (upload.value ?? meter).pace.value),
      received,
      upload,
      preview: computed(() => previewOf(shape, state.value)),
      download: tickets.of(room, file, "get"),
      view: tickets.of(room, file, "view"),
      readText: () => read(card, { from: 0, to: textBytes }),
      async readFolder() {
        if (!card.folder) return null;
        const text = await read(card, indexRange(card.folder.indexBytes));
        return text === null ? null : readIndex(text);
      },
      mayCancel: computed(() => state.value.state === "arriving" && (isOwn || me.isHost.value)),
      cancel() {
        const own = upload.peek();
        if (own) own.cancel();
        else link.request({ type: "cancel", room, file }, () => {});
      },
    };
    cards.value = [...cards.peek(), { seq, card, meter }].sort((a, b) => b.seq - a.seq);
    return card;
  }

  /** Some bytes of a file as text. */
  async function read(card: FileCard, { from, to }: { from: number; to: number }): Promise<string | null> {
    if (await card.view.ask()) return null;
    const path = filePath(card, card.view.value.peek() ?? "");
    try {
      const response = await deps.fetch(path, { headers: { range: `bytes=${from}-${to - 1}` } });
      return response.ok ? await response.text() : null;
    } catch {
      return null;
    }
  }

  function over(file: string, state: FileState): void {
    batch(() => {
      const known = factsOf(file);
      known.state.value = state;
      if (state.state === "complete") {
        known.bytes.value =
          cards.peek().find(({ card }) => card.file === file)?.card.size ?? known.bytes.peek();
      }
      uploads.over(file);
    });
  }

  return {
    list: computed(() => cards.value.map(({ card }) => card)),
    take(entry, key) {
      switch (entry.action) {
        case "offered":
          return offered(entry, key);
        case "complete":
          over(entry.file, { state: "complete", sha256: entry.sha256, mediaType: entry.mediaType });
          return null;
        case "failed":
          over(entry.file, { state: "failed", reason: entry.reason });
          return null;
        case "received": {
          const { received } = factsOf(entry.file);
          const person = people.wasThen(entry.member, entry.name, entry.at);
          if (!received.peek().includes(person)) received.value = [...received.peek(), person];
          return null;
        }
      }
    },
    progress({ file, bytes, state }) {
      const known = factsOf(file);
      // A signal may be late: an entry has the last word.
      if (known.state.peek().state !== "arriving") return;
      const meter = cards.peek().find(({ card }) => card.file === file)?.meter;
      batch(() => {
        known.bytes.value = bytes;
        known.state.value = { state: "arriving", isParked: state === "parked" };
        if (state === "parked") meter?.rest();
        else meter?.at(bytes);
      });
    },
    waiting(line, key) {
      const upload = uploads.byOffer(line.offer?.upload ?? "");
      return waitingCard(line, key, me.person.peek(), upload);
    },
    down() {
      for (const { meter } of cards.peek()) meter.rest();
    },
    clear() {
      facts.clear();
      cards.value = [];
    },
  };
}

function waitingCard(line: WaitingLine, key: string, author: Person, upload: Upload | null): FileCard {
  const { text: name, at, offer, problem } = line;
  const state: FileState = { state: "offering", isRefused: problem !== null };
  const nothing = { value: signal(null), isGood: () => false, ask: async () => null, watch: () => () => {} };
  const shape = { name, size: offer?.size ?? 0, folder: offer?.folder ?? null };
  return {
    ...shape,
    key,
    file: null,
    author,
    isOwn: true,
    at,
    state: signal(state),
    bytes: signal(null),
    pace: signal(null),
    received: signal([]),
    upload: signal(upload),
    preview: signal(previewOf(shape, state)),
    download: nothing,
    view: nothing,
    readText: async () => null,
    readFolder: async () => null,
    mayCancel: signal(upload !== null && problem === null),
    cancel: () => upload?.cancel(),
  };
}
