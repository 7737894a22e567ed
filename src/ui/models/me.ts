import type { ReadonlySignal } from "@preact/signals";
import { computed, effect, signal } from "@preact/signals";
import * as v from "valibot";
import { checkName } from "../../wire/names.ts";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import type { Link } from "./connection.ts";
import type { Deps } from "./deps.ts";
import type { Kept, ServerKept } from "./kept.ts";
import type { NoticeBoard } from "./notices.ts";
import type { People, Person } from "./people.ts";
import type { Problem } from "./problem.ts";
import { nameProblem, offline, problemOf } from "./problem.ts";

/** The member that this browser is on this server. */
export type Me = {
  /** Null before the first welcome. */
  member: ReadonlySignal<string | null>;
  name: ReadonlySignal<string>;
  isHost: ReadonlySignal<boolean>;
  rename(name: string): Promise<Problem | null>;
  /** Lets anybody claim a name whose owner has lost the key; only for hosts. */
  freeName(name: string): Promise<Problem | null>;
};

/** What the app tells of oneself. */
export type OwnMember = Me & {
  /** Oneself among the people; before the first welcome one that is nobody's member yet. */
  person: ReadonlySignal<Person>;
  /** Reads the name that was used last. */
  open(): void;
  welcome(frame: RelayFrames["welcome"]): void;
};

export function createMe(options: {
  deps: Deps;
  kept: ServerKept;
  link: Link;
  people: People;
  notices: NoticeBoard;
}): OwnMember {
  const { deps, kept, link, people, notices } = options;
  const person = signal<Person | null>(null);
  const nameBefore = signal("");
  const isHost = signal(false);
  // Through the person, so that a new name given in another tab arrives here too.
  const name = computed(() => person.value?.name.value ?? nameBefore.value);
  effect(() => {
    if (person.value) keepName(kept, name.value);
  });

  function claimHost(): void {
    const secret = /^#host=([\w-]{43})$/.exec(deps.hash())?.[1];
    if (secret === undefined) return;
    // A secret that is good once may have been used by this very page, in a connection that broke before the answer.
    if (isHost.peek()) {
      deps.setHash("");
      notices.addPassing({ key: "notice.host" });
      return;
    }
    link.request({ type: "host", secret }, (answer) => {
      // Without an answer it is claimed again at the next welcome.
      if (answer === null) return;
      deps.setHash("");
      isHost.value = isHost.peek() || answer.type === "ok";
      if (answer.type === "ok") notices.addPassing({ key: "notice.host" });
      else notices.add({ key: "notice.host-wrong" });
    });
  }

  const stranger: Person = { member: "", name };
  return {
    person: computed(() => person.value ?? stranger),
    member: computed(() => person.value?.member ?? null),
    name,
    isHost,
    open() {
      nameBefore.value = kept.get("name", v.string()) ?? "";
    },
    welcome(frame) {
      person.value = people.isNow(frame.member, frame.name);
      isHost.value = frame.isHost;
      claimHost();
    },
    rename(raw) {
      const checked = checkName(raw);
      if (!checked.ok) return Promise.resolve(nameProblem("name", checked));
      return ask(link, { type: "rename", name: checked.name }, (answer) => {
        const { member } = person.peek() ?? {};
        if (member !== undefined && answer.type === "ok") people.isNow(member, answer.name ?? checked.name);
      });
    },
    freeName(raw) {
      const checked = checkName(raw);
      if (!checked.ok) return Promise.resolve(nameProblem("name", checked));
      return ask(link, { type: "free", name: checked.name });
    },
  };
}

function keepName(kept: Kept, name: string): void {
  if (kept.get("name", v.string()) !== name) kept.set("name", name);
}

type Named = { type: "rename" | "free"; name: string };

function ask(link: Link, frame: Named, done?: (ok: RelayFrames["ok"]) => void): Promise<Problem | null> {
  return new Promise((resolve) => {
    link.request(frame, (answer) => {
      if (answer?.type === "ok") {
        done?.(answer);
        resolve(null);
      } else {
        resolve(answer?.type === "error" ? problemOf(answer, { name: frame.name }) : offline);
      }
    });
  });
}
