// What a run of `bun test` came to. Its JUnit file knows every test but no file that broke while it was loaded, and
// is missing when a test ended the process; its log knows the errors outside of tests.

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** A run's tally, and which tests failed. */
export interface Counted extends Tally {
  failures: string[];
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
export function readReport(run: Run): Counted {
  const tally: Counted = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const silent = new Set(run.files);
  for (const [, attributes = "", body = ""] of run.xml.matchAll(
    /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const file = attribute(attributes, "file");
    silent.delete(file);
    if (/<failure\b|<error\b/.test(body)) {
      tally.failed += 1;
      tally.failures.push(`${file}: ${attribute(attributes, "name")}`);
    } else if (/<skipped\b/.test(body)) tally.skipped += 1;
    else tally.passed += 1;
  }
  // An error outside of tests may leave its file silent, or come from one that has results too.
  const errors = Number(SUMMARY_ERRORS.exec(Bun.stripANSI(run.log))?.[1] ?? 0);
  const broken = Math.max(errors, silent.size);
  tally.failed += broken;
  for (const file of silent) tally.failures.push(`${file}: no result`);
  if (errors > silent.size) tally.failures.push(`${run.files.join(", ")}: an error outside of its tests`);
  if (run.code !== 0 && tally.failed === 0) {
    tally.failed = 1;
    tally.failures.push(`${run.files.join(", ")}: exit code ${run.code}`);
  }
  return tally;
}

function attribute(attributes: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return value.replace(
    /&(quot|apos|lt|gt|amp);/g,
    (_, entity: string) => ({ quot: '"', apos: "'", lt: "<", gt: ">", amp: "&" })[entity] ?? "",
  );
}

/** What several runs came to together. */
export function sum(runs: readonly Counted[]): Counted {
  return {
    passed: runs.reduce((all, { passed }) => all + passed, 0),
    failed: runs.reduce((all, { failed }) => all + failed, 0),
    skipped: runs.reduce((all, { skipped }) => all + skipped, 0),
    failures: runs.flatMap(({ failures }) => failures),
  };
}

export function closingLine(tally: Tally): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}
