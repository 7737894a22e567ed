import type { ClientFrames } from "../../wire/client-frames.ts";
import { limits } from "../../wire/limits.ts";
import type { RelayFrames } from "../../wire/relay-frames.ts";
import { checkRoomKey } from "../../wire/room-key.ts";
import type { Link } from "./connection.ts";
import type { Person } from "./people.ts";
import type { Problem } from "./problem.ts";
import { offline, problemOf } from "./problem.ts";

/** What the maker of a room may do with it, and the host of the server with every room. Null: it is done. */
export type Managing = {
  /** @param key  Null opens the room to everybody. */
  rekey(room: string, key: string | null): Promise<Problem | null>;
  remove(room: string, person: Person): Promise<Problem | null>;
  admit(room: string, person: Person): Promise<Problem | null>;
  /** Deletes it with all that is in it. */
  erase(room: string): Promise<Problem | null>;
  /**
   * All rooms of the server; only for hosts.
   *
   * @param from  How many are here already.
   * @returns     Those that come after them; null when they cannot be had now.
   */
  all(from: number): Promise<Pick<RelayFrames["lobby"], "rooms" | "isLast"> | null>;
};

type Managed = { [T in "rekey" | "remove" | "admit" | "delete"]: Omit<ClientFrames[T], "id"> }[
  | "rekey"
  | "remove"
  | "admit"
  | "delete"];

export function createManaging(link: Link): Managing {
  function ask(frame: Managed): Promise<Problem | null> {
    return new Promise((resolve) => {
      link.request(frame, (answer) => {
        if (answer?.type === "ok") resolve(null);
        else resolve(answer?.type === "error" ? problemOf(answer, { room: frame.room }) : offline);
      });
    });
  }

  return {
    async rekey(room, key) {
      const problem = key === null ? null : keyProblem(key);
      return problem ?? ask({ type: "rekey", room, key });
    },
    remove: (room, { member }) => ask({ type: "remove", room, member }),
    admit: (room, { member }) => ask({ type: "admit", room, member }),
    erase: (room) => ask({ type: "delete", room }),
    all(from) {
      return new Promise((resolve) => {
        link.request({ type: "lobby", all: true, from }, (answer) =>
          resolve(answer?.type === "lobby" ? answer : null),
        );
      });
    },
  };
}

/** What is wrong with a room key before it is sent; null when nothing is. */
export function keyProblem(raw: string): Problem | null {
  const checked = checkRoomKey(raw);
  if (checked.ok) return null;
  return {
    key: `problem.key-${checked.problem}`,
    values: { min: limits.roomKeyCharsMin, max: limits.roomKeyCharsMax },
  };
}
