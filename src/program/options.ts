import { parseArgs } from "node:util";
import { defaultRelayPort, defaultWebPort, limits } from "../wire/limits.ts";

/** What the person who starts the program wants, from the command line and the environment. */
export type Options = {
  mode: "start" | "server" | "connect";
  /** The address given to --connect, as it was typed. */
  connect: string | undefined;
  /** Address on which the relay listens. */
  host: string;
  port: number;
  /** undefined: the default one, or the next that is free. */
  webPort: number | undefined;
  /** undefined: the platform's data directory. */
  data: string | undefined;
  mayOpen: boolean;
  ratePerSecond: number;
  /** Most bytes of one file. */
  fileBytesMax: number;
  /** How long complete files are kept; Infinity: for ever. */
  filesKeepMs: number;
  /** Bytes that new files must leave on the disk. */
  diskFreeMin: number;
  /** Whether the programs of 2021 may join the relay. */
  takesLegacy: boolean;
  /** Whether what --connect names is a server of 2021. */
  isLegacy: boolean;
  logLevel: LogLevel;
};

export const logLevels = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

/** What the command line asks for. */
export type Command = { do: "help" } | { do: "version" } | { do: "run"; options: Options };

/** A wrong command line: the message is one sentence, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const config = {
  server: { type: "boolean" },
  connect: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  "web-port": { type: "string" },
  data: { type: "string" },
  "no-open": { type: "boolean" },
  rate: { type: "string" },
  "file-max": { type: "string" },
  "files-keep": { type: "string" },
  "disk-free-min": { type: "string" },
  "no-legacy": { type: "boolean" },
  legacy: { type: "boolean" },
  "log-level": { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

type FlagOption = "server" | "no-open" | "no-legacy" | "legacy";
type TextOption = Exclude<keyof typeof config, FlagOption | "help" | "version">;

export const help = `Usage: pendopo [options]

Group chat and files for a local network. Without options it opens a page on which you host or join.

  --server            host: start the relay here, and open its page
  --connect HOST      join the relay at HOST or HOST:PORT, /FINGERPRINT behind it as in an invite:
                      then nobody else is spoken to
  --legacy            with --connect: what is there is a server of the 2021 assignment (texts and files up to 256M,
                      no history, no list of people)
  --host ADDRESS      address on which the relay listens (0.0.0.0: all of this machine)
  --port PORT         port of the relay (${defaultRelayPort})
  --web-port PORT     port of the page on localhost (${defaultWebPort}, or the next that is free)
  --data DIRECTORY    where everything is kept (the data directory of your system)
  --no-open           print the address of the page, do not open a browser
  --rate N            messages a second that one member may send for long (${limits.ratePerSecond}; 0: any number)
  --file-max BYTES    size of the largest file that the relay takes, as in 700M or 64G (64G)
  --files-keep DAYS   remove files from the server after so many days (0: keep them for ever)
  --disk-free-min BYTES  take no new files when less than this would be left on the disk (1G)
  --no-legacy         with --server: let no programs of the 2021 assignment join
  --log-level LEVEL   ${logLevels.join(", ")} (warn)
  -h, --help          print this
  -v, --version       print the version

Each option can be set in the environment too: PENDOPO_WEB_PORT=4000 is --web-port 4000,
PENDOPO_NO_OPEN=1 is --no-open. The command line goes first.
`;

/**
 * Reads the command line.
 *
 * @param args  The arguments after the program's name.
 * @param env   The environment; names beginning with PENDOPO_ count.
 * @throws {UsageError}
 */
export function readCommand(args: readonly string[], env: { [name: string]: string | undefined }): Command {
  const given = parsed(args);
  if (given.help) return { do: "help" };
  if (given.version) return { do: "version" };
  const text = (name: TextOption) => {
    // As from a shell's variable that is not set: --data "$X" must not mean the folder that one stands in.
    if (given[name] === "") throw new UsageError(`Give --${name} a value: it is empty`);
    return given[name] ?? (env[envName(name)] || undefined);
  };
  const flag = (name: FlagOption) => given[name] ?? isSet(env[envName(name)], envName(name));

  // The command line's mode wins over the environment's.
  const connect = given.server ? given.connect : text("connect");
  const isServer = given.connect === undefined && flag("server");
  if (given.connect !== undefined && given.server) {
    throw new UsageError("Use either --server or --connect: this program cannot do both at once");
  }
  if (connect !== undefined && given.port !== undefined) {
    throw new UsageError(
      "Write the port behind the address, as in --connect HOST:PORT: --port is for --server",
    );
  }
  const isLegacy = connect !== undefined && !isServer && flag("legacy");
  if (given.legacy && !isLegacy) {
    throw new UsageError("Use --legacy with --connect HOST: it says what kind of server is there");
  }
  const webPort = text("web-port");
  return {
    do: "run",
    options: {
      mode: isServer ? "server" : connect === undefined ? "start" : "connect",
      connect: isServer ? undefined : connect,
      host: text("host") ?? "0.0.0.0",
      port: number("--port", text("port"), 0, 65_535) ?? defaultRelayPort,
      webPort: number("--web-port", webPort, 0, 65_535),
      data: text("data"),
      mayOpen: !flag("no-open"),
      ratePerSecond: number("--rate", text("rate"), 0, 1_000_000) ?? limits.ratePerSecond,
      fileBytesMax: bytes("--file-max", text("file-max")) ?? limits.fileBytesMax,
      filesKeepMs: days(number("--files-keep", text("files-keep"), 0, 36_500)),
      diskFreeMin: bytes("--disk-free-min", text("disk-free-min")) ?? limits.diskFreeMin,
      takesLegacy: !flag("no-legacy"),
      isLegacy,
      logLevel: level(text("log-level")),
    },
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: config, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    // parseArgs explains at length how "--" works; the first sentence says what is wrong.
    const [sentence = ""] = (cause as Error).message.split(/\.\s|\n/);
    throw new UsageError(`${sentence.replace(/\.$/, "")}: see pendopo --help`, { cause });
  }
}

function envName(option: string): string {
  return `PENDOPO_${option.toUpperCase().replaceAll("-", "_")}`;
}

function isSet(value: string | undefined, name: string): boolean {
  if (value === undefined || value === "" || value === "0" || value === "false") return false;
  if (value === "1" || value === "true") return true;
  throw new UsageError(`Set ${name} to 1 or 0: "${value}" is neither`);
}

function number(name: string, value: string | undefined, min: number, max: number): number | undefined {
  if (value === undefined) return undefined;
  const read = Number(value);
  if (!/^\d+$/.test(value) || read < min || read > max) {
    throw new UsageError(`Give ${name} a whole number from ${min} to ${max}: "${value}" is none`);
  }
  return read;
}

/** Bytes with a unit: K, M, G or T are powers of 1024, as in `ls -h`. */
function bytes(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, digits, unit = ""] = /^(\d+)([kmgt]?)(?:i?b)?$/i.exec(value) ?? [];
  const read = Number(digits) * 1024 ** " KMGT".indexOf(unit.toUpperCase() || " ");
  if (Number.isSafeInteger(read)) return read;
  throw new UsageError(`Give ${name} a number of bytes, as in 700M or 64G: "${value}" is none`);
}

function days(count: number | undefined): number {
  return count === undefined || count === 0 ? Number.POSITIVE_INFINITY : count * 24 * 60 * 60_000;
}

function level(value: string | undefined): LogLevel {
  if (value === undefined) return "warn";
  const found = logLevels.find((each) => each === value);
  if (found !== undefined) return found;
  throw new UsageError(`Give --log-level one of ${logLevels.join(", ")}: "${value}" is none`);
}
