// Runs test files in two lanes at once. Each file has a process of its own: whatever it leaves behind, or brings
// down, is its own alone.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Counted, readReport } from "./report.ts";

const testMsMax = 60_000;

/** How a file is run. */
export interface Wish {
  env: Record<string, string | undefined>;
  /** Where reports may lie for a moment. */
  folder: string;
}

/**
 * Runs files. The lanes work towards each other, one from each end of the list, so that both are busy to the end, and
 * files of one kind that stand at an end run one after the other.
 *
 * @param files  What both lanes share.
 * @param alone  What runs when they have ended, with nothing beside it.
 * @returns      What each file came to.
 */
export async function runInLanes(files: string[], alone: string[], wish: Wish): Promise<Counted[]> {
  const left = [...files];
  const counted: Counted[] = [];
  const output = new Output();
  const lane = async (next: () => string | undefined) => {
    for (let file = next(); file !== undefined; file = next()) {
      counted.push(await runFile(file, output.begin(), wish));
    }
  };
  await Promise.all([lane(() => left.shift()), lane(() => left.pop())]);
  left.push(...alone);
  await lane(() => left.shift());
  return counted;
}

let reports = 0;

async function runFile(file: string, turn: Turn, { env, folder }: Wish): Promise<Counted> {
  reports += 1;
  const report = join(folder, `${reports}.xml`);
  const test = Bun.spawn(
    [
      process.execPath,
      "test",
      `--timeout=${testMsMax}`,
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      `./${file}`,
    ],
    { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  let log = "";
  const decoder = new TextDecoder();
  const read = async (stream: ReadableStream<Uint8Array>, to: NodeJS.WriteStream) => {
    for await (const bytes of stream) {
      if (to === process.stderr) log += decoder.decode(bytes, { stream: true });
      turn.say(() => to.write(bytes));
    }
  };
  await Promise.all([read(test.stdout, process.stdout), read(test.stderr, process.stderr)]);
  const code = await test.exited;
  const xml = await Bun.file(report)
    .text()
    .catch(() => "");
  await rm(report, { force: true });
  if (xml === "" && code === 0) {
    turn.say(() =>
      console.error(`Cannot count: a test in ${file} ended the run before its report was written`),
    );
  }
  turn.end();
  return readReport({ xml, log, code, files: [file] });
}

/** What a file says, and that it has said all. */
interface Turn {
  say(print: () => void): void;
  end(): void;
}

/** Prints one file after the other: the oldest as it speaks, the others when it is their turn. */
class Output {
  readonly #waiting: { said: (() => void)[]; isOver: boolean }[] = [];

  begin(): Turn {
    const own = { said: [] as (() => void)[], isOver: false };
    this.#waiting.push(own);
    return {
      say: (print) => {
        own.said.push(print);
        this.#print();
      },
      end: () => {
        own.isOver = true;
        this.#print();
      },
    };
  }

  #print(): void {
    for (let oldest = this.#waiting[0]; oldest !== undefined; oldest = this.#waiting[0]) {
      for (const print of oldest.said.splice(0)) print();
      if (!oldest.isOver) return;
      this.#waiting.shift();
    }
  }
}
