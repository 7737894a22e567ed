// What a run of `bun test` came to. Its JUnit file knows every test but no file that broke while it was loaded, and
// is missing when a test ended the process; its log knows the errors outside of tests.

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Run {
  /** The JUnit file; empty when there is none. */
  xml: string;
  /** What was written to stderr. */
  log: string;
  /** The exit code. */
  code: number;
  /** The test files that should have run. */
  files: string[];
}

/** The line of errors in the summary that closes the log; tests may print such a line too, but not there. */
const SUMMARY_ERRORS = /^ *(\d+) errors?\n(?:.*expect\(\) calls?\n)?Ran \d+ tests? across .*\s*$/m;

/** Counts a run. A file that broke, or gave no result at all, counts as one that failed. */
export function readReport(run: Run): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  const silent = new Set(run.files);
  for (const [, attributes = "", body = ""] of run.xml.matchAll(
    /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    silent.delete(/\bfile="([^"]*)"/.exec(attributes)?.[1] ?? "");
    if (/<failure\b|<error\b/.test(body)) tally.failed += 1;
    else if (/<skipped\b/.test(body)) tally.skipped += 1;
    else tally.passed += 1;
  }
  // An error outside of tests may leave its file silent, or come from one that has results too.
  const errors = Number(SUMMARY_ERRORS.exec(Bun.stripANSI(run.log))?.[1] ?? 0);
  tally.failed += Math.max(errors, silent.size);
  if (run.code !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
}

export function closingLine(tally: Tally): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}
