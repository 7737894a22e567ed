import type { ReadonlySignal } from "@preact/signals";
import { signal } from "@preact/signals";
import { defaultWebPort, limits } from "../../wire/limits.ts";
import { seal } from "./carry-box.ts";
import { formLink } from "./carry-link.ts";
import type { Link } from "./connection.ts";
import type { Deps } from "./deps.ts";
import type { Identity } from "./identity.ts";
import type { ServerKept } from "./kept.ts";
import type { Me } from "./me.ts";
import type { NoticeBoard } from "./notices.ts";
import type { Problem } from "./problem.ts";
import { offline, problemOf } from "./problem.ts";
import type { Rooms } from "./rooms.ts";

/** How far the link is by which this name goes to another device. */
export type CarryingState =
  | { state: "none" }
  | { state: "making" }
  | { state: "made"; link: string; code: string; until: number }
  | { state: "used" }
  | { state: "over" }
  | { state: "failed"; problem: Problem };

/** A link for another device, with which it goes on under the same name. */
export type Carrying = {
  state: ReadonlySignal<CarryingState>;
  /** Somebody looks at it: makes a link, unless there is one that is still good. */
  open(): void;
  close(): void;
  /** Makes another link; the one before is void. */
  make(): Promise<void>;
};

/** What the app tells of it. */
export type CarryingSteps = Carrying & {
  /** Somebody has used a link of this member, made here or in another tab. */
  taken(code: string): void;
};

export function createCarrying(options: {
  deps: Deps;
  kept: ServerKept;
  link: Link;
  identity: Identity;
  me: Me;
  rooms: Rooms;
  notices: NoticeBoard;
}): CarryingSteps {
  const { deps, kept, link, identity, me, rooms, notices } = options;
  const state = signal<CarryingState>({ state: "none" });
  let isOpen = false;
  let cancelEnd = () => {};
  /** A link that was asked for after this one makes it void. */
  let asked = 0;

  async function make(): Promise<void> {
    cancelEnd();
    asked += 1;
    const mine = asked;
    state.value = { state: "making" };
    const server = kept.server() ?? "";
    const secret = deps.random(32);
    // Conversations of two come by themselves.
    const ids = rooms.list.peek().flatMap((room) => (room.other === null ? room.id : []));
    const luggage = {
      key: identity.secret(),
      name: me.name.peek(),
      rooms: ids.slice(0, limits.roomsPerConnectionMax),
    };
    const box = await seal(luggage, server, secret, deps.random(24));
    link.request({ type: "carry", box }, (answer) => {
      if (mine !== asked) return;
      if (answer?.type !== "carried") {
        state.value = { state: "failed", problem: answer?.type === "error" ? problemOf(answer) : offline };
        return;
      }
      const { code, expiresMs } = answer;
      const until = deps.now() + expiresMs;
      state.value = { state: "made", link: formLink(otherPage(deps), server, code, secret), code, until };
      cancelEnd = deps.setTimer(expiresMs, () => {
        state.value = { state: "over" };
      });
    });
  }

  return {
    state,
    make,
    open() {
      isOpen = true;
      if (state.peek().state !== "made") void make();
    },
    close() {
      isOpen = false;
      if (state.peek().state !== "made") state.value = { state: "none" };
    },
    taken(code) {
      const now = state.peek();
      const isShown = now.state === "made" && now.code === code;
      if (isShown) {
        cancelEnd();
        state.value = { state: isOpen ? "used" : "none" };
      }
      // Whoever did not see it being used should know: perhaps it was somebody else.
      if (!isShown || !isOpen) notices.add({ key: "notice.carried" });
    },
  };
}

/** Where the other device has its page: at its own localhost, unless pages are had from the very same place. */
function otherPage({ isLocal, origin }: Pick<Deps, "isLocal" | "origin">): string {
  return isLocal ? `http://localhost:${defaultWebPort}/` : `${origin}/`;
}
