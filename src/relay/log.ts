/** Where the relay tells what it does: sentences without texts, names, keys, tickets or secrets. */
export type RelayLog = {
  debug(sentence: string): void;
  /** @param cause  Whatever was thrown: its stack belongs into the log, and nowhere else. */
  error(sentence: string, cause: unknown): void;
};
