/** What the relay needs of a log. Never a text, key, ticket or secret among the fields. */
export type RelayLog = (
  level: "error" | "warn" | "info" | "debug",
  event: string,
  fields?: { [field: string]: string | number | boolean },
) => void;
