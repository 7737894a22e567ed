import { describe, expect, test } from "bun:test";
import { createLog } from "../../src/program/log.ts";
import { type LogLevel, logLevels } from "../../src/program/options.ts";

/** The lines that a log of a level writes, without their times. */
function written(level: LogLevel, sentence = "Something happened"): string[] {
  const lines: string[] = [];
  const log = createLog(level, (line) => lines.push(line));
  log.debug(sentence);
  log.info(sentence);
  log.warn(sentence);
  log.error(sentence, "why");
  return lines.map((line) => {
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
    return line.slice(line.indexOf(" ") + 1);
  });
}

describe("A log", () => {
  test("writes from its level on", () => {
    for (const [i, level] of logLevels.entries()) {
      const levels = written(level).map((line) => line.split(" ")[0]);
      expect(levels).toEqual(logLevels.slice(0, i + 1).reverse());
    }
  });

  test("writes a sentence and the cause of an error, each line ended", () => {
    expect(written("warn")).toEqual(["warn Something happened\n", "error Something happened\nwhy\n"]);
    const lines: string[] = [];
    const error = new Error("It broke");
    createLog("error", (line) => lines.push(line)).error("A bug", error);
    expect(lines[0]).toContain(`error A bug\n${error.stack}\n`);
  });

  test("lets nothing through that steers a terminal", () => {
    const [line] = written("warn", "a\u001b[31mb\u0007\r\u009b2J\u0000c");
    expect(line).toBe("warn a?[31mb???2J?c\n");
  });
});
