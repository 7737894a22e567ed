import { type LogLevel, logLevels } from "./options.ts";

/** Sentences for whoever runs the program: no texts, keys, tickets or secrets among them. */
export type Log = {
  debug(sentence: string): void;
  info(sentence: string): void;
  warn(sentence: string): void;
  /** @param cause  Whatever was thrown; its stack follows the sentence. */
  error(sentence: string, cause: unknown): void;
};

// What comes from outside must not steer the terminal; the line ends and tabs of a stack are ours.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Makes a log that writes lines from a level on. */
export function createLog(from: LogLevel, write: (line: string) => void): Log {
  const say = (level: LogLevel, sentence: string) => {
    if (logLevels.indexOf(level) > logLevels.indexOf(from)) return;
    write(`${new Date().toISOString()} ${level} ${sentence.replace(controls, "?")}\n`);
  };
  return {
    debug: (sentence) => say("debug", sentence),
    info: (sentence) => say("info", sentence),
    warn: (sentence) => say("warn", sentence),
    error: (sentence, cause) => say("error", `${sentence}\n${(cause as Error | undefined)?.stack ?? cause}`),
  };
}
