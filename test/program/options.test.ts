import { describe, expect, test } from "bun:test";
import { help, type Options, readCommand, UsageError } from "../../src/program/options.ts";
import { defaultRelayPort } from "../../src/wire/limits.ts";

type Env = { [name: string]: string | undefined };

/** The options of a command line, as it would be typed. */
function options(line: string, env: Env = {}): Options {
  const command = readCommand(line.split(" ").filter(Boolean), env);
  if (command.do !== "run") throw new Error(`"${line}" asks for ${command.do}`);
  return command.options;
}

/** The sentence with which a command line is refused. */
function refusal(line: string | string[], env: Env = {}): string {
  try {
    readCommand(typeof line === "string" ? line.split(" ").filter(Boolean) : line, env);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "none";
}

test("Without options there is a start page, and everything is as the help says", () => {
  expect(options("")).toEqual({
    mode: "start",
    connect: undefined,
    host: "0.0.0.0",
    port: defaultRelayPort,
    webPort: undefined,
    data: undefined,
    mayOpen: true,
    ratePerSecond: 5,
    fileBytesMax: 64 * 1024 ** 3,
    filesKeepMs: Number.POSITIVE_INFINITY,
    diskFreeMin: 1024 ** 3,
    takesLegacy: true,
    isLegacy: false,
    logLevel: "warn",
  });
});

describe("Each option is read from the command line, and from the environment", () => {
  const cases: [line: string, name: string, value: string, expected: Partial<Options>][] = [
    ["--server", "PENDOPO_SERVER", "1", { mode: "server" }],
    ["--connect ada.local:9", "PENDOPO_CONNECT", "ada.local:9", { mode: "connect", connect: "ada.local:9" }],
    ["--host ::1", "PENDOPO_HOST", "::1", { host: "::1" }],
    ["--port 4000", "PENDOPO_PORT", "4000", { port: 4000 }],
    ["--web-port 0", "PENDOPO_WEB_PORT", "0", { webPort: 0 }],
    ["--data /srv/x", "PENDOPO_DATA", "/srv/x", { data: "/srv/x" }],
    ["--no-open", "PENDOPO_NO_OPEN", "true", { mayOpen: false }],
    ["--rate 0", "PENDOPO_RATE", "0", { ratePerSecond: 0 }],
    ["--file-max 700M", "PENDOPO_FILE_MAX", "700m", { fileBytesMax: 700 * 1024 ** 2 }],
    ["--files-keep 2", "PENDOPO_FILES_KEEP", "2", { filesKeepMs: 2 * 24 * 60 * 60_000 }],
    ["--disk-free-min 0", "PENDOPO_DISK_FREE_MIN", "0", { diskFreeMin: 0 }],
    ["--no-legacy", "PENDOPO_NO_LEGACY", "1", { takesLegacy: false }],
    ["--log-level debug", "PENDOPO_LOG_LEVEL", "debug", { logLevel: "debug" }],
  ];
  for (const [line, name, value, expected] of cases) {
    test(`${line}, ${name}=${value}`, () => {
      expect(options("")).not.toMatchObject(expected);
      expect(options(line)).toMatchObject(expected);
      expect(options("", { [name]: value })).toMatchObject(expected);
      expect(help).toContain(`  ${line.split(" ")[0]} `);
    });
  }

  test("as --web-port=4000 too", () => expect(options("--web-port=4000")).toMatchObject({ webPort: 4000 }));

  test("and an empty name of the environment is none", () => {
    const env = { PENDOPO_SERVER: "", PENDOPO_PORT: "", PENDOPO_CONNECT: "", PENDOPO_DATA: "" };
    expect(options("", env)).toEqual(options(""));
  });

  test("and others' names are none of its business", () => {
    expect(options("", { PORT: "x", PENDOPO_UNKNOWN: "x" })).toEqual(options(""));
  });
});

describe("The command line goes before the environment", () => {
  test("for each value", () => {
    expect(options("--port 1", { PENDOPO_PORT: "2" })).toMatchObject({ port: 1 });
    expect(options("--port 1", { PENDOPO_PORT: "not a port" })).toMatchObject({ port: 1 });
  });

  test("for what the program does", () => {
    expect(options("--server", { PENDOPO_CONNECT: "ada" })).toMatchObject({
      mode: "server",
      connect: undefined,
    });
    expect(options("--connect ada", { PENDOPO_SERVER: "1" })).toMatchObject({
      mode: "connect",
      connect: "ada",
    });
  });

  test("and a flag that the environment unsets is not set", () => {
    expect(options("", { PENDOPO_SERVER: "0", PENDOPO_NO_OPEN: "false" })).toEqual(options(""));
    expect(options("--server", { PENDOPO_SERVER: "0" })).toMatchObject({ mode: "server" });
  });
});

describe("Help and version", () => {
  test("are asked for by their long and short names, whatever else is there", () => {
    for (const line of ["--help", "-h", "--server --help", "-hv"])
      expect(readCommand(line.split(" "), {})).toEqual({ do: "help" });
    for (const line of ["--version", "-v", "--port nonsense --version"])
      expect(readCommand(line.split(" "), {})).toEqual({ do: "version" });
  });
});

describe("A wrong command line is refused with one sentence that quotes it", () => {
  const cases: [line: string | string[], sentence: string, env?: Env][] = [
    ["--sever", "Unknown option '--sever'"],
    ["-x", "Unknown option '-x'"],
    ["lobby", "lobby"],
    ["--server=yes", "--server"],
    ["--port", "--port"],
    ["--port --server", "--port"],
    ["--port x", 'Give --port a whole number from 0 to 65535: "x" is none'],
    ["--port 65536", '"65536" is none'],
    ["--port 1.5", '"1.5" is none'],
    ["--port 0x10", '"0x10" is none'],
    ["--web-port=-1", 'Give --web-port a whole number from 0 to 65535: "-1" is none'],
    [["--port", " 1"], '" 1" is none'],
    ["--rate fast", 'Give --rate a whole number from 0 to 1000000: "fast" is none'],
    ["--log-level loud", 'Give --log-level one of error, warn, info, debug: "loud" is none'],
    ["--server --connect ada", "Use either --server or --connect"],
    ["--connect ada --port 1", "Write the port behind the address"],
    ["", 'Set PENDOPO_SERVER to 1 or 0: "yes" is neither', { PENDOPO_SERVER: "yes" }],
    ["", '"x" is none', { PENDOPO_PORT: "x" }],
    [["--data", ""], "--data"],
    [["--host", ""], "--host"],
  ];
  for (const [line, sentence, env] of cases) {
    test(`${JSON.stringify(line)} ${env ? JSON.stringify(env) : ""}`, () => {
      const message = refusal(line, env);
      expect(message).toContain(sentence);
      expect(message).not.toMatch(/\n|\.$|\. /);
    });
  }
});
