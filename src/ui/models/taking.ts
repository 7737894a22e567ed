import type { ReadonlySignal } from "@preact/signals";
import { effect, signal } from "@preact/signals";
import * as v from "valibot";
import { limits } from "../../wire/limits.ts";
import type { Luggage } from "./carry-box.ts";
import { unseal } from "./carry-box.ts";
import type { CarryLink } from "./carry-link.ts";
import { readLink } from "./carry-link.ts";
import type { Deps } from "./deps.ts";
import type { Identity } from "./identity.ts";
import type { ServerKept } from "./kept.ts";
import type { Problem } from "./problem.ts";
import { offline } from "./problem.ts";
import { takeBox } from "./take-box.ts";

/** Whose name this browser has until now, and how much of theirs has not been sent yet. */
type Before = { readonly name: string; readonly unsent: number };

/** How far a name from another device is. */
export type TakingState =
  | { state: "none" }
  /** There is a link, and no server yet. */
  | { state: "waiting" }
  /** The person is asked for a link. */
  | { state: "pasting" }
  | { state: "asking" }
  | { state: "found"; name: string; before: Before | null }
  /** This browser has that name already. */
  | { state: "same"; name: string }
  | { state: "failed"; problem: Problem; mayRetry: boolean };

/** A name that comes from another device, by its link. */
export type Taking = {
  state: ReadonlySignal<TakingState>;
  /** Counts what the person is asked: another link is another question, whatever became of the one before. */
  question: ReadonlySignal<number>;
  /** Asks for a link. */
  paste(): void;
  /** Takes what a link leads to; a problem where it is none. */
  follow(text: string): Problem | null;
  retry(): void;
  /** Goes on under the name that was found. */
  accept(): void;
  /** The person does not want to; nothing, when the question is another one by now. */
  cancel(question: number): void;
};

export function createTaking(options: {
  deps: Deps;
  kept: ServerKept;
  identity: Identity;
  /** Whether the program that serves the page has a server to speak to; undefined before it has said. */
  hasServer: ReadonlySignal<boolean | undefined>;
  /** Brings back what was kept for a server. */
  open(server: string): Promise<void>;
  /** Ends the connection. */
  stop(): void;
}): Taking {
  const { deps, kept, identity, hasServer, open, stop } = options;
  const state = signal<TakingState>({ state: "none" });
  const question = signal(0);
  const link = signal<CarryLink | null>(null);
  let found: Luggage | null = null;

  function fail(problem: Problem, mayRetry = false): void {
    if (!mayRetry) link.value = null;
    state.value = { state: "failed", problem, mayRetry };
  }

  async function take(wanted: CarryLink): Promise<void> {
    state.value = { state: "asking" };
    const taken = await takeBox(deps, wanted);
    // Put away meanwhile, or another link came.
    if (link.peek() !== wanted) return;
    if (taken.outcome === "offline") return fail(offline, true);
    if (taken.outcome === "gone") return fail({ key: "problem.link-gone" });
    if (taken.outcome === "other-server") return fail({ key: "problem.link-server" });
    const luggage = await unseal(taken.box, taken.server, wanted.secret);
    await open(taken.server);
    if (link.peek() !== wanted) return;
    link.value = null;
    found = luggage;
    if (found === null) return fail({ key: "problem.link-damaged" });
    const { name } = found;
    const isSame = identity.has(found.key);
    state.value = isSame ? { state: "same", name } : { state: "found", name, before: whoWas() };
  }

  function whoWas(): Before | null {
    const name = kept.get("name", v.string()) ?? "";
    if (name === "") return null;
    return { name, unsent: kept.keys("line/").length + kept.keys("upload/").length };
  }

  function follow(text: string): Problem | null {
    const read = readLink(text);
    if (read === null) return { key: "problem.link-none" };
    if (read === "damaged") return { key: "problem.link-damaged" };
    link.value = read;
    return null;
  }

  /** A link that stood in the address goes from there at once: nobody is to find it in the history. */
  function followAddress(): void {
    const hash = deps.hash();
    if (!hash.startsWith("#carry=")) return;
    deps.setHash("");
    question.value += 1;
    const problem = follow(hash);
    if (problem) fail(problem);
  }

  effect(() => {
    const wanted = link.value;
    if (wanted === null) return;
    if (hasServer.value) void take(wanted);
    else state.value = { state: "waiting" };
  });
  followAddress();
  deps.onHash(followAddress);

  return {
    state,
    question,
    follow,
    paste() {
      question.value += 1;
      state.value = { state: "pasting" };
    },
    retry() {
      const wanted = link.peek();
      if (wanted !== null) void take(wanted);
    },
    accept() {
      if (found === null || state.peek().state !== "found") return;
      // A page that keeps nothing would be somebody else again after the reload.
      if (!kept.set("seen", deps.now())) return fail({ key: "problem.storage" });
      stop();
      forget(kept, deps);
      kept.set("name", found.name);
      kept.set("rooms", found.rooms.slice(0, limits.roomsPerConnectionMax));
      // Last: other tabs see it, and begin anew with all of it.
      identity.become(found.key);
      deps.reload();
    },
    cancel(asked) {
      if (asked !== question.peek()) return;
      link.value = null;
      found = null;
      state.value = { state: "none" };
    },
  };
}

/** Forgets what the one wrote and read who was here before: nothing of it may go out under another name. */
function forget(kept: ServerKept, { handles }: Deps): void {
  for (const key of kept.keys("upload/")) {
    const id = key.split("/").at(-1);
    void handles.remove(`${kept.server()}/${id}`).catch(() => {});
  }
  for (const key of kept.keys("")) if (key !== "key" && key !== "seen") kept.remove(key);
}
