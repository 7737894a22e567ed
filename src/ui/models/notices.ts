import type { ReadonlySignal } from "@preact/signals";
import { signal } from "@preact/signals";
import type { Key, Values } from "./i18n.ts";

/** Something a person should know once. */
export type Notice = { readonly key: Key; readonly values?: Values };

export type Notices = {
  list: ReadonlySignal<readonly Notice[]>;
  dismiss(notice: Notice): void;
};

/** Notices to which models add. */
export type NoticeBoard = Notices & { add(notice: Notice): void };

export function createNotices(): NoticeBoard {
  const list = signal<readonly Notice[]>([]);
  return {
    list,
    add(notice) {
      if (!list.peek().some(({ key }) => key === notice.key)) list.value = [...list.peek(), notice];
    },
    dismiss(notice) {
      list.value = list.peek().filter((other) => other !== notice);
    },
  };
}
