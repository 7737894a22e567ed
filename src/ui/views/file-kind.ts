import type { FileCard } from "../models/file-card.ts";
import type { IconName } from "./icon.ts";

const kinds: [RegExp, "image" | "audio" | "video" | "text"][] = [
  [/\.(?:png|jpe?g|gif|webp|avif|bmp)$/i, "image"],
  [/\.(?:mp3|m4a|ogg|oga|opus|flac|wav|aac)$/i, "audio"],
  [/\.(?:mp4|m4v|webm|mov|mkv|avi|ogv|3gp)$/i, "video"],
  [/\.(?:txt|md|csv|log|json|docx?|odt|pdf|rtf)$/i, "text"],
];

/** What a file seems to be by its name: for its picture, and for nothing else. */
export function kindOf(name: string): "image" | "audio" | "video" | "text" | "file" {
  return kinds.find(([pattern]) => pattern.test(name))?.[1] ?? "file";
}

export function iconOf(card: FileCard): IconName {
  return card.folder ? "folder" : kindOf(card.name);
}
