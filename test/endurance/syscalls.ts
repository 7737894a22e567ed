// What a process did to its files and sockets, as strace recorded it.

export type Call =
  | { do: "create"; path: string; truncates: boolean }
  | { do: "write"; path: string; at: number; bytes: Buffer }
  | { do: "truncate"; path: string; size: number }
  | { do: "sync"; path: string; startedAt: number }
  | { do: "rename"; from: string; to: string }
  | { do: "unlink"; path: string }
  | { do: "mkdir"; path: string }
  | { do: "send"; socket: string; bytes: Buffer };

const traced = [
  "openat",
  "write",
  "writev",
  "pwrite64",
  "pwritev",
  "ftruncate",
  "truncate",
  "fallocate",
  "fsync",
  "fdatasync",
  "rename",
  "renameat",
  "renameat2",
  "unlink",
  "unlinkat",
  "mkdir",
  "mkdirat",
  "sendto",
  "sendmsg",
];

/** What starts a program so that its calls are recorded. `-D`: the process that is started is the program. */
export function recording(file: string): string[] {
  return [
    "strace",
    "-D",
    "-f",
    "-qq",
    "-y",
    "-xx",
    "-s",
    "10000000",
    "-e",
    `trace=${traced.join()}`,
    "-o",
    file,
  ];
}

/**
 * Reads a recording: the calls that succeeded, in the order in which they ended.
 *
 * @throws when something was written in a way that this cannot replay: a gap here would be a hole in the harness.
 */
export function readCalls(recorded: string): Call[] {
  const calls: Call[] = [];
  /** Where the next `write` of a file goes: behind what its opener wrote. */
  const ends = new Map<string, number>();
  /** Calls that another thread's interrupted, and how many had ended when they began. */
  const begun = new Map<string, { text: string; startedAt: number }>();
  for (const line of recorded.split("\n")) {
    const [, thread = "", text = ""] = /^(\d+) +(.*)$/s.exec(line) ?? [];
    if (text.endsWith("<unfinished ...>")) {
      begun.set(thread, { text: text.slice(0, -"<unfinished ...>".length), startedAt: calls.length });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(text)?.[0];
    const before = resumed === undefined ? undefined : begun.get(thread);
    const whole = before === undefined ? text : before.text + text.slice(resumed?.length);
    const call = readCall(whole, before?.startedAt ?? calls.length, ends);
    if (call === undefined) continue;
    calls.push(call);
    if (call.do === "create") ends.set(call.path, 0);
  }
  return calls;
}

function readCall(text: string, startedAt: number, ends: Map<string, number>): Call | undefined {
  const [, name = "", args = "", result = ""] = /^(\w+)\((.*)\) += (-?\d+)/s.exec(text) ?? [];
  const count = Number(result);
  if (name === "" || count < 0) return undefined;
  const strings = Array.from(args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g), ([, hex = ""]) => bytesOf(hex));
  const paths = strings.map((bytes) => bytes.toString());
  const file = /^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(args)?.[1];
  const path = bytesOf(file ?? "").toString();
  const numbers = args.split(", ").map(Number);
  const [first = "", second = ""] = paths;
  switch (name) {
    case "openat":
      return args.includes("O_CREAT")
        ? { do: "create", path: first, truncates: args.includes("O_TRUNC") }
        : undefined;
    case "pwrite64":
      return { do: "write", path, at: numbers.at(-1) ?? 0, bytes: strings[0]!.subarray(0, count) };
    case "ftruncate":
      return { do: "truncate", path, size: numbers.at(-1) ?? 0 };
    case "fsync":
    case "fdatasync":
      return { do: "sync", path, startedAt };
    case "rename":
    case "renameat":
    case "renameat2":
      return { do: "rename", from: first, to: second };
    case "unlink":
    case "unlinkat":
      return { do: "unlink", path: first };
    case "mkdir":
    case "mkdirat":
      return { do: "mkdir", path: first };
    case "write": {
      const at = ends.get(path);
      // To a pipe or a terminal, or a wake-up.
      if (!path.startsWith("/") && at === undefined) return undefined;
      if (at === undefined) throw new Error(`Cannot replay write on ${path}`);
      ends.set(path, at + count);
      return { do: "write", path, at, bytes: strings[0]!.subarray(0, count) };
    }
    case "sendto":
      return { do: "send", socket: path, bytes: strings[0]!.subarray(0, count) };
    default:
      // Not to a file, or the replay would lack it.
      if (path.startsWith("/")) throw new Error(`Cannot replay ${name} on ${path}`);
      return undefined;
  }
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll("\\x", ""), "hex");
}
