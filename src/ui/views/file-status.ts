import { html } from "htm/preact";
import type { FileCard } from "../models/file-card.ts";
import { formatBytes, formatDuration, formatShare, t } from "../models/i18n.ts";
import type { Pace } from "../models/meter.ts";
import type { Upload } from "../models/upload.ts";

/** Whether a file is on its way, and what there is to say of it, as one line. */
export type Status = { text: string; tone: "quiet" | "warning" | "danger" };

/** What a file's line says: how large it is, how much has come, how fast, and what it waits for. */
export function statusOf(card: FileCard): Status {
  const state = card.state.value;
  switch (state.state) {
    case "offering":
      // Why it was refused, and what can be done, stands below the card as below a line.
      return quiet(sizeOf(card), state.isRefused ? null : t("file.offering"));
    case "failed":
      return {
        text: t(`file.failed.${state.reason}`),
        tone: state.reason === "cancelled" ? "quiet" : "danger",
      };
    case "complete":
      return quiet(sizeOf(card));
    case "arriving": {
      const upload = card.upload.value;
      if (upload && upload.state.value.state !== "over") return uploadStatus(card, upload);
      if (state.isParked)
        return warning(sizeOf(card), shareOf(card), t("file.parked", { name: card.author.name.value }));
      return quiet(
        sizeOf(card),
        isThere(card) ? t("file.checking") : (shareOf(card) ?? t("file.arriving")),
        ...paceOf(card),
      );
    }
  }
}

function uploadStatus(card: FileCard, upload: Upload): Status {
  const state = upload.state.value;
  switch (state.state) {
    case "queued":
      return quiet(sizeOf(card), t("file.queued"));
    case "paused":
      return warning(sizeOf(card), shareOf(card), t("file.paused"));
    case "waiting":
      return warning(
        sizeOf(card),
        shareOf(card),
        state.problem ? t(state.problem.key, state.problem.values) : t("file.waiting"),
      );
    case "missing":
      return warning(sizeOf(card), shareOf(card), t("file.missing"));
    default:
      return quiet(sizeOf(card), isThere(card) ? t("file.checking") : shareOf(card), ...paceOf(card));
  }
}

/** How much has arrived, as a bar; nothing for a file that is not on its way. */
export function Progress({ card }: { card: FileCard }) {
  const { state } = card.state.value;
  if (state !== "arriving") return null;
  const bytes = card.bytes.value ?? 0;
  const isResting = statusOf(card).tone === "warning";
  return html`<progress
    class="progress"
    data-resting=${isResting}
    aria-label=${t("file.progress", { name: card.name })}
    max=${Math.max(1, card.size)}
    value=${card.size === 0 ? 1 : bytes}
  ></progress>`;
}

function isThere(card: FileCard): boolean {
  return card.bytes.value !== null && card.bytes.value >= card.size;
}

function sizeOf({ folder, size }: FileCard): string {
  return folder ? `${t("file.files", { count: folder.files })} · ${formatBytes(size)}` : formatBytes(size);
}

function shareOf(card: FileCard): string | null {
  const bytes = card.bytes.value;
  return bytes === null ? null : formatShare(card.size === 0 ? 1 : bytes / card.size);
}

function paceOf(card: FileCard): (string | null)[] {
  const pace: Pace | null = isThere(card) ? null : card.pace.value;
  if (!pace) return [];
  return [
    t("file.speed", { speed: formatBytes(pace.bytesPerSecond) }),
    t("file.left", { time: formatDuration(pace.secondsLeft) }),
  ];
}

function quiet(...parts: (string | null)[]): Status {
  return { text: parts.filter((part) => part !== null).join(" · "), tone: "quiet" };
}

function warning(...parts: (string | null)[]): Status {
  return { ...quiet(...parts), tone: "warning" };
}
