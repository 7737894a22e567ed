import { device as deviceSchema } from "../../wire/frame.ts";
import { encode } from "./base64url.ts";
import type { Deps } from "./deps.ts";
import type { Kept } from "./kept.ts";

/**
 * The devices under which this browser posts to this server. A device is a slot that one tab holds at a time,
 * because two that number their lines alike would lose some; a few slots serve any number of tabs after another.
 */
export type Devices = {
  /** Takes the slot under which this tab posts. */
  claim(): Promise<string>;
  /** Takes the slot of a tab that has gone, as often as one likes; null while another tab may still hold it. */
  adopt(device: string): Promise<(() => void) | null>;
  /** A device that no tab has had. */
  make(): string;
};

const tabKey = "pendopo/device";
/** After a reload the page that went may hold its slot for a moment longer. */
const triesForOwn = 5;
const tryAgainMs = 100;

/** @param tabKept  Of this tab: brings its slot back after a reload. */
export function createDevices(deps: Deps, kept: Kept, tabKept: Kept): Devices {
  const { locks } = deps;
  /** Slots of tabs that have gone: how many here use each, and how to put it down. */
  const adopted = new Map<string, { users: number; release: Promise<(() => void) | null> }>();

  async function claimWithLocks(): Promise<string> {
    const before = tabKept.get(tabKey, deviceSchema);
    for (let i = 0; before !== undefined && i < triesForOwn; i++) {
      if (i > 0) await new Promise<void>((resolve) => deps.setTimer(tryAgainMs, resolve));
      if (await hold(before)) return before;
    }
    for (const device of known()) if (await hold(device)) return device;
    const device = make();
    await hold(device);
    return device;
  }

  /**
   * Without locks a slot stays with its tab: it is put down only while no page of the tab runs, so that
   * a tab that was duplicated does not find the slot of the one that it is a copy of.
   */
  function claimWithTab(): string {
    const device = tabKept.get(tabKey, deviceSchema) ?? make();
    tabKept.remove(tabKey);
    deps.onLeave((isLeaving) => {
      if (isLeaving) tabKept.set(tabKey, device);
      else tabKept.remove(tabKey);
    });
    return device;
  }

  async function hold(device: string): Promise<(() => void) | null> {
    return new Promise((resolve) => {
      void locks?.request(`pendopo/device/${device}`, { ifAvailable: true }, (lock) => {
        if (!lock) {
          resolve(null);
          return undefined;
        }
        return new Promise<void>((release) => resolve(release));
      });
    });
  }

  function known(): string[] {
    return kept.keys("device/").map((key) => key.slice("device/".length));
  }

  function make(): string {
    return encode(deps.random(9));
  }

  return {
    make,
    async claim() {
      if (!locks) return claimWithTab();
      const device = await claimWithLocks();
      tabKept.set(tabKey, device);
      return device;
    },
    async adopt(device) {
      if (!locks) return () => {};
      const held = adopted.get(device) ?? { users: 0, release: hold(device) };
      adopted.set(device, held);
      held.users += 1;
      const release = await held.release;
      const putDown = () => {
        held.users -= 1;
        if (held.users > 0) return;
        adopted.delete(device);
        release?.();
      };
      if (!release) putDown();
      return release && putDown;
    },
  };
}
