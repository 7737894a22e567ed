import type { ReadonlySignal } from "@preact/signals";
import { signal } from "@preact/signals";
import type { Deps } from "./deps.ts";
import type { Key, Values } from "./i18n.ts";

/** Something a person should know once. */
export type Notice = { readonly key: Key; readonly values?: Values };

export type Notices = {
  list: ReadonlySignal<readonly Notice[]>;
  dismiss(notice: Notice): void;
};

/** Notices to which models add. */
export type NoticeBoard = Notices & {
  /** Shows a notice until it is put away. */
  add(notice: Notice): void;
  /** Shows good news, which go by themselves. */
  addPassing(notice: Notice): void;
};

const passingMs = 6_000;

export function createNotices(deps: Pick<Deps, "setTimer">): NoticeBoard {
  const list = signal<readonly Notice[]>([]);

  function add(notice: Notice): void {
    if (!list.peek().some(({ key }) => key === notice.key)) list.value = [...list.peek(), notice];
  }

  function dismiss(notice: Notice): void {
    list.value = list.peek().filter((other) => other !== notice);
  }

  return {
    list,
    add,
    dismiss,
    addPassing(notice) {
      add(notice);
      deps.setTimer(passingMs, () => dismiss(notice));
    },
  };
}
