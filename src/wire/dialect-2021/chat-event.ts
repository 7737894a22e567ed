/** What a 2021 client sends once it has logged in, and what a server passes on. */
export type ChatEvent =
  /** As it was typed, line ends at its end dropped; of any length. */
  | { is: "text"; text: string }
  /** A message that is no UTF-8. */
  | { is: "garbled" }
  /** `size` bytes follow, and then `end`. */
  | { is: "file"; name: string; size: number; user?: string }
  /** Part of the file's bytes; valid only during the call. */
  | { is: "bytes"; bytes: Uint8Array }
  | { is: "end" };
